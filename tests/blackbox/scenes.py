"""Scenes: what takes more than one request and its answer. Those of SCENES share the suite's server, those of
ALONE start one as they need it."""

import contextlib
import os
import pathlib
import resource
import shutil
import signal
import socket
import ssl
import time

import http_cases
from server import Server, make_certificate, make_expired_certificate
from talk import Stream, check, client_hello, cpu_seconds, handshake, is_problem


def version(server, **options):
    with server.connect(**options) as connection:
        connection.sendall(http_cases.get())
        answer = Stream(connection).response()
        return answer and answer[0]


def two_bodies_do_not_stop_the_server(server):
    for port in (server.port, server.metrics_port):
        tls = server.tls and port == server.port
        with server.connect(tls=tls, port=port) as connection:
            connection.sendall(http_cases.LENGTH_1 * 2)
            stream = Stream(connection)
            check(stream.response() and stream.response(), "both are answered")
    before = cpu_seconds(server.signaling())
    time.sleep(1)
    check(cpu_seconds(server.signaling()) - before < 0.3, "the loop spins")
    check(version(server) == 200, "the server answers others")


def a_half_closed_client_gets_its_answers(server):
    with server.connect(tls=False) if not server.tls else server.connect() as connection:
        connection.sendall(http_cases.get("/nothing") + http_cases.get())
        if not server.tls:
            connection.shutdown(socket.SHUT_WR)
        stream = Stream(connection)
        check([stream.response()[0], stream.response()[0]] == [404, 200], "both come")


