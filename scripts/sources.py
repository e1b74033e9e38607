"""The project's own files, as the checks see them."""

import pathlib
import subprocess

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
