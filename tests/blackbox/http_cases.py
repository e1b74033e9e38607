"""Each MUST of RFC 9112 sections 2 to 9 (and what it takes from RFC 9110) that a server can break.

A case is (clause, what it shows, request bytes, what must come). What must come is a list of statuses
in order; `END` behind them: the connection is closed then; `KEPT`: it answers another request.
"""

END, KEPT = "END", "KEPT"


def get(target="/version", *lines, method="GET", version="HTTP/1.1", host="localhost"):
    hosts = [] if host is None else [f"Host: {host}"]
    return ("\r\n".join([f"{method} {target} {version}", *hosts, *lines]) + "\r\n\r\n").encode("latin-1")


def post(*lines, body=b"", method="POST", target="/version"):
    return get(target, *lines, method=method) + body


LENGTH_1 = post("Content-Length: 1", body=b"a")
CHUNKED = ("Transfer-Encoding: chunked",)
PUT_CLASS = dict(method="PUT", target="/api/v1/classes/blackbox")


def cases():
    yield "9112 2.2", "a bare LF ends no line", b"GET /version HTTP/1.1\nHost: a\n\n", [400, END]
    yield "9112 2.2", "a bare CR in a header", b"GET /version HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", [400, END]
    yield "9112 2.2", "empty lines before a request", b"\r\n\r\n" + get(), [200, KEPT]
    yield "9112 2.2", "white space before the first header", b"GET /version HTTP/1.1\r\n Host: a\r\n\r\n", [400, END]
    yield "9112 2.3", "a later minor version is ours", get(version="HTTP/1.2"), [200, KEPT]
    yield "9112 2.3", "another major version", get(version="HTTP/2.0"), [505, END]
    yield "9112 2.3", "the version's name has its case", get(version="http/1.1"), [400, END]
    yield "9112 2.3", "HTTP/0.9", b"GET /version\r\n\r\n", [400, END]
    yield "9112 3", "two blanks", b"GET  /version HTTP/1.1\r\nHost: a\r\n\r\n", [400, END]
    yield "9112 3", "a tab for a blank", b"GET\t/version HTTP/1.1\r\nHost: a\r\n\r\n", [400, END]
    yield "9112 3", "a request line without a version", b"GET /version \r\nHost: a\r\n\r\n", [400, END]
    yield "9112 3", "a request line of 8,000 octets", get("/" + "p" * 7980), [404, KEPT]
    yield "9112 3", "a method longer than any", b"P" * 9000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n", [501, END]
    yield "9112 3", "an address over 8 KB", get("/" + "p" * 9000), [414, END]
    yield "9112 3.1", "a method that is no token", b"G@T /version HTTP/1.1\r\nHost: a\r\n\r\n", [400, END]
    yield "9112 3.1", "a method of 64 letters", get(method="M" * 64), [501, END]
    yield "9110 9.1", "an unknown method", get(method="BREW"), [405, KEPT]
    yield "9110 9.1", "an unknown method of the API", get("/whip/demo", method="BREW"), [405, KEPT]
    yield "9110 9.1", "methods have their case", get(method="get"), [405, KEPT]
    yield "9110 9.3.8", "TRACE", get(method="TRACE"), [405, KEPT]
    yield "9110 9.3.6", "CONNECT", get("localhost:80", method="CONNECT"), [501, END]
    yield "9112 3.2", "no Host", get(host=None), [400, END]
    yield "9112 3.2", "two Hosts", get("/version", "Host: other"), [400, END]
    yield "9112 3.2", "two Hosts that agree", get("/version", "Host: localhost"), [400, END]
    yield "9112 3.2", "a Host with a blank", get(host="a b"), [400, END]
    yield "9112 3.2", "a Host with a path", get(host="a/b"), [400, END]
    yield "9112 3.2", "a Host with a user", get(host="u@a"), [400, END]
    yield "9112 3.2", "a Host with a port that is none", get(host="a:b"), [400, END]
    yield "9112 3.2", "a Host with an escape that is none", get(host="a%zz"), [400, END]
    yield "9112 3.2", "a Host with an escape", get(host="a%2db"), [200, KEPT]
    yield "9110 4.2.1", "an empty Host", get(host=""), [400, END]
    yield "9112 3.2", "IPv6 as Host", get(host="[::1]:8080"), [200, KEPT]
    for literal in ("[::ffff:192.0.2.1]", "[2001:db8::1]:80", "[v1.a:b]"):
        yield "3986 3.2.2", f"an address as Host: {literal}", get(host=literal), [200, KEPT]
    for literal in ("[:::::]", "[1]", "[....]", "[192.0.2.1]", "[]", "[v.a]", "[v1.]", "[::1", "[1::2::3]", "[12345::]"):
        yield "3986 3.2.2", f"no address as Host: {literal}", get(host=literal), [400, END]
        target = get(f"http://{literal}/version")
        yield "3986 3.2.2", f"no address in the request line: {literal}", target, [400, END]
    yield "9112 3.2", "HTTP/1.0 needs no Host", get(host=None, version="HTTP/1.0"), [200, END]
    yield "9112 3.2", "HTTP/1.0 with two Hosts", get("/version", "Host: b", version="HTTP/1.0"), [400, END]
    yield "9112 3.2.2", "the absolute form", get("http://other.example/version"), [200, KEPT]
    yield "9112 3.2.2", "the absolute form without a path", get("http://other.example?x"), [200, KEPT]
    yield "9112 3.2.4", "an asterisk", get("*", method="OPTIONS"), [204, KEPT]
    yield "9112 3.2.4", "an asterisk is for OPTIONS", get("*"), [400, END]
    yield "9112 3.2", "an address that is none", get("version"), [400, END]
    yield "9112 3.2", "a broken escape", get("/%zz"), [400, END]
    yield "9112 3.2", "a fragment", get("/version#x"), [400, END]
    yield "9112 3.2", "an octet over 127", get("/\xff"), [400, END]
    yield "9112 3.2", "a NUL", get("/%00"), [400, END]
    yield "9112 5.1", "white space before a colon", get("/version", "X : y"), [400, END]
    yield "9112 5.1", "a header without a name", get("/version", ": y"), [400, END]
    yield "9112 5.1", "a header without a colon", get("/version", "X"), [400, END]
    yield "9112 5.1", "white space around a value", get("/version", "Connection:\t close \t"), [200, END]
    yield "9112 5.1", "no white space around a value", get("/version", "Connection:close"), [200, END]
    yield "9112 5.2", "a folded header", get("/version", "X: y\r\n z"), [400, END]
    yield "9110 5.5", "a control octet in a value", get("/version", "X: a\x01"), [400, END]
    yield "9110 5.5", "a NUL in a value", get("/version", "X: a\0"), [400, END]
    yield "9110 5.1", "a header's name has no case", get("/version", "cOnNeCtIoN: CLOSE"), [200, END]
    yield "9110 5.3", "a list on two lines", get("/version", "Connection: x", "Connection: close"), [200, END]
    yield "9110 5.4", "16,000 octets of header", get("/version", "Cookie: " + "c" * 15900), [200, KEPT]
    yield "9110 5.4", "more than 16 KB of header", get("/version", "Cookie: " + "c" * 17000), [431, END]
    yield "9110 5.4", "2,000 headers", get("/version", *[f"X-{i}: y" for i in range(2000)]), [431, END]
    yield "9112 6", "a body to GET is read", get("/version", "Content-Length: 3") + b"abc", [200, KEPT]
    yield "9112 6", "a body to DELETE is read", post("Content-Length: 3", body=b"abc", method="DELETE"), [405, KEPT]
    yield "9112 6.1", "a coding beside a length", post("Content-Length: 5", *CHUNKED, body=b"0\r\n\r\n"), [400, END]
    yield "9112 6.1", "a coding that nobody knows", post("Transfer-Encoding: gzip, chunked"), [501, END]
    yield "9112 6.1", "chunked twice", post("Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"), [400, END]
    yield "9112 6.1", "an empty coding", post("Transfer-Encoding:", body=b"0\r\n\r\n"), [400, END]
    yield "9112 6.1", "a coding in HTTP/1.0", get("/version", *CHUNKED, version="HTTP/1.0"), [400, END]
    yield "9112 6.1", "names of codings have no case", post("Transfer-Encoding: Chunked", body=b"0\r\n\r\n"), [405, KEPT]
    for value in ("+5", "-5", "5 5", "5, 5", "5,6", "0x5", "", "five", "5.0", "99999999999999999999"):
        yield "9112 6.3", f"a length of `{value}`", post(f"Content-Length: {value}", body=b"abcde"), [400, END]
    yield "9112 6.3", "two lengths", post("Content-Length: 5", "Content-Length: 6", body=b"abcdef"), [400, END]
    yield "9112 6.3", "two lengths that agree", post("Content-Length: 5", "Content-Length: 5", body=b"abcde"), [400, END]
    yield "9112 6.3", "a length with zeros before it", post("Content-Length: 0005", body=b"abcde"), [405, KEPT]
    yield "9112 6.3", "no length is no body", get(**PUT_CLASS), [(201, 200), KEPT]
    yield "9112 7.1", "a chunked body", post(*CHUNKED, body=b"2\r\nhi\r\n0\r\n\r\n"), [405, KEPT]
    yield "9112 7.1", "a chunked body to DELETE", post(*CHUNKED, body=b"0\r\n\r\n", method="DELETE"), [405, KEPT]
    yield "9112 7.1", "sizes in either case", post(*CHUNKED, body=b"0a\r\n0123456789\r\n0A\r\n0123456789\r\n00\r\n\r\n"), [405, KEPT]
    yield "9112 7.1", "a chunk longer than it says", post(*CHUNKED, body=b"2\r\nabXY\r\n0\r\n\r\n"), [400, END]
    yield "9112 7.1", "a size that is none", post(*CHUNKED, body=b"x\r\n"), [400, END]
    yield "9112 7.1", "a size with a sign", post(*CHUNKED, body=b"-1\r\n"), [400, END]
    yield "9112 7.1", "a size as C writes it", post(*CHUNKED, body=b"0x2\r\nab\r\n0\r\n\r\n"), [400, END]
    yield "9112 7.1", "a size beyond all numbers", post(*CHUNKED, body=b"f" * 17 + b"\r\n"), [400, END]
    yield "9112 7.1.1", "extensions are passed over", post(*CHUNKED, body=b'2 ;a;b="c"\r\nhi\r\n0;d\r\n\r\n'), [405, KEPT]
    yield "9112 7.1.1", "extensions have a bound", post(*CHUNKED, body=b"2;" + b"e" * 5000 + b"\r\n"), [400, END]
    yield "9112 7.1.1", "a CR in an extension", post(*CHUNKED, body=b"2;a\rb\r\nhi\r\n0\r\n\r\n"), [400, END]
    yield "9112 7.1.2", "trailers are passed over", post(*CHUNKED, body=b"0\r\nX: y\r\nHost: z\r\n\r\n"), [405, KEPT]
    yield "9112 7.1.2", "a trailer that is none", post(*CHUNKED, body=b"0\r\nX\r\n\r\n"), [400, END]
    yield "9110 15.5.14", "a body over its bound", post("Content-Length: 300000", body=b"x" * 300_000), [413, KEPT]
    yield "9110 15.5.14", "a length of a gigabyte", post("Content-Length: 1000000000"), [413, END]
    yield "9112 9.3", "HTTP/1.1 is kept", get(), [200, KEPT]
    yield "9112 9.3", "HTTP/1.0 is not", get(version="HTTP/1.0"), [200, END]
    yield "9112 9.3", "HTTP/1.0 that wants to be", get("/version", "Connection: keep-alive", version="HTTP/1.0"), [200, KEPT]
    yield "9112 9.3.2", "answers come in order", get("/nothing") + get() + get("/nothing") + get(), [404, 200, 404, 200, KEPT]
    yield "9112 9.3.2", "bodies in one segment", LENGTH_1 * 2, [405, 405, KEPT]
    yield "9112 9.3.2", "bodies of all kinds", LENGTH_1 + post(*CHUNKED, body=b"1\r\na\r\n0\r\n\r\n") + get() + LENGTH_1, [405, 405, 200, 405, KEPT]
    yield "9112 9.3.2", "twenty requests at once", get() * 20, [200] * 20 + [KEPT]
    yield "9112 9.6", "nothing follows a close", get("/version", "Connection: close") + get(), [200, END]
    yield "9110 10.1.1", "an expectation", get("/version", "Expect: 100-continue", "Content-Length: 2", method="POST"), [100]
    yield "9110 10.1.1", "an expectation that fails at once", post("Expect: 100-continue", "Content-Length: 99999"), [413, END]
    yield "9110 10.1.1", "an expectation without a body", get("/version", "Expect: 100-continue"), [200, KEPT]
    yield "9110 10.1.1", "another expectation", get("/version", "Expect: magic"), [417, END]
    yield "9112 7.1", "zeros before a chunk's size", post(*CHUNKED, body=b"0000000000000001\r\na\r\n00000000000000\r\n\r\n"), [405, KEPT]
    yield "9112 7.1.1", "extensions of a chunk", post(*CHUNKED, body=b'1;a;b=c ; d = "e;\\"f"\r\na\r\n0;x\r\n\r\n'), [405, KEPT]
    for extension in (b';a="b', b";", b";a=", b";=b", b";a b", b" a", b" ", b";a ", b';a="b"c'):
        body = b"1" + extension + b"\r\na\r\n0\r\n\r\n"
        yield "9112 7.1.1", f"an extension that is none: {extension.decode()}", post(*CHUNKED, body=body), [400, END]
    yield "9112 7.1", "a size that no body has", post(*CHUNKED, body=b"1000000000000\r\na\r\n"), [400, END]
    yield "9110 15.5.16", "a coding of the content", post("Content-Encoding: gzip", "Content-Length: 1", body=b"a"), [415, END]
    yield "9110 14.5", "a part of the content", post("Content-Range: bytes 0-0/2", "Content-Length: 1", body=b"a"), [400, END]
    yield "9110 8.4", "content without a coding", post("Content-Encoding: identity", "Content-Length: 1", body=b"a"), [405, KEPT]
    yield "9110 15.5.2", "a token that is none", get("/api/v1/classes", "Authorization: Bearer a.b.c"), [401, END]
    yield "P9", "a proxy that says HTTP/1.0", get("/api/v1/classes", version="HTTP/1.0"), [401, END]
    yield "9110 7.8", "an upgrade to what nobody knows", get("/version", "Upgrade: h2c", "Connection: Upgrade"), [200, KEPT]
    yield "9110 7.8", "Upgrade that Connection does not name", get("/version", "Upgrade: websocket"), [200, KEPT]
    yield "9110 7.8", "HTTP/1.0 has no upgrade", get("/version", "Upgrade: websocket", version="HTTP/1.0"), [200, END]
    yield "9110 15.5.22", "a page where a WebSocket is", get("/ws"), [426, END]
