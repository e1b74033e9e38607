#!/usr/bin/python3
"""An outside WHIP publisher: a ball that moves and a ticking sound, by GStreamer's webrtcbin.
  publish.py --url http://localhost:8080/whip/CLASS [--codec vp8|h264] [--trickle]
             [--duration S] [--token T]
Prints one JSON object; exit status 0 if it was connected and still is at the end."""

import argparse
import json
import sys
import time

from session import Gst, Session, run, stop

ENCODERS = {
    "vp8": "vp8enc deadline=1 cpu-used=8 target-bitrate=600000 keyframe-max-dist=50 "
    "error-resilient=partitions ! rtpvp8pay picture-id-mode=15-bit pt=96 "
    "! application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000",
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast bitrate=600 key-int-max=50 bframes=0 "
    "! video/x-h264,profile=constrained-baseline "
    "! rtph264pay config-interval=-1 aggregate-mode=zero-latency pt=96 "
    "! application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000,"
    "packetization-mode=(string)1,profile-level-id=(string)42c01e",  # what x264 makes of this picture
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--codec", choices=sorted(ENCODERS), default="vp8")
    parser.add_argument("--trickle", action="store_true")
    parser.add_argument("--duration", type=float, default=10)
    parser.add_argument("--token")
    options = parser.parse_args()
    Gst.init(None)
    pipeline = Gst.parse_launch(
        "webrtcbin name=peer bundle-policy=max-bundle "
        "audiotestsrc is-live=true wave=ticks ! audioconvert ! audioresample "
        "! opusenc ! rtpopuspay pt=111 "
        "! application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000 ! peer. "
        "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=640,height=360,framerate=25/1 "
        f"! {ENCODERS[options.codec]} ! peer."
    )
    session = Session(pipeline.get_by_name("peer"), options.url, options.trickle, options.token)
    connected_at = []
    started = time.monotonic()

    def watch():
        if session.is_connected and not connected_at:
            connected_at.append(time.monotonic() - started)
        return session.failure is not None

    problem = run(pipeline, options.duration, watch)
    was_connected = session.is_connected
    session.close()
    stop(pipeline)
    result = {
        "ok": was_connected and not problem and not session.failure,
        "codec": options.codec,
        "trickled": session.trickled,
        "connected_after": connected_at[0] if connected_at else None,
        "failure": problem or session.failure,
    }
    print(json.dumps(result))
    sys.stdout.flush()
    return 0 if result["ok"] else 1


sys.exit(main())
