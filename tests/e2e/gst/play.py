#!/usr/bin/python3
"""An outside WHEP player: decodes picture and sound with GStreamer's webrtcbin and counts.
  play.py --url http://localhost:8080/whep/CLASS [--codec vp8|h264|both] [--trickle] [--no-pli]
          [--duration S] [--token T]
--no-pli: offers no keyframe requests and sends none. Prints one JSON object; exit status 0 if
pictures and sound came, the pictures moved, and none of it stood still for over half a second."""

import argparse
import hashlib
import json
import sys
import time

from session import Gst, GstWebRTC, Session, run, stop

VIDEO_CAPS = {
    "vp8": "application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000",
    "h264": "application/x-rtp,media=video,encoding-name=H264,payload=102,clock-rate=90000,"
    "packetization-mode=(string)1,profile-level-id=(string)42e01f,"
    "level-asymmetry-allowed=(string)1",
}
FEEDBACK = ",rtcp-fb-nack=(boolean)true,rtcp-fb-nack-pli=(boolean)true,rtcp-fb-ccm-fir=(boolean)true"
AUDIO_CAPS = (
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000,"
    "encoding-params=(string)2"
)


class Count:
    def __init__(self):
        self.buffers = 0
        self.different = 0
        self.first = None
        self.last = None
        self.longest_gap = 0.0
        self.digest = None

    def add(self, data):
        now = time.monotonic()
        if self.last is not None:
            self.longest_gap = max(self.longest_gap, now - self.last)
        self.first = self.first or now
        self.last = now
        self.buffers += 1
        digest = hashlib.blake2b(data, digest_size=8).digest()
        self.different += digest != self.digest
        self.digest = digest


def is_keyframe_request(event):
    structure = event.get_structure()
    return structure is not None and structure.get_name() == "GstForceKeyUnit"


class Player:
    def __init__(self, options):
        self.options = options
        self.counts = {"audio": Count(), "video": Count()}
        self.size = None
        self.codec = None
        self.requests = 0
        self.pipeline = Gst.Pipeline.new()
        self.peer = Gst.ElementFactory.make("webrtcbin", "peer")
        self.peer.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        self.pipeline.add(self.peer)
        self.peer.connect("pad-added", self.on_pad)
        self.add_transceiver(AUDIO_CAPS)
        codecs = ("vp8", "h264") if options.codec == "both" else (options.codec,)
        feedback = ",rtcp-fb-nack=(boolean)true" if options.no_pli else FEEDBACK
        self.add_transceiver(";".join(VIDEO_CAPS[codec] + feedback for codec in codecs))
        self.session = Session(self.peer, options.url, options.trickle, options.token)

    def add_transceiver(self, caps):
        transceiver = self.peer.emit(
            "add-transceiver",
            GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY,
            Gst.Caps.from_string(caps),
        )
        transceiver.set_property("do-nack", True)

    def on_pad(self, _, pad):
        if pad.direction != Gst.PadDirection.SRC:
            return
        caps = pad.get_current_caps().get_structure(0)
        kind = caps.get_string("media")
        if kind == "video":
            self.codec = caps.get_string("encoding-name")
            depay = {"VP8": "rtpvp8depay ! vp8dec", "H264": "rtph264depay ! avdec_h264"}[self.codec]
            chain = f"{depay} ! appsink name=sink emit-signals=true sync=false"
        else:
            chain = "rtpopusdepay ! opusdec ! appsink name=sink emit-signals=true sync=false"
        part = Gst.parse_bin_from_description(chain, True)
        part.get_by_name("sink").connect("new-sample", self.on_sample, kind)
        self.pipeline.add(part)
        part.sync_state_with_parent()
        pad.link(part.get_static_pad("sink"))
        pad.add_probe(Gst.PadProbeType.EVENT_UPSTREAM, self.on_upstream)

    def on_upstream(self, _, info):
        if not is_keyframe_request(info.get_event()):
            return Gst.PadProbeReturn.OK
        self.requests += 1
        return Gst.PadProbeReturn.DROP if self.options.no_pli else Gst.PadProbeReturn.OK

    def on_sample(self, sink, kind):
        sample = sink.emit("pull-sample")
        buffer = sample.get_buffer()
        self.counts[kind].add(buffer.extract_dup(0, min(buffer.get_size(), 200_000)))
        if kind == "video":
            caps = sample.get_caps().get_structure(0)
            self.size = [caps.get_int("width")[1], caps.get_int("height")[1]]
        return Gst.FlowReturn.OK

    def play(self):
        started = time.monotonic()
        problem = run(self.pipeline, self.options.duration, lambda: self.session.failure is not None)
        was_connected = self.session.is_connected
        self.session.close()
        stop(self.pipeline)
        video, audio = self.counts["video"], self.counts["audio"]
        moved = video.different > video.buffers / 2
        steady = video.longest_gap < 0.5 and audio.longest_gap < 0.5
        return {
            "ok": was_connected and not problem and not self.session.failure
            and video.buffers > 0 and audio.buffers > 0 and moved and steady,
            "codec": self.codec,
            "size": self.size,
            "frames": video.buffers,
            "different_frames": video.different,
            "sounds": audio.buffers,
            "first_frame_after": video.first - started if video.first else None,
            "longest_gap": {"video": video.longest_gap, "audio": audio.longest_gap},
            "keyframe_requests": self.requests,
            "trickled": self.session.trickled,
            "failure": problem or self.session.failure,
        }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--codec", choices=("vp8", "h264", "both"), default="vp8")
    parser.add_argument("--trickle", action="store_true")
    parser.add_argument("--no-pli", action="store_true")
    parser.add_argument("--duration", type=float, default=10)
    parser.add_argument("--token")
    options = parser.parse_args()
    Gst.init(None)
    result = Player(options).play()
    print(json.dumps(result))
    sys.stdout.flush()
    return 0 if result["ok"] else 1


sys.exit(main())
