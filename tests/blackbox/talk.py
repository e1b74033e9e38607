"""Bytes to a server and what comes back, as responses and WebSocket frames."""

import json
import os
import random
import ssl
import struct
import time


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def send(connection, data, cut):
    """`cut`: whole, bytes (one octet a segment), random (pieces of up to 40 octets)."""
    if cut == "whole":
        connection.sendall(data)
        return
    dice = random.Random(len(data))
    at = 0
    try:
        while at < len(data):
            size = 1 if cut == "bytes" else dice.randint(1, 40)
            connection.sendall(data[at : at + size])
            at += size
    except (BrokenPipeError, ConnectionResetError):
        pass  # the server has heard enough; its answer counts


class Stream:
    """Reads from a connection; `ended` once the server has closed it."""

    def __init__(self, connection):
        self.connection, self.data, self.ended = connection, b"", False

    def more(self):
        try:
            piece = self.connection.recv(65536)
        except (ConnectionResetError, BrokenPipeError, OSError) as failure:
            if isinstance(failure, TimeoutError):
                raise
            piece = b""
        self.ended = self.ended or not piece
        self.data += piece
        return bool(piece)

    def until(self, mark):
        while mark not in self.data:
            if not self.more():
                return None
        at = self.data.index(mark) + len(mark)
        taken, self.data = self.data[:at], self.data[at:]
        return taken

    def exactly(self, count):
        while len(self.data) < count:
            if not self.more():
                return None
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def response(self, has_body=True):
        """(status, headers, body), or None at the end of the stream. 100 is a response like others."""
        head = self.until(b"\r\n\r\n")
        if head is None:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        version, status, _ = first.split(" ", 2)
        assert version == "HTTP/1.1", first
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers.setdefault(name.lower(), value.strip())
        status = int(status)
        if not has_body or status < 200 or status in (204, 304):
            return status, headers, b""
        return status, headers, self.exactly(int(headers["content-length"]))

    def frame(self):
        """(first octet, payload) of a server's frame, or None."""
        start = self.exactly(2)
        if start is None:
            return None
        assert start[1] & 0x80 == 0, "a server does not mask (RFC 6455 5.1)"
        size = start[1]
        if size == 126:
            (size,) = struct.unpack(">H", self.exactly(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self.exactly(8))
        return start[0], self.exactly(size)

    def closes(self, within=5):
        self.connection.settimeout(within)
        try:
            while self.more():
                pass
        except TimeoutError:
            return False
        return True


def is_problem(status, headers, body):
    if headers.get("content-type") != "application/problem+json":
        return False
    document = json.loads(body)
    return document["status"] == status and document["title"] and document["detail"] and document["code"]


def frame(first, payload=b"", mask=b"\x11\x22\x33\x44", length=None):
    """A client's frame. `length`: its octets, where they shall be others than right."""
    if length is None:
        size = len(payload)
        length = (
            bytes([0x80 | size]) if size < 126
            else b"\xfe" + struct.pack(">H", size) if size < 65536
            else b"\xff" + struct.pack(">Q", size)
        )  # fmt: skip
    return bytes([first]) + length + mask + bytes(octet ^ mask[i % 4] for i, octet in enumerate(payload))


def close_frame(code=None, reason=b""):
    return frame(0x88, b"" if code is None else struct.pack(">H", code) + reason)


def handshake(path="/ws", without=(), **changes):
    """The opening of a WebSocket; `changes` by name in lower case with _ for -, None takes a line away."""
    lines = {
        "host": "localhost",
        "upgrade": "websocket",
        "connection": "keep-alive, Upgrade",
        "sec_websocket_version": "13",
        "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec_websocket_protocol": "lectern.v1",
    }
    lines.update(changes)
    text = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"GET {path} HTTP/1.1\r\n{text}\r\n".encode()


def client_hello():
    """The first flight of a TLS client."""
    out = ssl.MemoryBIO()
    context = ssl.create_default_context()
    tls = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def seconds_of(function):
    started = time.monotonic()
    result = function()
    return result, time.monotonic() - started


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
