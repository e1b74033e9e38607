#!/usr/bin/env python3
"""Builds Lectern and runs every test. The last line is `N passed, N failed`.

  --quick            the checks, unit, property and simulator tests, the pages, and the short browser tests
  --long             everything at full length: 60 s of each fuzz target, clang-tidy over all sources, the tests
                     built by GCC as well, and the browser tests that are marked long. For before a release, and
                     before a piece of work ends
  --only STEP,...    these steps alone (a build that a step needs runs with it)
  --fuzz-seconds N   how long each fuzz target looks for news, after its kept corpus has been run (10; long: 60)

What counts as one: a check, a test program, a browser test, a fuzz target; a build counts when it fails. A
browser test that needed its second try has failed, unless tests/e2e/flaky.json says why it may.

Steps run one after the other: each keeps both of two cores busy by itself, but for the browser tests, which
are to have the machine alone.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree

import sources

BUILD = sources.ROOT / "build"
JOBS = str(os.cpu_count())


# Said by the steps for the reader of the summary: tests that needed a second try or were skipped.
remarks = []


class Failed(Exception):
    """A step could not be carried to its end; it counts as one failed test."""


def run(*command, seconds=1800, on_line=None):
    """Runs a command in the project's root and returns its exit status. `on_line` gets each line of
    output and says whether to show it. After `seconds` the command and its children are ended."""
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=sources.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if on_line else None,
        stderr=subprocess.STDOUT if on_line else None,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    reader = threading.Thread(target=show, args=(process.stdout, on_line), daemon=True)
    if on_line:
        reader.start()
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired as expired:
        raise Failed(f"{command[0]} took more than {seconds} s") from expired
    finally:
        end_session(process)
        if on_line:
            # Not for ever: a child that left the session may still hold the pipe.
            reader.join(5)


def show(lines, on_line):
    for line in lines:
        if on_line(line):
            print(line, end="", flush=True)


def end_session(process):
    """Ends what is left of the session that `process` leads: after a good end, mostly nothing."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def succeeds(*command, **options):
    return (1, 0) if run(*command, **options) == 0 else (0, 1)


def must(*command, **options):
    if run(*command, **options) != 0:
        raise Failed(" ".join(map(str, command)))


def build(preset):
    must("cmake", "--preset", preset, "--log-level=WARNING")
    must("cmake", "--build", "--preset", preset, "-j", JOBS, seconds=3600)
    return 0, 0


def ctest(preset):
    report = BUILD / preset / "tests.xml"
    report.unlink(missing_ok=True)
    # The tests of signaling note each kind of answer that they were given, for the step openapi.
    answers = BUILD / preset / "answers.txt"
    answers.unlink(missing_ok=True)
    os.environ["LECTERN_ANSWERS"] = str(answers)
    status = run("ctest", "--preset", preset, "-j", JOBS, "--output-junit", report)
    if not report.exists():
        raise Failed(f"ctest --preset {preset} left no report")
    suite = xml.etree.ElementTree.parse(report).getroot()
    count = {name: int(suite.get(name, 0)) for name in ("tests", "skipped", "disabled", "failures")}
    passed = count["tests"] - count["skipped"] - count["disabled"] - count["failures"]
    if left_out := count["skipped"] + count["disabled"]:
        remarks.append(f"{preset}: {left_out} skipped or disabled")
    # ctest may also fail without a failed test: one that was never built, or no tests at all.
    return passed, count["failures"] or int(status != 0)


def formatting():
    files = sources.tracked(sources.ROOT, (".cpp", ".h"))
    return succeeds("clang-format-19", "--dry-run", "-Werror", *files)


REMARK = re.compile(r"^(\d+ (needed a second try|skipped): .*)$")


def counted(passed_line, failed_line, *command, show_counts=True, **options):
    """Runs a command that counts its tests itself; the last match of each pattern is its count."""
    counts = {}

    def read(line):
        if remark := REMARK.match(line):
            remarks.append(f"{command[0]} {command[1]}: {remark[1]}")
        found = False
        for name, pattern in (("passed", passed_line), ("failed", failed_line)):
            match = re.search(pattern, line)
            if match:
                counts[name] = int(match[1])
                found = True
        return show_counts or not found

    status = run(*command, on_line=read, **options)
    passed, failed = counts.get("passed", 0), counts.get("failed", 0)
    # A run that dies half-way may have printed nothing but good news.
    if not counts or (status != 0 and failed == 0):
        failed += 1
    return passed, failed


