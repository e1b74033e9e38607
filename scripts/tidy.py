#!/usr/bin/env python3
"""Runs clang-tidy-19 over the project's C++ sources; a file whose text, headers, flags and rules are
those of an earlier clean run on this machine is not read again.

scripts/tidy.py [FILE...]    exit status 1 if anything was found
  --changed   only what scripts/tidy_clean.txt does not know as clean: what changed since it was written
  --record    everything; if all is clean, writes scripts/tidy_clean.txt anew (to be committed); with --changed
              what that file does not know, and the rest goes over into the new one

The record names files by what was read, not by a commit: it stays true over a rebase, in a shallow clone, and
when the rules change, which makes every file one to read. An old record costs time, never a fault.

The compile commands are those of a folder that is configured for this alone and never built: Clang's own, and
without the headers that the asan preset compiles beforehand, which would hide a forgotten include.
"""

import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

import sources

TIDY = "clang-tidy-19"
RECORD = sources.ROOT / "scripts/tidy_clean.txt"
BUILD = sources.ROOT / "build/tidy"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


@functools.cache
def text_and_headers(path):
    """The file's text, and the project headers that it names."""
    text = path.read_text()
    headers = (sources.ROOT / name for name in INCLUDE.findall(text))
    return text, tuple(h for h in headers if h.is_file())


def reachable(path):
    seen, todo = set(), [path]
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.add(path)
            todo.extend(text_and_headers(path)[1])
    return sorted(seen)


def fingerprint(entry, rules):
    """Of all that decides what clang-tidy says. Neither the folder of the project nor how the compiler is
    called enters it."""
    flags = entry["command"].replace(str(sources.ROOT), "").split(" ", 1)[1]
    digest = hashlib.sha256(rules + flags.encode())
    for path in reachable(pathlib.Path(entry["file"])):
        digest.update(f"\0{path.relative_to(sources.ROOT)}\0{text_and_headers(path)[0]}".encode())
    return digest.hexdigest()


def recorded():
    """The fingerprints of the last clean run over everything."""
    return {line.split()[0] for line in RECORD.read_text().splitlines()} if RECORD.exists() else set()


def write_record(prints):
    lines = (f"{mark[:20]} {pathlib.Path(file).relative_to(sources.ROOT)}\n" for file, mark in sorted(prints.items()))
    RECORD.write_text("".join(lines))


def tidy(entry):
    command = [
        TIDY, "--quiet", "-p", BUILD, f"--header-filter=^{re.escape(str(sources.ROOT))}/",
        # Warnings of the compiler are the compiler's to turn into errors.
        "--extra-arg=-Wno-error", entry["file"],
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def unseen(output, seen):
    """The diagnostics of `output` that no file before had: those of a header come with each includer."""
    for block in re.split(r"\n(?=/\S+:\d+:\d+: (?:error|warning):)", output.strip()):
        first = block.split("\n", 1)[0]
        if first not in seen:
            seen.add(first)
            yield block


def configure():
    command = ["cmake", "-S", sources.ROOT, "-B", BUILD, "-G", "Ninja", "--log-level=WARNING"]
    settings = ["-DCMAKE_CXX_COMPILER=clang++-19", "-DCMAKE_BUILD_TYPE=Debug"]
    subprocess.run(command + settings, check=True, stdout=subprocess.DEVNULL)


def wanted_entries(files):
    entries = {e["file"]: e for e in json.loads((BUILD / "compile_commands.json").read_text())}
    ours = {str(sources.ROOT / f) for f in (files or sources.tracked(sources.ROOT, (".cpp",)))}
    return [entry for file, entry in sorted(entries.items()) if file in ours]


def read_all(todo, clean):
    """Reads each of {fingerprint: compile command}; returns how many have faults. `clean` is told of the others."""
    failed, seen = 0, set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(tidy, entry): mark for mark, entry in todo.items()}
        for run in concurrent.futures.as_completed(runs):
            result = run.result()
            if result.returncode == 0:
                clean(runs[run])
            else:
                failed += 1
                blocks = list(unseen(result.stdout or result.stderr, seen))
                print(*blocks, sep="\n", flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changed", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--record", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    if arguments.record and arguments.files:
        parser.error("--record is for all files")

    configure()
    cache = BUILD / "clean"
    cache.mkdir(exist_ok=True)
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    rules = version + b"".join((sources.ROOT / p).read_bytes() for p in (".clang-tidy", "tests/.clang-tidy"))
    entries = wanted_entries(arguments.files)
    prints = {entry["file"]: fingerprint(entry, rules) for entry in entries}
    known = {path.name for path in cache.iterdir()}
    clean = recorded() if arguments.changed else set()
    todo = {
        mark: entry
        for entry in entries
        if (mark := prints[entry["file"]]) not in known and mark[:20] not in clean
    }
    print(f"clang-tidy: {len(todo)} of {len(entries)} files to read", flush=True)
    failed = read_all(todo, lambda mark: (cache / mark).touch())
    print(f"clang-tidy: {failed} files with faults")
    if arguments.record and not failed:
        write_record(prints)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
