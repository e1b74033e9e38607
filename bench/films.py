"""The films that are measured with, made once by ffmpeg into build/bench: noise over a test picture, so
that the encoder always needs its whole rate; one encoding, so that no viewer changes its rung."""

import pathlib
import subprocess

SECONDS = 30
FOLDER = pathlib.Path("build/bench")

SOUND = ["-c:a", "libopus", "-ac", "1", "-application", "voip", "-vbr", "off"]
PICTURE = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "12", "-error-resilient", "1"]
PICTURE += ["-lag-in-frames", "0", "-static-thresh", "0", "-threads", "1", "-pix_fmt", "yuv420p"]
PICTURE += ["-g", "50", "-keyint_min", "50"]

# name: picture's bit/s (0: none), sound's bit/s, milliseconds of sound in a packet
FILMS = {
    "class_600k": (600_000, 32_000, 20),  # 25 fps in 3 packets + 50 sounds: about 130 packets/s
    "sound_60ms": (0, 24_000, 60),  # 17 packets/s: the rung `audio`
}


def path_of(name, root):
    """The film's file; makes it when it is not there."""
    picture, sound, packet = FILMS[name]
    path = root / FOLDER / f"{name}.mkv"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y"]
    if picture:
        source = f"testsrc2=s=640x360:r=25:d={SECONDS},noise=alls=20:allf=t"
        command += ["-f", "lavfi", "-i", source]
    command += ["-f", "lavfi", "-i", f"sine=frequency=300:r=48000:d={SECONDS},tremolo=f=3"]
    if picture:
        rate = str(picture)
        command += [*PICTURE, "-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate]
    command += [*SOUND, "-b:a", str(sound), "-frame_duration", str(packet)]
    unfinished = path.with_suffix(".part")
    subprocess.run([*command, "-t", str(SECONDS), "-f", "matroska", str(unfinished)], check=True)
    unfinished.rename(path)
    return path
