#!/usr/bin/env python3
"""Holds the sources to what no compiler checks: who may touch the machine, and how long a file may be.

scripts/check_sources.py [--root DIR]    prints each violation as file:line, exit status 1 if any
"""

import re

import sources

MAX_LINES = 600
MEASURED = (".cpp", ".h", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".py", ".cmake", "")
NOT_OURS = re.compile(r"(^|/)(LICENSE|third_party/.*|tests/data/.*|tests/fuzz/corpus/.*)$")

CLOCK = (
    r"\b(steady|system|high_resolution|utc)_clock::now\b"
    r"|\b(clock_gettime|gettimeofday|uv_now|uv_hrtime|timespec_get)\s*\("
    r"|\b(std::|::)time\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\)"
)
SLEEP = r"\b(sleep_for|sleep_until)\b|(?<![.\w>])u?(nano)?sleep\s*\("
# A deadline that rejects is none. measureFor(ms) says that the time itself is what is measured.
FIXED_SLEEP = (
    r"\bsleep\b|\b(delay|waitForTimeout)\s*\(|\btimers/promises\b|\bAtomics\.wait\b"
    r"|(?<![.\w])setTimeout\b(?!\(\(\) => reject\()"
)
MACHINE = (
    r"(?<![.\w>])(socket|accept4|sendto|sendm?msg|recvfrom|recvm?msg|fopen|fdatasync)\s*\("
    r"|(?<![\w>])::(open|bind|accept|connect|listen|send|recv|read|write|close)\s*\("
    r"|\bstd::([io]?fstream|filesystem|j?thread|async|(shared_|recursive_)?mutex)\b"
    r"|\b(random_device|getrandom|arc4random|RAND_bytes|RAND_priv_bytes)\b"
)

# What is banned, where, and why. The first pattern picks files, the second text in them.
BANNED = [
    (r"tests/(unit|property|sim)/", SLEEP, "a test that sleeps; move virtual time instead"),
    (r"tests/(unit|property|sim)/", CLOCK, "a test that reads a clock; pass the time in"),
    (r"tests/e2e/.*\.test\.mjs$", FIXED_SLEEP, "a fixed sleep; wait for a state (until, untilSteady, holdsFor)"),
    (r"(?!server/|media/gst/|tests/|bench/)", CLOCK, "reads a clock; take `now` as an argument"),
    (r"(?!server/|media/gst/|tests/|bench/)", SLEEP, "sleeps"),
    (r"(?!server/|media/gst/|tests/|bench/)", MACHINE, "sockets, files, threads, OS randomness"),
]
# OpenSSL's DTLS timer reads gettimeofday; the simulator replaces it by virtual time.
DEFINES_CLOCK = re.compile(r"^\s*(extern\s+)?int gettimeofday\(")

NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)


def code_only(text):
    """The text with comments and literals blanked, line for line."""
    return NOT_CODE.sub(lambda match: "\n" * match[0].count("\n"), text)


def banned_calls(path, text):
    rules = [(re.compile(what), why) for where, what, why in BANNED if re.match(where, path)]
    for number, line in enumerate(code_only(text).split("\n"), 1):
        if path.startswith("tests/sim/") and DEFINES_CLOCK.match(line):
            continue
        for what, why in rules:
            match = what.search(line)
            if match:
                yield f"{path}:{number}: `{match[0].strip()}`: {why}"


def check(root):
    faults = []
    for path in sources.tracked(root, (".cpp", ".h", ".mjs")):
        faults.extend(banned_calls(path, (root / path).read_text()))
    for path in sources.tracked(root, MEASURED):
        if NOT_OURS.search(path):
            continue
        lines = (root / path).read_bytes().count(b"\n")
        if lines > MAX_LINES:
            faults.append(f"{path}: {lines} lines, more than {MAX_LINES}: split it by state")
    return faults


if __name__ == "__main__":
    sources.run_check(check, __doc__)
