"""The floods of bench/hostile: each runs in a process of its own until it is ended, and asks as fast as it may.

Whoever floods over HTTP has one student's token, or none, and comes from 127.0.0.66; everybody honest comes from other
addresses. All sockets stay on loopback.
"""

import json
import selectors
import socket
import sys
import time

ATTACKER = "127.0.0.66"
STEP = 0.005  # s


def connect(port):
    attacker = socket.socket()
    attacker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    attacker.bind((ATTACKER, 0))
    attacker.settimeout(2)
    attacker.connect(("127.0.0.1", port))
    return attacker


def request(method, path, token="", body=b"", content_type="application/sdp"):
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    head += f"Authorization: Bearer {token}\r\n" if token else ""
    return (head + "\r\n").encode() + body


def paced(rate, seconds):
    """Yields at `rate` a second, for `seconds`; what is late is made up for."""
    began, count = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        while count < passed * rate:
            count += 1
            yield count
        time.sleep(STEP)


def repeat(port, message, rate, seconds):
    """The same request again and again over kept connections; what was answered, by status."""
    statuses, connections = {}, []
    for count in paced(rate, seconds):
        if len(connections) < 8:
            connections.append(connect(port))
        slot = count % len(connections)
        try:
            connections[slot].sendall(message)
            answer = connections[slot].recv(65536)
            status = answer[9:12].decode() if answer.startswith(b"HTTP/1.1 ") else "closed"
            # Only small answers are read whole at once, which is all that a flood gets.
            if not answer or b"\r\nConnection: close" in answer:
                connections.pop(slot).close()
        except OSError:
            status = "closed"
            connections.pop(slot).close()
        statuses[status] = statuses.get(status, 0) + 1
    return statuses


def whep(options):
    """150 offers a second by one student, without a check after any."""
    message = request("POST", "/whep/demo", options["token"], options["offer"].encode())
    return repeat(options["port"], message, 150, options["seconds"])


def tickets(options):
    """Tickets of one student, 500 a second."""
    message = request("POST", "/api/v1/tickets", options["token"], b"{}", "application/json")
    return repeat(options["port"], message, 500, options["seconds"])


def opened(options, rate, most, greeting, drip):
    """Connections that say `greeting` and then one octet a second, or nothing; how many were open at most."""
    waiting, closed, peak = {}, 0, 0
    selector = selectors.DefaultSelector()
    for _ in paced(rate, options["seconds"]):
        if len(waiting) < most:
            try:
                one = connect(options["port"])
                one.sendall(greeting)
                one.setblocking(False)
                selector.register(one, selectors.EVENT_READ)
                waiting[one] = time.monotonic()
            except OSError:
                closed += 1
        peak = max(peak, len(waiting))
        for key, _ in selector.select(0):
            try:
                gone = not key.fileobj.recv(65536)
            except OSError:
                gone = True
            if gone:
                closed += 1
                selector.unregister(key.fileobj)
                del waiting[key.fileobj]
                key.fileobj.close()
        if drip:
            now = time.monotonic()
            for one in [one for one, last in waiting.items() if now - last >= 1][:200]:
                waiting[one] = now
                try:
                    one.send(b"x")
                except OSError:
                    pass
    return {"open at most": peak, "closed by the server": closed}


def sockets(options):
    """WebSockets that never say hello: 1,600 a second, 16,000 at most."""
    head = "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    head += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: lectern.v1\r\n\r\n"
    return opened(options, 1600, 16_000, head.encode(), drip=False)


def drip(options):
    """Bodies of one octet a second, without a token: 410 new ones a second, 4,200 at most."""
    head = "POST /whep/demo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/sdp\r\nContent-Length: 5000\r\n\r\n"
    return opened(options, 410, 4_200, head.encode(), drip=True)


FLOODS = {"whep": whep, "tickets": tickets, "sockets": sockets, "drip": drip}

if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    settings = json.load(sys.stdin)
    print(json.dumps(FLOODS[settings["name"]](settings)))
