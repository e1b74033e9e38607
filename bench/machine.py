"""What the measuring programs share: facts about the machine, pinned processes, their CPU time."""

import datetime
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/release"
CODE = ("base", "media", "server", "signaling")  # what a result depends on
TICK = 1 / os.sysconf("SC_CLK_TCK")


def facts():
    """The machine, as far as it explains a figure."""
    cpu = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.*)$", cpu, re.MULTILINE)
    flags = re.search(r"^flags\s*:\s*(.*)$", cpu, re.MULTILINE)
    features = ("aes", "vaes", "vpclmulqdq", "avx512f", "hypervisor")
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "cpu": model[1] if model else platform.machine(),
        "cores": os.cpu_count(),
        "features": [name for name in features if flags and name in flags[1].split()],
        "memory_gb": round(int(memory[1]) / 1e6, 1) if memory else None,
        "kernel": platform.release(),
        "openssl": output(["openssl", "version"]),
    }


def output(command, cwd=ROOT):
    try:
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False).stdout.strip()
    except FileNotFoundError:
        return ""


def header(name):
    """The beginning of every result file."""
    return {
        "name": name,
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": output(["git", "rev-parse", "--short", "HEAD"]),
        "is_modified": bool(output(["git", "status", "--porcelain", "--untracked-files=no", "--", *CODE])),
        "machine": facts(),
        "load_at_start": round(os.getloadavg()[0], 2),
    }


def children(pid):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(stat[1]) == pid:
                found.append(int(entry.name))
    return sorted(found)


def command_line(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()


def role_of(pid):
    """Which of `lectern`'s roles the process has: the word after the program's name."""
    words = command_line(pid).split()
    return words[1] if len(words) > 1 else ""


def ran_seconds(pid):
    """User and system together, to the nanosecond, of the process's living threads."""
    threads = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def resident_bytes(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def pin(pid, core):
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def run_limit(seconds, core, mode, cipher, program=BUILD / "bench/bench_limit"):
    """One run of bench_limit: its JSON. A disturbed run is told apart by "disturbed"."""
    command = [program, "--seconds", seconds, "--core", core, "--mode", mode, "--cipher", cipher]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2):
        sys.exit(f"{program}: {done.stderr.strip() or 'missing; ninja -C build/release bench_limit'}")
    return json.loads(done.stdout)


def disturbed(run):
    """Whether a limit of the run is not to be trusted."""
    return any(figures["is_disturbed"] for when in ("limit_before", "limit_after") for figures in (run.get(when) or {}).values())


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def by_viewers(runs):
    """Runs of the same count together, fewest viewers first."""
    groups = {}
    for run in runs:
        groups.setdefault(run["viewers"], []).append(run)
    return sorted(groups.items())


def summary(runs):
    """The same tree with the median, least and most over the runs in place of each number."""
    first = next((run for run in runs if run is not None), None)
    if isinstance(first, dict):
        return {key: summary([run.get(key) for run in runs if isinstance(run, dict)]) for key in first}
    if isinstance(first, (int, float)) and not isinstance(first, bool):
        values = [run for run in runs if run is not None]
        return {"median": median(values), "min": min(values), "max": max(values)}
    return first


def rounded(tree):
    if isinstance(tree, dict):
        return {key: rounded(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [rounded(value) for value in tree]
    return round(tree, 4) if isinstance(tree, float) else tree


def write(result, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rounded(result), indent=1) + "\n")
    print(f"-> {path}")
