"""The project's own files, as the checks see them."""

import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def tracked(root, suffixes):
    """Paths, relative to `root`, of the files in git with one of these suffixes ("" = no suffix)."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True, text=True
    ).stdout.split("\0")
    # A file deleted but not yet committed is still listed.
    return [p for p in listed if pathlib.Path(p).suffix in suffixes and p and (root / p).is_file()]


def report(faults):
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def run_check(check, description):
    """The whole command line of a check: reports what `check(root)` finds; exit status 1 if anything."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    sys.exit(report(check(parser.parse_args().root)))