def unsent_at_kernel(server, client_port):
    """Octets that the kernel holds for a client of this machine."""
    tables = [pathlib.Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    for line in tables[0] + tables[1]:
        _, local, remote, _, queues = line.split()[:5]
        if int(local.split(":")[1], 16) == server.port and int(remote.split(":")[1], 16) == client_port:
            return int(queues.split(":")[0], 16)
    raise AssertionError("there is no such connection")


def a_client_that_never_reads_is_not_kept_by_the_kernel(server):
    with server.connect() as connection:
        connection.sendall(http_cases.get("/assets/big.js") * 16)
        end = time.monotonic() + 2
        most = 0
        while time.monotonic() < end:
            most = max(most, unsent_at_kernel(server, connection.getsockname()[1]))
            time.sleep(0.05)
        check(0 < most < 300_000, f"{most} octets of an answer wait in the kernel")
        check(version(server) == 200, "others are served")


def a_client_that_writes_and_never_reads_costs_nothing(server):
    with server.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(0.5)
        try:
            for _ in range(2000):
                connection.sendall(http_cases.get("/assets/big.js") * 10)
        except (TimeoutError, ssl.SSLError, OSError):
            pass
        before = cpu_seconds(server.signaling())
        time.sleep(1)
        check(cpu_seconds(server.signaling()) - before < 0.3, "the loop spins")
        check(version(server) == 200, "others are answered")


def a_request_that_drips_is_ended(server):
    with server.connect(timeout=20) as connection:
        connection.sendall(b"GET /version HT")
        stream = Stream(connection)
        started = time.monotonic()
        answer = stream.response()
        check(answer and answer[0] == 408 and is_problem(*answer), f"{answer}")
        check(8 < time.monotonic() - started < 14, "after ten seconds")
        check(stream.closes(), "and closed")


def a_connection_that_says_nothing_is_ended(server):
    with server.connect(tls=False, timeout=20) as connection:
        check(Stream(connection).closes(14), "within fourteen seconds")


def plain_http_to_tls_is_told(server):
    if server.tls:
        with server.connect(tls=False) as connection:
            connection.sendall(http_cases.get())
            answer = Stream(connection).response()
            check(answer[0] == 400 and b"https://" in answer[2] and is_problem(*answer), f"{answer}")
            check("strict-transport-security" not in answer[1], "RFC 6797 7.2: not in the clear")


def an_answer_to_head_has_no_content(server):
    for target in ("/version", "/assets/big.js", "/api/v1/classes", "/api/v1/classes/demo"):
        with server.connect() as connection:
            connection.sendall(http_cases.get(target, method="HEAD") + http_cases.get())
            stream = Stream(connection)
            head = stream.response(has_body=False)
            check(head[0] == 200 and int(head[1]["content-length"]) > 0, f"{target}: {head}")
            check(stream.response()[0] == 200, f"{target}: what follows")


def the_answer_to_a_refused_body_can_be_read(server):
    # The client writes on while it is refused: no RST may take the answer away (RFC 9112 9.6).
    with server.connect() as connection:
        connection.settimeout(10)
        try:
            connection.sendall(http_cases.post("Content-Length: 3000000", body=b"x" * 300_000))
        except OSError:
            pass
        answer = Stream(connection).response()
        check(answer and answer[0] == 413, f"{answer}")


def many_dripping_bodies_keep_nobody_out(server):
    head = http_cases.post("Content-Length: 100", body=b"x")
    drips = []
    try:
        for _ in range(1500):
            connection = server.connect(tls=False)
            connection.sendall(head)
            drips.append(connection)
        for _ in range(20):
            check(version(server) == 200, "an honest request")  # how fast: bench/web_clients
    finally:
        for connection in drips:
            connection.close()


def a_listener_without_room_gives_the_oldest_up(_):
    with Server(options=["--max-clients", "50"]) as small:
        idle = [small.connect() for _ in range(120)]
        try:
            check(version(small) == 200, "an honest request")
            check(Stream(idle[0]).closes(3), "the oldest goes first")
            figures = small.connect(port=small.metrics_port)
            figures.sendall(http_cases.get("/metrics", "Connection: close"))
            text = Stream(figures).response()[2].decode()
            check('reason="given_up"' in text, "it is counted")
            check("web.crowded" in small.log.read_text(), "it is logged")
        finally:
            for connection in idle:
                connection.close()


def clients_that_read_nothing_keep_nobody_out(_):
    """Of all connections, and of the share of one address: behind it sit a school and one who wants it out."""
    for bound in ("--max-clients", "--max-clients-per-address"):
        with Server(options=[bound, "40"]) as small, contextlib.ExitStack() as open_ones:
            own = small.own_address()
            for _ in range(40):
                connection = open_ones.enter_context(socket.socket())
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.settimeout(5)
                connection.connect((own, small.port))
                connection.sendall(http_cases.get("/assets/big.js") * 16)
            end = time.monotonic() + 6
            while version(small, address=own) != 200:  # a reader is slow after two seconds
                check(time.monotonic() < end, f"{bound}: nobody gives way")
                time.sleep(0.1)
            check(all(version(small, address=own) == 200 for _ in range(20)), "honest requests")


def sockets_that_say_nothing_keep_nobody_out(_):
    with Server(options=["--max-clients", "40"]) as small:
        address, opened = small.own_address(), []
        try:
            for _ in range(120):
                connection = socket.create_connection((address, small.port), 5)
                opened.append(connection)
                connection.sendall(handshake())
            check(version(small) == 200, "an honest request")
        finally:
            for connection in opened:
                connection.close()


def an_address_has_its_share_and_room_comes_back(_):
    for tls in (False, True):
        with Server(tls=tls, options=["--max-clients-per-address", "3"]) as small:
            own = small.own_address()
            check(not own.startswith("127."), "this machine has no address but loopback: give it one")

            def asks(connection):
                connection.sendall(http_cases.get())
                return Stream(connection).response()

            sockets = [small.connect(address=own) for _ in range(3)]
            for connection in sockets:
                connection.sendall(handshake())
                check(Stream(connection).response()[0] == 101, "a WebSocket")
            with small.connect(address=own) as fourth:
                answer = asks(fourth)
                check(answer and answer[0] == 429 and is_problem(*answer), f"{answer} instead of 429")
                check(int(answer[1]["retry-after"]) > 0, "Retry-After (RFC 6585 4)")
            check(version(small) == 200, "another address is served")
            sockets.pop().close()
            end = time.monotonic() + 5
            while True:  # the server hears of the end in its own time
                with small.connect(address=own) as next_one:
                    if asks(next_one)[0] == 200:
                        break
                check(time.monotonic() < end, "no room comes back")
            for connection in sockets:
                connection.close()


def many_behind_a_proxy_of_this_machine_have_room(_):
    with Server(options=["--max-clients-per-address", "3"]) as small:
        sockets = [small.connect() for _ in range(10)]
        for connection in sockets:
            connection.sendall(handshake())
            check(Stream(connection).response()[0] == 101, "a WebSocket")
        check(version(small) == 200, "one more")
        for connection in sockets:
            connection.close()


def a_server_without_descriptors_goes_on(_):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with Server() as small:
        pid = small.signaling()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (60, 60))
        idle = []
        try:
            for _ in range(100):
                idle.append(small.connect())
            small.until_logged("web.crowded")
            before = cpu_seconds(pid)
            time.sleep(1)
            check(cpu_seconds(pid) - before < 0.3, "the loop spins")
            check(version(small) == 200, "an honest request")
            check(small.log.read_text().count("web.crowded") == 1, "it is logged once")
        finally:
            for connection in idle:
                connection.close()


