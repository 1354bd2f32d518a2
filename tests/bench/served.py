# SPDX-License-Identifier: Apache-2.0
"""perfwatchd on loopback for the benchmarks, in one tier of the accounting, and what it says of itself."""
import json
import os
import re
import subprocess
import sys
import time

from population import fetch, free_port

TIERS = ("ebpf", "taskstats", "poll")
GROUP_CPU = re.compile(r'perfwatch_group_cpu_seconds_total\{group="([^"]*)",')


def process_cpu_seconds(pid):
    """User and system time of a process with all its threads, in nanoseconds' steps (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def memory_mib(pid):
    """Resident memory now and at its highest."""
    fields = {}
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        for line in status:
            name, _, value = line.partition(":")
            fields[name] = value.split()
    return int(fields["VmRSS"][0]) / 1024, int(fields["VmHWM"][0]) / 1024


def cpu_by_group(metrics):
    """{group: CPU seconds, user and system}"""
    found = {}
    for series, value in metrics.items():
        if match := GROUP_CPU.match(series):
            found[match[1]] = found.get(match[1], 0.0) + value
    return found


def events_lost(metrics):
    return sum(value for series, value in metrics.items() if series.startswith("perfwatch_events_lost_total"))


class Unavailable(Exception):
    """This tier cannot be had on this host."""


class Perfwatchd:
    """Ended with the block. `settings`: key of the configuration, e.g. accounting_tier, to its value, by environment."""

    def __init__(self, program, folder, config=None, **settings):
        self.port = free_port()
        arguments = [program, f"--web.listen-address=127.0.0.1:{self.port}", "--web.socket=", f"--storage.path={folder}"]
        if config is not None:
            path = os.path.join(folder, "perfwatch.json")
            with open(path, "w", encoding="utf-8") as out:
                json.dump(config, out)
            arguments.append(f"--config.file={path}")
        # Figures are of intervals that are known.
        variables = {"PERFWATCH_SAMPLING_ADAPTIVE": "false"}
        variables.update({f"PERFWATCH_{key.upper()}": str(value) for key, value in settings.items() if value is not None})
        self.log_path = os.path.join(folder, "perfwatchd.log")
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(arguments, stdout=log, stderr=log, env={**os.environ, **variables})
        self.pid = self.process.pid
        self.wait_until_ready()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def wait_until_ready(self):
        for _ in range(200):
            try:
                fetch(self.port, "/-/ready")
                return
            except OSError:
                time.sleep(0.1)
            if self.process.poll() is not None:
                break
        self.stop()
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            sys.exit("bench: perfwatchd does not get ready:\n" + log.read()[-2000:])

    def text(self):
        return fetch(self.port).decode()

    def metrics(self):
        """{series as written: value}"""
        lines = (line.rsplit(" ", 1) for line in self.text().splitlines() if line and not line.startswith("#"))
        return {series: float(value) for series, value in lines}

    def tier(self, seconds=20):
        """That in use, once the first sweep is done."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            metrics = self.metrics()
            for tier in TIERS:
                if metrics.get(f'perfwatch_accounting_tier{{tier="{tier}"}}') == 1:
                    return tier
            time.sleep(0.1)
        sys.exit("bench: perfwatchd does not tell its accounting tier")

    def note(self):
        status = json.loads(fetch(self.port, "/api/v1/status"))
        return status["data"]["daemon"].get("accounting", {}).get("note", "")

    def need(self, tier):
        if self.tier() != tier:
            raise Unavailable(f"no {tier} tier: {self.note()}")

    def swept(self):
        """When the latest sweep succeeded, in seconds since 1970."""
        return self.metrics().get('perfwatch_collector_last_success_timestamp_seconds{collector="processes"}', 0.0)

    def wait_for_sweeps(self, count, seconds=60):
        """So many sweeps that began after this call."""
        deadline = time.monotonic() + seconds
        latest, left = self.swept(), count + 1  # one may be under way
        while left > 0:
            if time.monotonic() > deadline:
                sys.exit("bench: perfwatchd sweeps no more")
            time.sleep(0.05)
            now = self.swept()
            left -= now != latest
            latest = now

    def cpu_seconds(self):
        return process_cpu_seconds(self.pid)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


def delta(before, after, series):
    return after.get(series, 0.0) - before.get(series, 0.0)


def add_options(parser, tiers=("ebpf", "taskstats")):
    """The options that all of these benchmarks have."""
    parser.add_argument("--bin", default="build/bin", help="folder of perfwatchd and the benchmark programs")
    parser.add_argument("--tier", action="append", choices=TIERS, help=f"may be given more than once; default: {', '.join(tiers)}")
    parser.set_defaults(default_tiers=tiers)


def tiers_of(options):
    return options.tier or list(options.default_tiers)
