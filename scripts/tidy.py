#!/usr/bin/env python3
"""Runs clang-tidy-19 over the project's C++ sources; a file whose text, headers, flags and rules are
those of an earlier clean run is not read again.

scripts/tidy.py [--build build/fuzz] [FILE...]    exit status 1 if anything was found

The compile commands come from the fuzz preset: they are Clang's own, and cover the tests too.
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
    digest = hashlib.sha256(rules + entry["command"].encode())
    for path in reachable(pathlib.Path(entry["file"])):
        digest.update(f"\0{path}\0{text_and_headers(path)[0]}".encode())
    return digest.hexdigest()


def tidy(entry, build):
    command = [
        TIDY, "--quiet", "-p", build, f"--header-filter=^{re.escape(str(sources.ROOT))}/",
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


def wanted_entries(build, files):
    entries = {e["file"]: e for e in json.loads((build / "compile_commands.json").read_text())}
    ours = {str(sources.ROOT / f) for f in (files or sources.tracked(sources.ROOT, (".cpp",)))}
    return [entry for file, entry in sorted(entries.items()) if file in ours]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=sources.ROOT / "build/fuzz")
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()

    cache = sources.ROOT / "build/tidy"
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
    rules = version + b"".join((sources.ROOT / p).read_bytes() for p in (".clang-tidy", "tests/.clang-tidy"))
    todo = {}
    for entry in wanted_entries(arguments.build, arguments.files):
        mark = cache / fingerprint(entry, rules)
        if not mark.exists():
            todo[mark] = entry
    print(f"clang-tidy: {len(todo)} files to read", flush=True)

    failed, seen = 0, set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(tidy, entry, arguments.build): mark for mark, entry in todo.items()}
        for run in concurrent.futures.as_completed(runs):
            result = run.result()
            if result.returncode == 0:
                runs[run].touch()
            else:
                failed += 1
                blocks = list(unseen(result.stdout or result.stderr, seen))
                print(*blocks, sep="\n", flush=True)
    print(f"clang-tidy: {failed} files with faults")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
