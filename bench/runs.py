"""One run of bench/fanout: viewers by `lectern load-test` on a server, and what both had of it."""

import json
import pathlib
import subprocess
import tempfile
import time

import films
import machine
from server import AHEAD, Gauges, Lectern, Running

REMB = 20_000  # kbit/s that viewers say they can take: no reason for a lower rung
RUNNERS = 500  # who watch while others storm in


class Limits:
    """The machine's limit between the runs: what is taken after one is what there was before the next."""

    def __init__(self, options):
        self.options = options
        self.last = None

    def take(self):
        """Nanoseconds a packet: the yardstick, and what is still below it."""
        if self.options.limit_seconds == 0:
            return None
        found = {}
        for name, mode, cipher in (("evp_drain", "drain", "evp"), ("protector_join", "join", "protector")):
            run = machine.run_limit(self.options.limit_seconds, self.options.cores[0], mode, cipher)
            found[name] = {tier: figures["ns_per_packet"] for tier, figures in run["tiers"].items()}
            found[name]["is_disturbed"] = run["disturbed"]
            found[name]["missed_percent"] = run["missed_percent"]
        return found

    def before(self):
        self.last = self.last or self.take()
        return self.last

    def after(self):
        self.last = self.take()
        return self.last


def load_command(options, server, viewers, seconds, rate, result, pids):
    # On a worker's core the tool is to take what the worker leaves.
    ahead = [] if options.other in options.cores else AHEAD
    command = [*ahead, "taskset", "-c", options.other, options.lectern, "load-test", "--url", server.url]
    command += ["--viewers", viewers, "--duration", seconds, "--join-rate", rate, "--remb", REMB, "--json", result]
    command += ["--sockets", options.sockets]
    command += ["--no-gro"] if options.no_gro else []
    command += ["--audio-only"] if options.what == "sound" else []
    for pid in pids:
        command += ["--pid", pid]
    return [str(word) for word in command]


def load_test(options, server, viewers, seconds, pids):
    """One run of `lectern load-test`: its JSON."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = load_command(options, server, viewers, seconds, options.join_rate, file.name, pids)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        text = pathlib.Path(file.name).read_text()
    if not text:
        raise SystemExit(f"load-test failed: {done.stderr}")
    return json.loads(text)


def start(options):
    film = films.path_of("sound_60ms" if options.what == "sound" else "class_600k", machine.ROOT)
    if options.url:
        return Running(options, film)
    return Lectern(options.lectern, film, options.cores, options.other, options.workers)


def loss_percent(load):
    lost = load["audio"]["lost"] + load["video"]["lost"]
    got = load["audio"]["packets"] + load["video"]["packets"]
    return 100 * lost / max(1, lost + got)


def common(load, gauges):
    """What every kind of run says."""
    run = {
        "viewers": load["viewers"],
        "with_media": load["with_media"],
        "failures": load["failures"],
        "loss_percent": loss_percent(load),
        "join_ms": load["media_ms"],
        "joins_per_second": load["with_media"] / max(load["settle_seconds"], 1e-3),
        "transit_ms": load["transit_ms"],
        "last_viewer_ms": load["last_viewer_ms"],
        "last_viewer_of_key_ms": load["last_viewer_of_key_ms"],
        "spread_ms": load["spread_ms"],
        "check_ms": load["check_ms"],
        "repair_ms": load["repair_ms"],
        "asked_again": load["asked_again"],
        "request_ms": load["request_ms"],
        "tool_core_percent": load["own_cpu_percent"],
        "tool_missed": load["own_drops"],
    }
    if gauges.loop_delays:
        run["loop_delay_ms_p99"] = {
            "median": 1000 * machine.median(gauges.loop_delays),
            "max": 1000 * max(gauges.loop_delays),
        }
        run["drops"] = gauges.drops()
    return run


def steady(options, limits, viewers):
    """`viewers` join, and watch for a while."""
    before = limits.before()
    server = start(options)
    try:
        with Gauges() as gauges:
            load = load_test(options, server, viewers, options.seconds, server.workers)
    finally:
        server.stop()
    after = limits.after()
    run = common(load, gauges)
    packets = load["packets_per_second"]
    if not packets:
        raise SystemExit(f"no media: {run['failures']}")
    user = sum(process["user_percent"] for process in load["processes"])
    system = sum(process["system_percent"] for process in load["processes"])
    if not user + system:
        raise SystemExit("the server's processes took no time: they are not those that were measured")
    run["packets_per_second"] = packets
    run["packets_per_viewer"] = packets / viewers
    run["megabits_per_second"] = load["megabits_per_second"]
    run["core_percent"] = user + system
    run["each_core_percent"] = [process["user_percent"] + process["system_percent"] for process in load["processes"]]
    run["ns_per_packet"] = {"user": user * 1e7 / packets, "system": system * 1e7 / packets}
    run["ns_per_packet"]["total"] = (user + system) * 1e7 / packets
    run["kb_per_viewer"] = sum(process["grown_mb"] for process in load["processes"]) * 1000 / viewers
    run["limit_before"], run["limit_after"] = before, after
    if before:
        for name, key, tier in (("ratio", "evp_drain", "low_500k"), ("ratio_below", "protector_join", "class_600k")):
            tier = "audio" if options.what == "sound" else tier
            limit = (before[key][tier] + after[key][tier]) / 2
            run[name] = run["ns_per_packet"]["total"] / limit
    return run


def storm(options, _, viewers):
    """`viewers` join at once while RUNNERS watch."""
    server = start(options)
    rate = options.join_rate
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        seconds = 10 + viewers / rate * 4
        command = load_command(options, server, RUNNERS, seconds, 250, file.name, server.workers)
        runners = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with Gauges() as gauges:
                time.sleep(RUNNERS / 250 + 2)
                baseline = running_share(server.workers, 2)
                load = load_test(options, server, viewers, 3, server.whole)
                runners.wait()
        finally:
            runners.terminate()
            server.stop()
        watched = json.loads(pathlib.Path(file.name).read_text())
    run = common(load, gauges)
    run["runners"] = {"viewers": RUNNERS, "loss_percent": loss_percent(watched), "freezes": watched["video"]["freezes"]}
    run["cpu_ms_per_join"] = join_costs(load, baseline, viewers)
    return run


def join_costs(load, baseline, viewers):
    """CPU milliseconds a join by role: without what the runners and the joiners' media cost meanwhile."""
    spent, steady_share = {}, 0
    for process in load["processes"]:
        role = role_of(process["name"])
        spent[role] = spent.get(role, 0) + process["join_cpu_seconds"]
        steady_share += (process["user_percent"] + process["system_percent"]) / 100 if role == "media" else 0
    per_packet = max(0, steady_share - baseline) / load["packets_per_second"]
    spent["media"] -= baseline * load["settle_seconds"] + per_packet * load["join_packets"]
    costs = {role: 1000 * spent.get(role, 0) / viewers for role in ("media", "signaling")}
    # The tool's own share, which bounds the joins of a second: its core is signaling's too.
    costs["tool"] = 1000 * load["own_join_cpu_seconds"] / viewers
    return costs


def role_of(command):
    """Of a process of ours; of any other server all is the worker's."""
    words = command.split()
    return words[1] if words[0].endswith("lectern") else "media"


def running_share(pids, seconds):
    """Part of a core that the processes take now."""
    first = sum(machine.ran_seconds(pid) for pid in pids)
    time.sleep(seconds)
    return (sum(machine.ran_seconds(pid) for pid in pids) - first) / seconds
