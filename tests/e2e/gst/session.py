"""One WHIP or WHEP session of GStreamer's webrtcbin: an outside peer, which shares no code with
the server. Offers, posts, sets the answer, and trickles candidates where asked to."""

import re
import threading
import urllib.error
import urllib.parse
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402


class Refused(Exception):
    pass


def http(method, url, body=None, content_type=None, token=None, headers=None):
    """Status, headers, text."""
    request = urllib.request.Request(url, method=method, data=body.encode() if body else None)
    if content_type:
        request.add_header("Content-Type", content_type)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


class Session:
    """`edit`: changes the offer's text before it is posted."""

    def __init__(self, webrtc, url, trickle, token=None, edit=lambda text: text):
        self.webrtc, self.url, self.trickle, self.token, self.edit = webrtc, url, trickle, token, edit
        self.location = None
        self.etag = None
        self.offer = None
        self.posted = False
        self.early_candidates = []
        self.trickled = 0
        self.failure = None
        webrtc.connect("on-negotiation-needed", lambda _: self.create_offer())
        webrtc.connect("on-ice-candidate", self.on_candidate)
        webrtc.connect("notify::ice-gathering-state", lambda *_: self.on_gathering())

    def create_offer(self):
        if self.offer is None:
            self.offer = ""
            promise = Gst.Promise.new_with_change_func(self.on_offer, None)
            self.webrtc.emit("create-offer", None, promise)

    def on_offer(self, promise, _):
        promise.wait()
        reply = promise.get_reply()  # owns the offer: has to outlive it
        offer = reply.get_value("offer")
        self.offer = offer.sdp.as_text()
        self.webrtc.emit("set-local-description", offer, Gst.Promise.new())
        if self.trickle:
            GLib.idle_add(self.post)

    def on_gathering(self):
        state = self.webrtc.get_property("ice-gathering-state")
        if state == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            GLib.idle_add(self.gathered)

    def gathered(self):
        if self.trickle:
            self.send_fragment(["a=end-of-candidates"])
        else:
            self.offer = self.webrtc.get_property("local-description").sdp.as_text()
            self.post()

    def post(self):
        if self.posted:
            return
        self.posted = True
        try:
            status, headers, text = http(
                "POST", self.url, self.edit(self.offer), "application/sdp", self.token
            )
        except OSError as error:
            self.failure = f"POST: {error}"
            return
        if status != 201:
            self.failure = f"POST: {status} {text}"
            return
        self.location = urllib.parse.urljoin(self.url, headers["Location"])
        self.etag = headers["ETag"]
        _, message = GstSdp.SDPMessage.new_from_text(text)
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.webrtc.emit("set-remote-description", answer, Gst.Promise.new())
        if self.early_candidates:
            self.send_fragment(self.early_candidates)

    def on_candidate(self, _, index, candidate):
        if self.trickle and index == 0 and candidate:
            GLib.idle_add(self.trickle_one, "a=" + candidate)

    def trickle_one(self, line):
        if self.location:
            self.send_fragment([line])
        else:
            self.early_candidates.append(line)

    def send_fragment(self, lines):
        """RFC 8840 §9; a candidate is no use to a lite server, but the PATCH has to be taken."""
        if not self.location:
            return
        ufrag = re.search(r"a=ice-ufrag:(\S+)", self.offer)[1]
        pwd = re.search(r"a=ice-pwd:(\S+)", self.offer)[1]
        body = [f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{pwd}", "m=audio 9 UDP/TLS/RTP/SAVPF 0"]
        body += ["a=mid:" + re.search(r"a=mid:(\S+)", self.offer)[1], *lines, ""]
        headers = {"If-Match": self.etag} if self.etag else {}
        status, _, text = http(
            "PATCH", self.location, "\r\n".join(body), "application/trickle-ice-sdpfrag", self.token,
            headers,
        )
        if status not in (200, 204):
            self.failure = f"PATCH: {status} {text}"
        self.trickled += 1

    def close(self):
        if self.location:
            status, _, text = http("DELETE", self.location, token=self.token)
            if status not in (200, 204):
                self.failure = f"DELETE: {status} {text}"

    @property
    def is_connected(self):
        state = self.webrtc.get_property("connection-state")
        return state == GstWebRTC.WebRTCPeerConnectionState.CONNECTED


def run(pipeline, seconds, is_over=lambda: False):
    """Plays the pipeline for so long, or until `is_over`; returns what went wrong, or None."""
    loop = GLib.MainLoop()
    problem = []

    def on_message(_, message):
        if message.type == Gst.MessageType.ERROR:
            error, debug = message.parse_error()
            problem.append(f"{error.message} ({debug})")
            loop.quit()

    def look():
        if is_over():
            loop.quit()
        return True

    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message)
    GLib.timeout_add(int(seconds * 1000), loop.quit)
    GLib.timeout_add(100, look)
    pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    return problem[0] if problem else None


def stop(pipeline):
    # webrtcbin can hang on the way to NULL: the process ends without it after a while.
    thread = threading.Thread(target=pipeline.set_state, args=(Gst.State.NULL,), daemon=True)
    thread.start()
    thread.join(3)
