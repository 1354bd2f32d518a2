# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: sleeping processes, process-exporter on loopback, CPU time of a pid."""
import os
import socket
import subprocess
import sys
import time
import urllib.request

TICK = os.sysconf("SC_CLK_TCK")
CONFIG = 'process_names:\n  - name: "{{.Comm}}"\n    cmdline:\n    - ".*"\n'


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(port, path="/metrics", timeout=60):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=timeout) as page:
        return page.read()


def cpu_ms(pid):
    """User and system time of a process since its start."""
    with open(f"/proc/{pid}/stat", "rb") as stat:
        words = stat.read().rpartition(b")")[2].split()
    return (int(words[11]) + int(words[12])) * 1000 / TICK


class Population:
    """So many sleepers; gone with the block."""

    def __init__(self, program, count):
        self.process = subprocess.Popen([program, str(count)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def __enter__(self):
        if self.process.stdout.readline() != b"ready\n":
            sys.exit("bench: cannot start so many processes")

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


class Exporter:
    """prometheus-process-exporter on a free port of 127.0.0.1."""

    def __init__(self, program, folder, text=CONFIG):
        self.port = free_port()
        config = os.path.join(folder, "process-exporter.yml")
        with open(config, "w", encoding="utf-8") as out:
            out.write(text)
        self.log = open(os.path.join(folder, "process-exporter.log"), "wb")
        self.process = subprocess.Popen(
            [program, "-config.path", config, "-web.listen-address", f"127.0.0.1:{self.port}"],
            stdout=self.log, stderr=self.log)
        self.wait_until_up()

    def wait_until_up(self):
        for _ in range(600):
            try:
                self.scrape()
                return
            except OSError as problem:
                last = problem
                time.sleep(0.1)
        self.stop()
        sys.exit(f"bench: process-exporter does not answer: {last}")

    def scrape(self):
        fetch(self.port)

    def measure(self, count):
        before = cpu_ms(self.process.pid)
        for _ in range(count):
            self.scrape()
        return (cpu_ms(self.process.pid) - before) / count

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()
