#!/usr/bin/python3
"""A WHIP and WHEP door for the VideoRoom of Janus, so that bench/fanout can measure it: janus_door.py [PORT]
Debian's packages janus and python3-aiohttp. Janus 1.1 offers to its viewers and takes no offer of theirs: here
either side gets an answer made from the other's offer. Janus has to be the lite side of ICE (ice_lite = true in janus.jcfg).

  POST /whip   a publisher      POST /whep   a viewer of the last publisher      DELETE /session/N
"""

import secrets
import sys

import aiohttp
from aiohttp import web

API = "http://127.0.0.1:8088/janus"
ROOM = 1234  # of Debian's sample configuration
OF_PEER = ("ice-ufrag", "ice-pwd", "fingerprint", "candidate", "ssrc", "ssrc-group")  # a viewer has none of the last three
OF_CODECS = ("rtpmap", "fmtp", "rtcp-fb")


def sections(sdp):
    """The session's lines, and those of each m= section."""
    parts = [[]]
    for line in sdp.replace("\r", "").split("\n"):
        if line.startswith("m="):
            parts.append([])
        if line:
            parts[-1].append(line)
    return parts[0], parts[1:]


def attributes(lines, names):
    return [line for line in lines if line.startswith("a=") and line[2:].split(":")[0] in names]


def answer(mine, theirs, direction, setup, extra=()):
    """To the peer that offered `mine`, in the name of the one that offered `theirs`. Codecs are those that Janus offered."""
    _, my_media = sections(mine)
    their_session, their_media = sections(theirs)
    out = ["v=0", f"o=- {secrets.randbits(48)} 1 IN IP4 127.0.0.1", "s=-", "t=0 0", *extra]
    mids = []
    body = []
    for media in my_media:
        kind = media[0].split()[0]
        other = next(lines for lines in their_media if lines[0].split()[0] == kind)
        codecs = other if direction == "sendonly" else media
        mids += attributes(media, ["mid"])
        body += [f"{kind} 9 UDP/TLS/RTP/SAVPF {' '.join(codecs[0].split()[3:])}", "c=IN IP4 0.0.0.0", mids[-1], f"a={direction}"]
        body += ["a=rtcp-mux", f"a=setup:{setup}", *attributes(codecs, OF_CODECS)]
        body += attributes(their_session, OF_PEER) + attributes(other, OF_PEER)
    out.append("a=group:BUNDLE " + " ".join(mid[6:] for mid in mids))
    return "\r\n".join([*out, *body, ""])


def created(session, sdp):
    return web.Response(status=201, text=sdp, content_type="application/sdp", headers={"Location": "/session" + session})


class Door:
    def __init__(self):
        self.http = None
        self.feed = None

    async def post(self, path, message):
        async with self.http.post(API + path, json={**message, "transaction": secrets.token_hex(6)}) as reply:
            return await reply.json()

    async def attach(self):
        """A session of its own with one handle on the VideoRoom: its paths."""
        session = f"/{(await self.post('', {'janus': 'create'}))['data']['id']}"
        handle = (await self.post(session, {"janus": "attach", "plugin": "janus.plugin.videoroom"}))["data"]["id"]
        return session, f"{session}/{handle}"

    async def ask(self, session, handle, body, jsep=None):
        """What Janus says to it: (data, SDP)."""
        await self.post(handle, {"janus": "message", "body": body, **({"jsep": jsep} if jsep else {})})
        while True:
            async with self.http.get(API + session) as reply:
                event = await reply.json()
            if event["janus"] == "event":
                return event["plugindata"]["data"], event.get("jsep", {}).get("sdp")

    async def publish(self, request):
        session, handle = await self.attach()
        body = {"request": "joinandconfigure", "ptype": "publisher", "room": ROOM}
        data, sdp = await self.ask(session, handle, body, {"type": "offer", "sdp": await request.text()})
        if not sdp:
            return web.Response(status=502, text=str(data))
        self.feed = data["id"]
        return created(session, sdp)

    async def watch(self, request):
        offer = await request.text()
        session, handle = await self.attach()
        body = {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": [{"feed": self.feed}]}
        data, sdp = await self.ask(session, handle, body)
        if not sdp:
            return web.Response(status=502, text=str(data))
        for_janus = answer(sdp, offer, "recvonly", "active")
        await self.ask(session, handle, {"request": "start"}, {"type": "answer", "sdp": for_janus})
        return created(session, answer(offer, sdp, "sendonly", "passive", ["a=ice-lite"]))

    async def leave(self, request):
        await self.post("/" + request.match_info["number"], {"janus": "destroy"})
        return web.Response()

    async def app(self):
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100))
        app = web.Application()
        app.add_routes([web.post("/whip", self.publish), web.post("/whep", self.watch), web.delete("/session/{number}", self.leave)])
        return app


if __name__ == "__main__":
    web.run_app(Door().app(), host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 7092)
