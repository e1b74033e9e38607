#!/usr/bin/env python3
"""Holds every #include, and every import of the pages, to the layers: what a folder may name is written in the
tables below.

scripts/check_layers.py [--root DIR]    prints each violation as file:line, exit status 1 if any
"""

import pathlib
import posixpath
import re

import sources

# Folder -> the project folders it may include besides itself. Arrows go one way, bottom up.
LAYERS = {
    "base": "",
    "media/stun": "base",
    "media/rtp": "base",
    "media/rtcp": "base media/rtp",
    "media/codec": "base",
    "media/sdp": "base media/codec",  # profile-level-id is the first octets of an SPS (RFC 6184 §8.1)
    "media/control": "base",
    "whiteboard": "base",
    "store": "base",
    "media/ice": "base media/stun",
    "media/srtp": "base media/rtp",
    "media/dtls": "base media/srtp",  # the handshake picks the SRTP profile (RFC 5764)
    "media/transport": "base media/stun media/rtp media/rtcp media/ice media/dtls media/srtp",
    "media/forward": "base media/rtp media/rtcp media/codec",
    "media/client": "base media/stun media/rtp media/rtcp media/sdp media/codec media/ice media/dtls"
    " media/srtp media/transport",
    "media/worker": "base media/stun media/rtp media/rtcp media/sdp media/codec media/control media/ice"
    " media/dtls media/srtp media/transport media/forward",
    "classroom": "base",
    "signaling/terms": "base media/control store",
    "signaling/records": "base store signaling/terms",
    "signaling/placement": "base media/control signaling/terms",
    "signaling/desk": "base media/control classroom signaling/terms signaling/placement",
    "signaling/gate": "base media/control classroom signaling/terms signaling/records signaling/placement"
    " signaling/desk",
    "signaling": "base media/control store signaling/terms signaling/records signaling/placement signaling/desk"
    " signaling/gate",
}
# These wire everything together or test it, so they may include any folder above.
FREE = ("server", "media/gst", "tests", "bench")

# System header -> the folders and files, other than the free ones, that may include it.
SYSTEM = [
    (r"(thread|mutex|shared_mutex|condition_variable|future|fstream|filesystem|semaphore|latch)", ""),
    (r"[a-z_0-9]+", "*"),  # the rest of the C++ standard library
    (r"fmt/.*", "*"),
    (r"(immintrin|x86intrin|cpuid)\.h", "base media/srtp"),
    (r"(arpa/inet|netinet/in)\.h", "base/endpoint"),  # text to address and back; no socket
    (r"sys/time\.h", "media/dtls"),  # OpenSSL hands out its DTLS timeout as a timeval
    (r"openssl/.*", "base/digest media/dtls media/srtp"),
    (r"intel-ipsec-mb\.h", "media/srtp"),
    (r"srtp2/srtp\.h", "media/srtp"),
    (r"nlohmann/json(_fwd)?\.hpp", "base/json media/control classroom signaling"),
    (r"jwt\.h", "signaling/gate/jwt_authority"),
]

# Folder of web/src -> those that it may import from besides itself. A feature (reactions) sees no other and no
# page; web/src itself holds the entry points, which may import anything.
WEB = {
    "base": "",
    "link": "base",
    "view": "",
    "class": "base link view",
    "reactions": "base view",
    "remarks": "base link view",
}

IMPORT = re.compile(r"""^(?:import|export)\b.*?\bfrom '(\.[^']*)'|^\} from '(\.[^']*)'""")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[>"]')


def folder_of(path):
    """The row of LAYERS (or the free folder) that the file belongs to, or None."""
    for parts in range(path.count("/"), 0, -1):
        folder = "/".join(path.split("/")[:parts])
        if folder in LAYERS or folder in FREE:
            return folder
    return None


def may_include_system(path, header):
    for pattern, places in SYSTEM:
        if re.fullmatch(pattern, header):
            return places == "*" or any(
                path.startswith((place + "/", place + ".", place + "_")) for place in places.split()
            )
    return False


def violation(path, bracket, header):
    """Says what is wrong with one #include, or returns None."""
    folder = folder_of(path)
    if folder is None:
        return "is in no folder of the layers; add it to scripts/check_layers.py"
    if bracket == '"':
        target = folder_of(header)
        if target is None:
            return f'"{header}" is not named from the project\'s root'
        allowed = folder in FREE and target in LAYERS
        allowed = allowed or target == folder or (target == "server" and folder in ("tests", "bench"))
        allowed = allowed or (target == "tests" and folder == "bench")
        allowed = allowed or (folder in LAYERS and target in LAYERS[folder].split())
        return None if allowed else f'{folder} may not include {target} ("{header}")'
    if folder in FREE or may_include_system(path, header):
        return None
    return f"{folder} may not include <{header}>"


def web_violation(path, spec):
    """Says what is wrong with one import of a page's source, or returns None."""
    parts = pathlib.PurePosixPath(path).relative_to("web/src").parts
    if len(parts) == 1:
        return None
    folder = parts[0]
    if folder not in WEB:
        return "is in no folder of the pages' layers; add it to scripts/check_layers.py"
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), spec)).split("/")[2:]
    room = target[0] if len(target) > 1 else "web/src"
    if room == folder or room in WEB[folder].split():
        return None
    return f"web/src/{folder} may not import from {room} ('{spec}')"


def check(root):
    faults = []
    for path in sources.tracked(root, (".cpp", ".h")):
        for number, line in enumerate((root / path).read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            fault = match and violation(path, *match.groups())
            if fault:
                faults.append(f"{path}:{number}: {fault}")
    for path in sources.tracked(root, (".ts", ".tsx")):
        if not path.startswith("web/src/"):
            continue
        for number, line in enumerate((root / path).read_text().splitlines(), 1):
            match = IMPORT.match(line)
            fault = match and web_violation(path, match[1] or match[2])
            if fault:
                faults.append(f"{path}:{number}: {fault}")
    return faults


if __name__ == "__main__":
    sources.run_check(check, __doc__)
