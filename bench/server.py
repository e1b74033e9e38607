"""A server under measurement: one that is started here and pinned, or one that runs already."""

import pathlib
import re
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

import machine



def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


PORT, MEDIA_PORT, METRICS_PORT = free_port(), free_port(socket.SOCK_DGRAM), free_port()
PATIENCE = 15  # s
AHEAD = ["nice", "-n", "-10"]  # of other work on the machine; where that is not allowed, beside it


class Teacher:
    """`lectern demo` with a film whose every sound and picture says when it was sent."""

    def __init__(self, program, url, film, core, folder):
        self.log = pathlib.Path(folder) / "teacher.log"
        command = [*AHEAD, "taskset", "-c", core, program, "demo", "--stamp", "--url", url, "--film", film]
        with self.log.open("w") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)

    def await_connection(self):
        end = time.monotonic() + PATIENCE
        while "demo: teaching" not in self.log.read_text():
            if time.monotonic() > end or self.process.poll() is not None:
                return False
            time.sleep(0.1)
        time.sleep(2.5)  # a keyframe, so that the first joiner needs none
        return True

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


class Lectern:
    """`lectern serve --dev` with a film as its teacher. Workers on `cores` by turns, all else on `other`."""

    def __init__(self, program, film, cores, other, workers=1):
        self.url = f"http://127.0.0.1:{PORT}/whep/demo"
        self.data = tempfile.TemporaryDirectory(prefix="lectern-bench-")
        self.log = pathlib.Path(self.data.name) / "log"
        command = [*AHEAD, "taskset", "-c", other, program, "serve", "--dev", "--port", PORT, "--media-port", MEDIA_PORT]
        command += ["--metrics-port", METRICS_PORT, "--data", f"{self.data.name}/data", "--media-workers", workers]
        command += ["--max-sessions", 20000]
        with self.log.open("w") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)
        self.pid = self.process.pid
        self.whole = [self.pid]  # with all its children
        self.teacher = Teacher(program, f"http://127.0.0.1:{PORT}/whip/demo", film, other, self.data.name)
        if not self.teacher.await_connection():
            self.stop()
            raise SystemExit(f"the server does not teach:\n{self.log.read_text()}{self.teacher.log.read_text()}")
        self.workers = [pid for pid in machine.children(self.pid) if machine.role_of(pid) == "media"]
        if len(self.workers) != workers:
            self.stop()
            raise SystemExit(f"{len(self.workers)} workers are found where {workers} were ordered")
        for index, pid in enumerate(self.workers):
            machine.pin(pid, cores[index % len(cores)])

    def stop(self):
        self.teacher.stop()
        self.process.terminate()
        self.process.wait(PATIENCE)


class Running:
    """Any WHEP server, by its URL and the processes whose time counts; taught by the film if it takes WHIP."""

    def __init__(self, options, film):
        self.url, self.workers, self.whole = options.url, options.pid, options.pid
        self.data = tempfile.TemporaryDirectory(prefix="lectern-bench-")
        self.teacher = None
        for pid in self.workers:
            machine.pin(pid, options.cores[0])
        if options.whip:
            self.teacher = Teacher(options.lectern, options.whip, film, options.other, self.data.name)
            if not self.teacher.await_connection():
                self.stop()
                raise SystemExit(f"it cannot be taught:\n{self.teacher.log.read_text()}")

    def stop(self):
        if self.teacher:
            self.teacher.stop()


class Gauges(threading.Thread):
    """Reads the worker's loop delay once a second; nothing of a server without lectern's /metrics."""

    PATTERN = re.compile(r"^lectern_worker_loop_delay_seconds_p99\S* (\S+)$", re.MULTILINE)

    def __init__(self):
        super().__init__(daemon=True)
        self.done = threading.Event()
        self.loop_delays = []
        self.last = ""

    def run(self):
        while not self.done.wait(1):
            self.last = read_metrics() or self.last
            self.loop_delays += [float(value) for value in self.PATTERN.findall(self.last)]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()

    def drops(self):
        found = re.findall(r'^lectern_drops_total\{.*reason="([^"]+)".*\} (\S+)$', self.last, re.MULTILINE)
        return {reason: int(float(count)) for reason, count in found if float(count) > 0}


def read_metrics():
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{METRICS_PORT}/metrics", timeout=2) as answer:
            return answer.read().decode()
    except OSError:
        return ""
