#!/usr/bin/env python3
"""Holds the lists of what the server tells pages by a code to each other: the server's own, the pages' (which
have words for each, or do not compile) and the ones of docs/protocol.md.

scripts/check_codes.py [--root DIR]    prints what one list lacks, exit status 1 if anything
"""

import re

import sources

PAGES = "web/src/link/codes.ts"
SPEC = "docs/protocol.md"
REFUSALS = "base/refusal_code.h"
# Lists of bare names: what it is, where the server has it, the pages' name of it, the rule that has it.
REASONS = (
    ("reason of unusable media", "media/worker/unusable_watch.cpp", "kNames", "kUnusableReasons", "P85"),
    ("reason of a rung", "media/worker/viewer_session.cpp", "kReasons", "kRungReasons", "P41"),
)

# X(kFull, "full", 503, 4503, "Server full", "")
ROW = re.compile(r'X\(\s*k\w+,\s*"([a-z-]+)",\s*(\d+),\s*(\d+),\s*"[^"]*",\s*"(\w*)"\s*\)')
# 'too-fast': '',
PAGE_ROW = re.compile(r"^  '?([a-z-]+)'?: '(\w*)',$", re.MULTILINE)
# | `full` | 503 | 4503 | |
SPEC_ROW = re.compile(r"^\| `([a-z-]+)` \| (\d+) \| *(\d*) *\| *(?:`(\w+)`)? *\|", re.MULTILINE)
NAME = re.compile(r"[\"'`]([a-z-]+)[\"'`]")


def part(text, begin, end):
    """What stands between the first `begin` and the next `end`; empty where there is no `begin`."""
    return text.partition(begin)[2].partition(end)[0]


def differences(what, ours, theirs):
    """`ours`, `theirs`: (path, {name: anything that must agree})."""
    (our_path, our_names), (their_path, their_names) = ours, theirs
    for name in sorted(set(our_names) - set(their_names)):
        yield f"{their_path}: lacks the {what} `{name}` of {our_path}"
    for name in sorted(set(their_names) - set(our_names)):
        yield f"{their_path}: has the {what} `{name}`, which {our_path} does not have"
    for name in sorted(set(our_names) & set(their_names)):
        if our_names[name] != their_names[name]:
            yield f"{their_path}: says {their_names[name]} of `{name}`, {our_path} {our_names[name]}"


def check(root):
    text = {path: (root / path).read_text() for path in {PAGES, SPEC, REFUSALS, *(row[1] for row in REASONS)}}
    rows = ROW.findall(text[REFUSALS])
    # As docs/protocol.md has it: a WebSocket that stays open has no close code.
    refusals = {code: (status, close.lstrip("0"), number) for code, status, close, number in rows}
    numbers = {code: number for code, (_, _, number) in refusals.items()}
    of_pages = dict(PAGE_ROW.findall(part(text[PAGES], "kCodes = {", "}")))
    of_spec = {code: tuple(rest) for code, *rest in SPEC_ROW.findall(text[SPEC])}
    faults = [] if refusals else [f"{REFUSALS}: no codes were found in it"]
    faults += differences("code", (REFUSALS, numbers), (PAGES, of_pages))
    faults += differences("code", (REFUSALS, refusals), (SPEC, of_spec))
    for what, path, list_name, page_list, rule in REASONS:
        names = dict.fromkeys(NAME.findall(part(text[path], f"{list_name} = {{", "}")), "")
        if not names:
            faults.append(f"{path}: {list_name} was not found in it")
        of_pages = dict.fromkeys(NAME.findall(part(text[PAGES], f"{page_list} = [", "]")), "")
        faults += differences(what, (path, names), (PAGES, of_pages))
        said = part(text[SPEC], f"**[{rule}]**", "\n")
        faults += [f"{SPEC}: {rule} does not name the {what} `{name}`" for name in names if f"`{name}`" not in said]
    return faults


if __name__ == "__main__":
    sources.run_check(check, __doc__)
