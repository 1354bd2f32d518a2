# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end suites share: cases as `ok - name` lines, processes that are ended by pid, waiting with deadlines."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("PERFWATCH_BIN", ROOT / "build/bin"))
PERFWATCHD = str(BIN / "perfwatchd")
LOOPBACK = "127.0.0.1"
# The budget is for those who test it: a sanitizer's daemon would pause its collectors, a busy machine's look less often.
GENEROUS = {"PERFWATCH_BUDGET_CPU_RATIO": "64", "PERFWATCH_BUDGET_MEMORY_BYTES": "8GiB",
            # So are intervals of up to 15 s.
            "PERFWATCH_SAMPLING_ADAPTIVE": "false"}
SANITIZER_MARKS = ("runtime error:", "AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "UndefinedBehavior")

# Proxies of the environment are not for loopback.
urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))


class Suite:
    """Counts cases. `with suite.case(name):` is ok unless its body raises."""

    def __init__(self):
        self.failed = 0

    @contextlib.contextmanager
    def case(self, name):
        try:
            yield
        except Skip as why:
            print(f"skip - {name} ({why})", flush=True)
        except (AssertionError, OSError, http.client.HTTPException, ValueError, TypeError, KeyError,
                IndexError, subprocess.SubprocessError) as problem:
            self.failed += 1
            print(f"not ok - {name}", flush=True)
            text = f"{type(problem).__name__}: {problem}"
            print("\n".join("    " + line for line in text.splitlines()), flush=True)
        else:
            print(f"ok - {name}", flush=True)


class Skip(Exception):
    """This case cannot run here."""


def main(body):
    """Runs body(suite, folder) with a temporary folder; SIGTERM and Ctrl-C clean up as the end does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    suite = Suite()
    folder = tempfile.mkdtemp(prefix="perfwatch-e2e.")
    try:
        body(suite, pathlib.Path(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if suite.failed else 0)


def free_port():
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds=10.0, interval=0.05):
    """Polls until condition() is true and returns its value; its errors count as not yet."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except (OSError, http.client.HTTPException, ValueError, TypeError, KeyError, AssertionError) as problem:
            last = problem
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s (last: {last!r})"
        time.sleep(interval)


def get(url, headers=None, timeout=10.0, method="GET", body=None):
    """(status, headers, body); an HTTP error status is an answer, not an exception."""
    request = urllib.request.Request(url, headers=headers or {}, method=method, data=body)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def get_json(url, timeout=10.0):
    status, _, body = get(url, timeout=timeout)
    assert status == 200, f"{url}: status {status}: {body[:300]!r}"
    return json.loads(body)


class Program:
    """A child process with its output in a file; ended by pid when the block ends."""

    def __init__(self, folder, arguments, name, **options):
        self.arguments = [str(argument) for argument in arguments]
        self.log = pathlib.Path(folder) / f"{name}.log"
        self.options = options
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.options)

    def alive(self):
        return self.process.poll() is None

    def stop(self, seconds=10.0):
        """SIGTERM, then SIGKILL; returns (exit status, seconds it took)."""
        begin = time.monotonic()
        if self.alive():
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode, time.monotonic() - begin

    def output(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Perfwatchd(Program):
    """The daemon on a free port, with a configuration (a dict or text) in `folder`."""

    def __init__(self, folder, config=None, flags=(), name="perfwatchd", **options):
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.config_file = pathlib.Path(folder) / f"{name}.json"
        defaults = (f"--web.listen-address={LOOPBACK}:{self.port}", "--web.socket=", f"--storage.path={folder}")
        given = {flag.split("=", 1)[0] for flag in flags}
        arguments = [PERFWATCHD, *(flag for flag in defaults if flag.split("=", 1)[0] not in given)]
        if config is not None:
            self.write_config(config)
            arguments.append(f"--config.file={self.config_file}")
        options.setdefault("cwd", folder)
        options.setdefault("env", {**os.environ, **GENEROUS})
        super().__init__(folder, [*arguments, *flags], name, **options)

    def write_config(self, config):
        self.config_file.write_text(config if isinstance(config, str) else json.dumps(config, indent=2))

    def __enter__(self):
        super().__enter__()
        try:
            wait_for("perfwatchd is ready", self.ready, 20)
        except AssertionError:
            self.stop()
            print(self.output(), flush=True)
            raise
        return self

    def ready(self):
        assert self.alive(), f"ended with {self.process.returncode}:\n{self.output()}"
        return get(self.url + "/-/ready")[0] == 200

    def metrics(self):
        """{series as written: value}"""
        status, _, body = get(self.url + "/metrics")
        assert status == 200, f"/metrics: status {status}"
        lines = (line.rsplit(" ", 1) for line in body.decode().splitlines() if line and not line.startswith("#"))
        return {series: float(value) for series, value in lines}

    def value(self, series):
        return self.metrics().get(series)

    def check_well(self):
        """Lives, answers /metrics, and no sanitizer spoke."""
        assert self.alive(), f"ended with {self.process.returncode}:\n{self.output()[-3000:]}"
        assert self.value('perfwatch_cpu_cores') is not None, "no perfwatch_cpu_cores in /metrics"
        self.check_silent()

    def check_silent(self):
        lines = [line for line in self.output().splitlines() if any(mark in line for mark in SANITIZER_MARKS)]
        assert not lines, "\n".join(lines)
