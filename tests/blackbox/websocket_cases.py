"""Each MUST of RFC 6455 sections 4 to 7 that a server can break.

Openings are (clause, what, request, status). Talks are (clause, what, bytes after the opening, what must
come): a number is the code of a close frame, bytes are a frame's payload.
"""

from talk import close_frame, frame, handshake


def openings():
    yield "6455 4.2.1", "a right opening", handshake(), 101
    yield "6455 4.2.1", "values without case", handshake(upgrade="WebSocket", connection="UPGRADE"), 101
    yield "6455 4.2.1", "lists", handshake(upgrade="h2c, websocket", sec_websocket_protocol="x, lectern.v1"), 101
    yield "6455 4.2.1", "white space", handshake(upgrade="\t websocket ", sec_websocket_version=" 13 "), 101
    yield "6455 4.2.1", "POST", handshake().replace(b"GET", b"POST", 1), 405
    yield "6455 4.2.1", "HTTP/1.0", handshake().replace(b"/1.1", b"/1.0", 1), 426
    yield "6455 4.2.1", "no Host", handshake(host=None), 400
    yield "6455 4.2.1", "no Upgrade", handshake(upgrade=None), 426
    yield "6455 4.2.1", "another Upgrade", handshake(upgrade="websockets"), 426
    yield "6455 4.2.1", "no Connection", handshake(connection=None), 426
    yield "6455 4.2.1", "Connection without upgrade", handshake(connection="keep-alive"), 426
    yield "6455 4.2.1", "no key", handshake(sec_websocket_key=None), 400
    yield "6455 4.2.1", "a short key", handshake(sec_websocket_key="c2hvcnQ="), 400
    yield "6455 4.2.1", "a long key", handshake(sec_websocket_key="dGhlIHNhbXBsZSBub25jZXRoZQ=="), 400
    yield "6455 4.2.1", "a key that is no base64", handshake(sec_websocket_key="!" * 22 + "=="), 400
    yield "6455 11.3.1", "two keys", handshake(sec_websocket_key="a" * 22 + "==\r\nSec-WebSocket-Key: x"), 400
    yield "6455 4.4", "version 8", handshake(sec_websocket_version="8"), 426
    yield "6455 4.4", "no version", handshake(sec_websocket_version=None), 426
    yield "6455 4.2.2", "a foreign origin", handshake(origin="http://evil.example"), 403
    yield "6455 4.2.2", "no subprotocol", handshake(sec_websocket_protocol=None), 400
    yield "6455 4.2.2", "another subprotocol", handshake(sec_websocket_protocol="lectern.v2"), 400
    yield "6455 4.2.2", "a subprotocol has its case", handshake(sec_websocket_protocol="Lectern.V1"), 400
    yield "6455 4.2.2", "another path", handshake("/wss"), 404
    yield "6455 9.1", "extensions that are offered", handshake(sec_websocket_extensions="permessage-deflate"), 101


def talks():
    unmasked = b"\x81\x02hi"
    hello = frame(0x81, b"{")  # answered by closing: no hello
    yield "6455 5.1", "an unmasked frame", unmasked, [1002]
    yield "6455 5.1", "an unmasked close", b"\x88\x00", [1002]
    for bit in (0x40, 0x20, 0x10):
        yield "6455 5.2", f"reserved bit {bit:#x}", frame(0x81 | bit, b"x"), [1002]
    for opcode in (0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF):
        yield "6455 5.2", f"reserved opcode {opcode:#x}", frame(0x80 | opcode, b"x"), [1002]
    yield "6455 5.2", "16 bits for a short length", frame(0x81, b"hello", length=b"\xfe\x00\x05"), [1002]
    yield "6455 5.2", "64 bits for a short length", frame(0x81, b"", length=b"\xff" + bytes(6) + b"\x01\x00"), [1002]
    yield "6455 5.2", "a length with the top bit", frame(0x81, b"", length=b"\xff\x80" + bytes(7)), [1002]
    yield "6455 5.4", "a continuation of nothing", frame(0x80, b"x"), [1002]
    yield "6455 5.4", "a message within a message", frame(0x01, b"x") + frame(0x81, b"y"), [1002]
    yield "6455 5.4", "a ping within a message", frame(0x01, b"x") + frame(0x89, b"p"), [b"p"]
    yield "6455 5.5", "a ping in fragments", frame(0x09, b"x"), [1002]
    yield "6455 5.5", "a close in fragments", frame(0x08, b""), [1002]
    yield "6455 5.5", "a ping of 126 octets", frame(0x89, b"x" * 126), [1002]
    yield "6455 5.5.1", "a close is answered with its code", close_frame(4001, b"bye"), [4001]
    yield "6455 5.5.1", "a close without a code", close_frame(), [None]
    yield "6455 5.5.1", "a close of one octet", frame(0x88, b"x"), [1002]
    yield "6455 5.5.1", "nothing is heard after a close", close_frame(1000) + frame(0x89, b"late"), [1000]
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000):
        yield "6455 7.4.1", f"close code {code}", close_frame(code), [1002]
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4999):
        yield "6455 7.4.1", f"close code {code}", close_frame(code), [code]
    yield "6455 8.1", "a reason that is no UTF-8", close_frame(1000, b"\xff"), [1007]
    yield "6455 5.5.2", "an empty ping", frame(0x89), [b""]
    yield "6455 5.5.2", "a ping of 125 octets", frame(0x89, b"p" * 125), [b"p" * 125]
    yield "6455 5.5.3", "an unasked pong", frame(0x8A, b"x") + frame(0x89, b"after"), [b"after"]
    for text in (b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xce\xba\x80"):
        yield "6455 8.1", f"a text of {text.hex()}", frame(0x81, text), [1007]
    yield "6455 8.1", "a wrong text in fragments", frame(0x01, b"\xc3") + frame(0x80, b"("), [1007]
    yield "6455 8.1", "a wrong text, told before its end", frame(0x01, b"ab\xff"), [1007]
    yield "6455 5.6", "a binary message of no known kind", frame(0x82, b"x") + frame(0x89, b"after"), [b"after"]
    yield "6455 7.4.1", "too big, told by the header", frame(0x81, b"", length=b"\xff" + bytes(4) + b"\x7f\x00\x00\x00"), [1009]
    yield "6455 5.1", "another mask each time", frame(0x89, b"a") + frame(0x89, b"b", mask=b"\0\0\0\0"), [b"a"]
    yield "6455 7.1.7", "frames after a fault are not read", unmasked + hello, [1002]
