#!/usr/bin/env python3
"""Holds the numbered rules of docs/protocol.md to the code: each is cited in the name of a test, and
whatever cites a rule (P16) cites one that exists.

scripts/check_spec.py [--root DIR]    prints each violation, exit status 1 if any
"""

import re

import sources

SPEC = "docs/protocol.md"
RULE = re.compile(r"\*\*\[P(\d+)\]\*\*")
CITED = re.compile(r"\bP(\d+)(?!\w)")  # not P-256, not VP8
CODE = (".cpp", ".h", ".ts", ".tsx", ".mjs", ".md", ".yaml")
# GoogleTest: TEST_F(Fixture, P4P22What...); the pages: test('[P50] what ...').
TEST_NAMES = (
    ("tests/", re.compile(r"^TEST(?:_F|_P)?\(\w+,\s*((?:P\d+)+)", re.MULTILINE)),
    ("web/test/", re.compile(r"^\s*test\(\s*['\"`]((?:\[P\d+\])+)", re.MULTILINE)),
)


def rules_named(path, text):
    """The rules that names of tests in this file cite."""
    for folder, pattern in TEST_NAMES:
        if path.startswith(folder):
            for name in pattern.findall(text):
                yield from map(int, re.findall(r"P(\d+)", name))


def check(root):
    rules = [int(number) for number in RULE.findall((root / SPEC).read_text())]
    faults = [f"{SPEC}: P{rule} is there twice" for rule in sorted({r for r in rules if rules.count(r) > 1})]
    tested = set()
    for path in sources.tracked(root, CODE):
        text = (root / path).read_text()
        named = set(rules_named(path, text))
        tested |= named
        for number, line in enumerate(text.splitlines(), 1):
            for rule in sorted(set(map(int, CITED.findall(line))) - set(rules)):
                faults.append(f"{path}:{number}: cites P{rule}, which {SPEC} does not have")
        faults += [f"{path}: a test is named for P{r}, which {SPEC} does not have" for r in sorted(named - set(rules))]
    return faults + [f"{SPEC}: no test is named for P{rule}" for rule in sorted(set(rules) - tested)]


if __name__ == "__main__":
    sources.run_check(check, __doc__)