def e2e(*options, seconds):
    # Its summary looks like our own, which is to be the only one.
    return counted(
        r"^\s*(\d+) passed, \d+ failed\s*$", r"^\s*\d+ passed, (\d+) failed\s*$",
        "node", "tests/e2e/run.mjs", *options, seconds=seconds, show_counts=False,
    )  # fmt: skip


def blackbox():
    return counted(
        r"^\s*(\d+) passed, \d+ failed\s*$", r"^\s*\d+ passed, (\d+) failed\s*$",
        sys.executable, "tests/blackbox/run.py", seconds=600, show_counts=False,
    )  # fmt: skip


def node_tests(*command):
    # Node's test runner: `# pass 3` in TAP (Node 18), `ℹ pass 3` in its newer form.
    return counted(r"^\W* pass (\d+)\s*$", r"^\W* fail (\d+)\s*$", *command, seconds=300)


def e2e_unit():
    """The tests of what the browser tests are built with."""
    return node_tests("node", "--test", *sorted((sources.ROOT / "tests/e2e/unit").glob("*.test.mjs")))


def fuzz_one(target, seconds):
    grown = BUILD / "asan/corpus" / target.name
    crashes = BUILD / "asan/crashes"
    kept = sources.ROOT / "tests/fuzz/corpus" / target.name
    for folder in (grown, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    folders = [grown] + ([kept] if kept.is_dir() else [])
    tail = []

    def remember(line):
        tail.append(line)
        del tail[:-40]
        return False

    prefix = f"-artifact_prefix={crashes}/{target.name}-"
    # Debian's Clang does not look for it under the name it has there.
    os.environ.setdefault("ASAN_SYMBOLIZER_PATH", "/usr/bin/llvm-symbolizer-19")
    limits = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048"]
    # The time limit starts after the corpus has been read, which may take a while.
    status = run(target, *limits, prefix, *folders, seconds=seconds + 300, on_line=remember)
    print(f"{target.name}: {'passed' if status == 0 else 'FAILED'}", flush=True)
    if status != 0:
        print("".join(tail), f"keep the input: cp {crashes}/{target.name}-* {kept}/", sep="", flush=True)
    return status == 0


def fuzz(seconds):
    targets = sorted(p for p in (BUILD / "asan/fuzzers").glob("fuzz_*") if os.access(p, os.X_OK))
    if not targets:
        raise Failed("no fuzz target was built")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        passed = sum(pool.map(lambda target: fuzz_one(target, seconds), targets))
    return passed, len(targets) - passed


def has_threads():
    """Whether a test is labelled tsan. While none is, every process has one thread (e2e sees to it)."""
    lists = [p for p in sources.tracked(sources.ROOT, (".txt",)) if p.endswith("CMakeLists.txt")]
    return any(re.search(r"LABEL \w+ tsan\b", (sources.ROOT / p).read_text()) for p in lists)


def steps(arguments):
    """(name, what it needs, function) in the order they run; the cheap ones that fail often come first."""
    python = sys.executable
    yield "checks-test", (), lambda: succeeds(python, "scripts/checks_test.py")
    yield "layers", (), lambda: succeeds(python, "scripts/check_layers.py")
    yield "sources", (), lambda: succeeds(python, "scripts/check_sources.py")
    yield "spec", (), lambda: succeeds(python, "scripts/check_spec.py")
    yield "codes", (), lambda: succeeds(python, "scripts/check_codes.py")
    yield "format", (), formatting
    yield "e2e-unit", (), e2e_unit
    yield "build-asan", (), lambda: build("asan")
    yield "asan", ("build-asan",), lambda: ctest("asan")
    answers = BUILD / "asan/answers.txt"
    yield "openapi", ("asan",), lambda: succeeds(python, "scripts/check_openapi.py", "--answers", answers)
    if arguments.long:  # the same tests by the compiler of what is shipped
        yield "build-debug", (), lambda: build("debug")
        yield "debug", ("build-debug",), lambda: ctest("debug")
    if has_threads():
        yield "build-tsan", (), lambda: build("tsan")
        yield "tsan", ("build-tsan",), lambda: ctest("tsan")
    yield "build-release", (), lambda: build("release")
    yield "blackbox", ("build-release",), blackbox
    yield "pages", (), lambda: succeeds("scripts/pages")
    yield "typecheck", ("pages",), lambda: succeeds("npm", "--prefix", "web", "run", "--silent", "check")
    yield "page-tests", ("pages",), lambda: node_tests("npm", "--prefix", "web", "test", "--silent")
    needs = ("build-release", "pages")  # of the browser tests
    if arguments.quick:
        yield "e2e", needs, lambda: e2e("--quick", seconds=300)
        remarks.append("--quick: no fuzz, no tidy, no long browser tests")
        return
    os.environ["LECTERN_ASAN"] = str(BUILD / "asan/lectern")
    length = ["--long"] if arguments.long else []
    yield "e2e", (*needs, "build-asan"), lambda: e2e(*length, seconds=3600 if arguments.long else 1500)
    fuzz_seconds = arguments.fuzz_seconds or (60 if arguments.long else 10)
    yield "fuzz", ("build-asan",), lambda: fuzz(fuzz_seconds)
    extent = "--record" if arguments.long else "--changed"
    yield "tidy", (), lambda: succeeds(python, "scripts/tidy.py", extent, seconds=3600)


def selected(all_steps, only):
    if not only:
        return all_steps
    unknown = only - {name for name, _, _ in all_steps}
    if unknown:
        sys.exit(f"no such step: {', '.join(sorted(unknown))}")
    wanted = set()
    for name, needs, _ in reversed(all_steps):  # what a step needs comes before it
        if name in only | wanted:
            wanted |= {name, *needs}
    return [step for step in all_steps if step[0] in wanted]


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def carry_out(chosen):
    """Runs the steps; returns {name: (passed, failed, seconds, CPU seconds)}. A step whose build failed
    fails too."""
    results = {}
    for name, needs, function in chosen:
        print(f"\n== {name}", flush=True)
        started, used = time.monotonic(), cpu_seconds()
        broken = [need for need in needs if results[need][1] > 0]
        try:
            if broken:
                raise Failed(f"needs {', '.join(broken)}")
            passed, failed = function()
        except Failed as reason:
            print(f"{name}: {reason}", flush=True)
            passed, failed = 0, 1
        results[name] = (passed, failed, time.monotonic() - started, cpu_seconds() - used)
        print(f"-- {name}: {passed} good, {failed} bad, {results[name][2]:.1f} s", flush=True)
    return results


def summary(results):
    """What is printed at the end; its last line is the whole."""
    for name, (passed, failed, seconds, cpu) in results.items():
        yield f"{'FAILED' if failed else 'ok':7}{name:15}{passed:5} {failed:5} {seconds:8.1f} s {cpu:8.1f} s of CPU"
    slowest = sorted(results.items(), key=lambda item: -item[1][2])[:5]
    yield "slowest: " + ", ".join(f"{name} {result[2]:.0f} s" for name, result in slowest)
    yield f"in all {sum(result[2] for result in results.values()):.0f} s"
    yield from remarks
    passed, failed = (sum(result[i] for result in results.values()) for i in (0, 1))
    yield f"{passed} passed, {failed} failed"


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/test", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help=argparse.SUPPRESS)
    length.add_argument("--long", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--only", type=lambda text: set(text.split(",")), help=argparse.SUPPRESS)
    parser.add_argument("--fuzz-seconds", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()

    if os.environ.get("CI"):
        os.environ["CCACHE_DISABLE"] = "1"  # its store would be empty, and filling it takes time
    # A log that is no terminal should still fill as the run goes, in the order things happen.
    sys.stdout.reconfigure(line_buffering=True)
    all_steps = list(steps(arguments))
    chosen = selected(all_steps, arguments.only)
    if left_out := [name for name, _, _ in all_steps if name not in {step[0] for step in chosen}]:
        remarks.append(f"--only: without {', '.join(left_out)}")
    results = carry_out(chosen)

    print()
    print(*summary(results), sep="\n")
    passed, failed = (sum(result[i] for result in results.values()) for i in (0, 1))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
