#!/usr/bin/env python3
"""HTTP and WebSocket over raw sockets, plain and TLS, against a Lectern of the suite's own.

tests/blackbox/run.py [part of a clause or name ...]     the last line is `N passed, N failed`

Every request goes whole, octet by octet, and cut at random places: the answers must be the same.
"""

import concurrent.futures
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import http_cases
import websocket_cases
from scenes import ALONE, SCENES
from server import Server
from talk import Stream, check, frame, handshake, is_problem, send

CUTS = ("whole", "bytes", "random")


def http_case(server, request, expected, cut):
    connection = server.connect()
    with connection:
        send(connection, request, cut)
        stream = Stream(connection)
        for status in expected:
            if status == http_cases.END:
                check(stream.closes(), "the connection stays open")
                check(not stream.data, f"more was said: {stream.data[:200]}")
            elif status == http_cases.KEPT:
                connection.sendall(http_cases.get())
                answer = stream.response()
                check(answer and answer[0] == 200, f"the connection was not kept: {answer}")
            else:
                answer = stream.response()
                allowed = status if isinstance(status, tuple) else (status,)
                check(answer and answer[0] in allowed, f"{answer and (answer[0], answer[2][:200])} instead of {status}")
                status = answer[0]
                check(status < 400 or is_problem(*answer), f"{answer} is no problem document")
                check(status != 405 or answer[1].get("allow"), "405 without Allow (RFC 9110 15.5.6)")
                check(("strict-transport-security" in answer[1]) == (server.tls and status >= 200), "HSTS over TLS alone")


def opening_case(server, request, expected, cut):
    with server.connect() as connection:
        send(connection, request, cut)
        answer = Stream(connection).response()
        check(answer and answer[0] == expected, f"{answer} instead of {expected}")
        check(expected < 400 or is_problem(*answer), f"{answer} is no problem document")
        if expected == 426:
            check(answer[1].get("sec-websocket-version") == "13", "426 names the version (RFC 6455 4.4)")
            check(answer[1].get("upgrade") == "websocket", "426 names the protocol (RFC 9110 15.5.22)")
        if expected == 101:
            check(answer[1].get("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "a wrong accept")
            check(answer[1].get("sec-websocket-protocol") == "lectern.v1", "a wrong subprotocol")
            check("sec-websocket-extensions" not in answer[1], "an extension that was not agreed on")


def talk_case(server, frames, expected, cut):
    """`cut` of whole puts the frames into the segment of the handshake."""
    with server.connect() as connection:
        send(connection, handshake() + frames, cut)
        stream = Stream(connection)
        answer = stream.response()
        check(answer and answer[0] == 101, f"{answer}")
        for wanted in expected:
            got = stream.frame()
            check(got, "the connection ended without a frame")
            first, payload = got
            if isinstance(wanted, bytes):
                check(first == 0x8A and payload == wanted, f"{got} instead of a pong of {wanted}")
            else:
                check(first == 0x88, f"{got} instead of a close frame")
                code = struct.unpack(">H", payload[:2])[0] if payload else None
                check(code == wanted, f"closed with {code} instead of {wanted}")
        if not isinstance(expected[-1], bytes):
            check(stream.closes(), "the connection stays open after the close")


# ---- what takes more than one connection, or time


def all_cases(server):
    """(name, function) of everything."""
    for cut in CUTS:
        for clause, what, request, expected in http_cases.cases():
            if cut != "bytes" or len(request) < 2000:
                yield f"{clause}: {what} ({cut})", lambda r=request, e=expected, c=cut: http_case(server, r, e, c)
        for clause, what, request, expected in websocket_cases.openings():
            yield f"{clause}: {what} ({cut})", lambda r=request, e=expected, c=cut: opening_case(server, r, e, c)
        for clause, what, frames, expected in websocket_cases.talks():
            yield f"{clause}: {what} ({cut})", lambda r=frames, e=expected, c=cut: talk_case(server, r, e, c)


def attempt(name, function, failures):
    try:
        function()
    except Exception as failure:  # noqa: BLE001  whatever it is, this case failed
        failures.append(name)
        print(f"FAILED {name}: {type(failure).__name__}: {failure}", flush=True)


def run(label, named, threads, failures):
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda case: attempt(f"{label} {case[0]}", case[1], failures), named))
    return len(named)


def main(words):
    def wanted(name):
        return not words or any(word in name for word in words)

    failures, count = [], 0
    for tls in (False, True):
        label = "tls" if tls else "plain"
        with Server(tls=tls) as server:
            count += run(label, [case for case in all_cases(server) if wanted(case[0])], 8, failures)
            scenes = [(f"{clause}: {scene.__name__}", lambda s=scene: s(server)) for clause, scene in SCENES]
            count += run(label, [scene for scene in scenes if wanted(scene[0])], 1, failures)
    scenes = [(f"{clause}: {scene.__name__}", lambda s=scene: s(None)) for clause, scene in ALONE]
    count += run("alone", [scene for scene in scenes if wanted(scene[0])], 1, failures)
    print(f"{count - len(failures)} passed, {len(failures)} failed")
    return 1 if failures or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
