#!/usr/bin/python3
"""A WHEP server on Debian's python3-aiortc, to have something of another make to measure: aiortc_whep.py FILM [PORT]
Plays the film to everybody who posts to /whep, packet by packet as it is in the file (nothing is decoded or encoded), each
stamped with the moment at which it is due (see server/tools/send_stamp.h).
"""

import asyncio
import fractions
import sys
import time

import aioice.ice
import av
from aiohttp import web
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

TIME_BASE = fractions.Fraction(1, 90_000)
STAMP = b"lec.sent"


def stamped(data, is_key):
    if len(data) < 4 * len(STAMP):
        return data
    value = time.monotonic_ns() // 1000 * 2 + is_key
    return data[: -2 * len(STAMP)] + STAMP + bytes(0x80 | value >> 7 * i & 0x7F for i in range(len(STAMP)))


class FilmTrack(MediaStreamTrack):
    """The packets of one stream of a film, in a loop, when they are due; begins with the first viewer."""

    def __init__(self, path, kind):
        super().__init__()
        self.kind = kind
        with av.open(path) as film:
            stream = next(stream for stream in film.streams if stream.type == kind)
            packets = [packet for packet in film.demux(stream) if packet.size]
            self.packets = [(float(packet.pts * packet.time_base), bytes(packet), packet.is_keyframe) for packet in packets]
        self.length = self.packets[-1][0] + self.packets[1][0] - self.packets[0][0]
        self.start, self.sent = None, 0

    async def recv(self):
        self.start = self.start or time.monotonic()
        loops, index = divmod(self.sent, len(self.packets))
        at, data, is_key = self.packets[index]
        at += loops * self.length
        await asyncio.sleep(max(0, self.start + at - time.monotonic()))
        packet = av.Packet(stamped(data, is_key and self.kind == "video"))
        packet.pts, packet.time_base = round(at * 90_000), TIME_BASE
        self.sent += 1
        return packet


class Server:
    def __init__(self, path):
        self.tracks = [FilmTrack(path, kind) for kind in ("audio", "video")]
        self.relay = MediaRelay()
        self.viewers = {}

    async def join(self, request):
        viewer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        number = str(len(self.viewers))
        self.viewers[number] = viewer
        await viewer.setRemoteDescription(RTCSessionDescription(await request.text(), "offer"))
        for track in self.tracks:
            viewer.addTrack(self.relay.subscribe(track))
        await viewer.setLocalDescription(await viewer.createAnswer())
        headers = {"Location": f"/whep/{number}"}
        return web.Response(status=201, text=viewer.localDescription.sdp, content_type="application/sdp", headers=headers)

    async def leave(self, request):
        await self.viewers[request.match_info["number"]].close()
        return web.Response()


def main():
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    app = web.Application()
    server = Server(sys.argv[1])
    app.add_routes([web.post("/whep", server.join), web.delete("/whep/{number}", server.leave)])
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[2]) if len(sys.argv) > 2 else 7091)


if __name__ == "__main__":
    main()