def children_of(pid):
    """Those that are Lectern's processes."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if "lectern" in pathlib.Path(f"/proc/{child}/cmdline").read_text()]


def a_program_without_its_standard_streams_goes_on(_):
    """Whoever started it has closed them, or reads them no more: descriptors 0 to 2 belong to nobody else then."""
    for without in ("<&- >&- 2>&-", "2>&-", "2> >(exec true)"):
        with Server(streams=without) as server:
            check(version(server) == 200, f"{without}: an honest request")
            for pid in (server.process.pid, *children_of(server.process.pid)):
                for descriptor in (0, 1, 2):
                    target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
                    check("socket" not in target and "data" not in target, f"{without}: {descriptor} is {target}")


def a_hangup_ends_no_process(_):
    with Server() as server:
        pids = [server.process.pid, *children_of(server.process.pid)]
        check(len(pids) == 4, f"the server, store, signaling and a worker, not {pids}")
        for pid in pids:
            os.kill(pid, signal.SIGHUP)
        time.sleep(0.5)
        check(version(server) == 200, "an honest request")
        check([server.process.pid, *children_of(server.process.pid)] == pids, "all are as before")


def an_address_is_bound_alone(_):
    with Server(options=["--listen", "127.0.0.1"]) as bound:
        with bound.connect(tls=False) as connection:
            connection.sendall(http_cases.get())
            check(Stream(connection).response()[0] == 200, "at its address")
        for port in (bound.port, bound.metrics_port):
            for address in ("127.0.0.2", "::1"):
                try:
                    bound.connect(tls=False, port=port, address=address).close()
                    raise AssertionError(f"port {port} answers at {address}")
                except ConnectionRefusedError:
                    pass


def a_public_path_is_in_locations(_):
    with Server(options=["--public-path", "/kelas"]) as public:
        for path in ("/kelas/version", "/version"):
            with public.connect() as connection:
                connection.sendall(http_cases.get(path))
                check(Stream(connection).response()[0] == 200, path)
        offer = (pathlib.Path(__file__).parent / "offer.sdp").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        with public.connect() as connection:
            connection.sendall(
                http_cases.post(
                    "Content-Type: application/sdp", f"Content-Length: {len(offer)}", body=offer, target="/whip/demo"
                )
            )
            status, headers, body = Stream(connection).response()
            check(status == 201 and headers["location"].startswith("/kelas/whip/demo/"), f"{status} {headers} {body}")


def half_tls_handshakes_are_ended(server):
    if server.tls:
        opening = client_hello()
        said = (b"", opening[: len(opening) // 2], opening)  # nothing, a half, and no answer to the server's
        half = [(server.connect(tls=False, timeout=20), said[i % 3]) for i in range(60)]
        for connection, words in half:
            connection.sendall(words)
        check(version(server) == 200, "others are served")
        started = time.monotonic()
        with server.connect(tls=False, timeout=20) as drip:
            for octet in opening:  # no octet makes the time longer
                try:
                    drip.sendall(bytes([octet]))
                except OSError:
                    break
                check(time.monotonic() - started < 14, "a dripping one within fourteen seconds")
                time.sleep(0.5)
        check(all(Stream(connection).closes(4) for connection, _ in half), "within fourteen seconds")


def a_flood_of_half_handshakes_cuts_off_its_own_alone(_):
    """1,024 handshakes may be open at once."""
    with Server(tls=True) as server, contextlib.ExitStack() as open_ones:

        def connect(address):
            return open_ones.enter_context(socket.create_connection((address, server.port), 5))

        opening = client_hello()
        honest = [connect("127.0.0.1") for _ in range(400)]  # older than the flood, and many
        for connection in honest:
            connection.sendall(opening[:50])
        for _ in range(1100):
            connect(server.own_address())
        for connection in honest:
            connection.sendall(opening[50:])
        for connection in honest:
            check(connection.recv(1) == b"\x16", "the handshakes of another address go on")


def an_expired_certificate_is_not_taken_and_one_that_runs_out_still_serves(_):
    with Server(tls=True) as server:

        def served():
            with server.connect() as connection:
                return connection.getpeercert(binary_form=True)

        first = served()
        expired = make_expired_certificate(server.certificate.parent, server.key)
        shutil.copy(expired, server.certificate)
        server.process.send_signal(signal.SIGHUP)
        server.until_logged("reload.refused what=certificate")
        check("has expired: renew it" in server.log.read_text(), "it is said why")
        check(served() == first, "the one in use stays")
        # As if the served one had run out, and signaling were started again.
        os.kill(server.signaling(), signal.SIGKILL)
        server.until_logged("signaling.listening", 2)
        check("certificate.expired" in server.log.read_text(), "it is said")
        check(served() == ssl.PEM_cert_to_DER_cert(expired.read_text()), "and served")


def a_renewed_certificate_may_have_another_kind_of_key(_):
    with Server(tls=True) as server:

        def served(ciphers=None):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if ciphers:
                context.maximum_version = ssl.TLSVersion.TLSv1_2
                context.set_ciphers(ciphers)
            with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
                with context.wrap_socket(connection) as tls:
                    return tls.getpeercert(binary_form=True)

        folder = server.certificate.parent
        kinds = (("renewed", "rsa", "ECDHE-RSA-AES128-GCM-SHA256"), ("again", "ec", None))
        for count, (name, kind, ciphers) in enumerate(kinds, 1):
            certificate, key = make_certificate(folder, name, kind)
            shutil.copy(certificate, server.certificate)
            shutil.copy(key, server.key)
            server.process.send_signal(signal.SIGHUP)
            server.until_logged("reload.done what=certificate", count)
            renewed = ssl.PEM_cert_to_DER_cert(certificate.read_text())
            check(served() == renewed, f"{kind}: the renewed one is shown")
            check(ciphers is None or served(ciphers) == renewed, f"{kind}: under TLS 1.2 too")


SCENES = (
    ("F1", two_bodies_do_not_stop_the_server),
    ("9112 9.6", a_half_closed_client_gets_its_answers),
    ("9112 9.3.2", a_client_that_writes_and_never_reads_costs_nothing),
    ("F6", a_client_that_never_reads_is_not_kept_by_the_kernel),
    ("9110 15.5.9", a_request_that_drips_is_ended),
    ("9112 9.5", a_connection_that_says_nothing_is_ended),
    ("RFC 6797", plain_http_to_tls_is_told),
    ("9112 9.6", the_answer_to_a_refused_body_can_be_read),
    ("9110 9.3.2", an_answer_to_head_has_no_content),
    ("F6", many_dripping_bodies_keep_nobody_out),
    ("F20", half_tls_handshakes_are_ended),
)
ALONE = (
    ("F6", a_listener_without_room_gives_the_oldest_up),
    ("F6", sockets_that_say_nothing_keep_nobody_out),
    ("F6", clients_that_read_nothing_keep_nobody_out),
    ("F20", a_program_without_its_standard_streams_goes_on),
    ("F20", a_hangup_ends_no_process),
    ("6585 4", an_address_has_its_share_and_room_comes_back),
    ("6585 4", many_behind_a_proxy_of_this_machine_have_room),
    ("F20", a_server_without_descriptors_goes_on),
    ("F17", an_expired_certificate_is_not_taken_and_one_that_runs_out_still_serves),
    ("F6", a_flood_of_half_handshakes_cuts_off_its_own_alone),
    ("F17", a_renewed_certificate_may_have_another_kind_of_key),
    ("F3", an_address_is_bound_alone),
    ("case 21", a_public_path_is_in_locations),
)
