#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every #include in core/, exporters/ and daemon/ to the layers of docs/architecture.md.

  tests/architecture_test.py [SOURCE_DIR]

Prints FILE:LINE for each include that goes back, sideways, or to a third party that the layer must
not know. A new dependency is a line here and in the table there.
"""

import pathlib
import re
import sys

CORE = ("core/base/", "core/model/", "core/collect/", "core/account/", "core/analyse/", "core/store/")
DAEMON_THIRD_PARTY = (
    "boost/", "spdlog/", "CLI/", "openssl/", "systemd/", "prometheus/", "fmt/", "nlohmann/", "zlib.h",
    "re2/", "tl/", "yaml-cpp/", "crypt.h",
)

# Layer -> (our headers it may include besides its own, third-party headers), by prefix.
LAYERS = {
    "core/base/": ((), ("tl/",)),
    "core/model/": (("core/base/",), ()),
    "core/collect/": (("core/base/", "core/model/"), ("fmt/",)),
    # The one step sideways: the processes collector is a Collector.
    "core/account/": (
        ("core/base/", "core/model/", "core/collect/collector.h"),
        ("libproc2/", "re2/", "fmt/", "bpf/"),
    ),
    "core/analyse/": (("core/base/", "core/model/"), ("re2/", "fmt/")),
    "core/store/": (("core/base/", "core/model/"), ("sqlite3.h", "fmt/")),
    "exporters/prometheus/": (CORE, ("zlib.h", "fmt/")),
    "exporters/alertmanager/": (CORE, ("nlohmann/",)),
    "exporters/json/": (CORE, ("nlohmann/",)),
    "exporters/page/": (CORE, ("fmt/",)),
    "exporters/report/": (CORE, ("nlohmann/", "fmt/")),
    "daemon/cli/": (CORE + ("exporters/", "daemon/"), DAEMON_THIRD_PARTY + ("ncurses.h", "curses.h")),
    "daemon/": (CORE + ("exporters/",), DAEMON_THIRD_PARTY),
}

SOURCES = {".h", ".hpp", ".c", ".cc", ".cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
STANDARD = re.compile(r"[a-z_0-9]+")  # <vector>, <cstdint>
LIBC = re.compile(
    r"(sys|linux|net|netinet|arpa|asm|bits)/\w+\.h"
    r"|(dirent|dlfcn|errno|fcntl|fnmatch|getopt|glob|grp|ifaddrs|inttypes|langinfo|limits|locale|mntent|netdb"
    r"|malloc|poll|pthread|pwd|sched|semaphore|signal|spawn|stdint|stdio|stdlib|string|strings|syslog"
    r"|termios|time|unistd|wchar)\.h"
)


def layer_of(path):
    """The longest prefix that is a layer; None outside of all of them."""
    matches = [layer for layer in LAYERS if path.startswith(layer)]
    return max(matches, key=len) if matches else None


def objection(path, quote, header):
    """Why `path` must not include `header`; None when it may."""
    layer = layer_of(path)
    if layer is None:
        return "this folder is no layer: add it to the table"
    ours, third_party = LAYERS[layer]
    if quote == '"':
        if layer_of(header) is None:
            return f'"{header}" is not written from the root of the tree'
        if layer_of(header) == layer or header.startswith(ours):
            # daemon/ is a prefix of daemon/cli/, so that only cli may include either.
            if not (layer == "daemon/" and header.startswith("daemon/cli/")):
                return None
        return f'{layer} must not know "{header}"'
    if STANDARD.fullmatch(header) or LIBC.fullmatch(header):
        return None
    if header.startswith(third_party):
        return None
    return f"<{header}> is not on the third-party list of {layer}"


def check_text(path, text):
    """Yields one line per forbidden include."""
    for number, line in enumerate(text.splitlines(), start=1):
        match = INCLUDE.match(line)
        if not match:
            continue
        reason = objection(path, match[1], match[2])
        if reason:
            yield f"{path}:{number}: {reason}"


def check_tree(root):
    files = 0
    problems = []
    for top in ("core", "exporters", "daemon"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix in SOURCES and file.is_file():
                files += 1
                path = file.relative_to(root).as_posix()
                problems += check_text(path, file.read_text(encoding="utf-8", errors="replace"))
    return files, problems


# (file, include, allowed): the rules themselves, so that a hole in them is seen.
EXAMPLES = (
    ("core/base/a.h", "<vector>", True),
    ("core/base/a.h", "<sys/stat.h>", True),
    ("core/base/a.h", "<tl/expected.hpp>", True),
    ("core/base/a.h", "<fmt/format.h>", False),
    ("core/base/a.h", '"core/model/metric.h"', False),
    ("core/model/a.h", '"core/base/result.h"', True),
    ("core/collect/a.cpp", '"core/account/ledger.h"', False),
    ("core/collect/a.cpp", '"core/collect/load.h"', True),
    ("core/collect/a.cpp", '"load.h"', False),
    ("core/account/a.h", '"core/collect/collector.h"', True),
    ("core/account/a.h", '"core/collect/load.h"', False),
    ("core/account/a.cpp", "<libproc2/pids.h>", True),
    ("core/collect/a.cpp", "<libproc2/pids.h>", False),
    ("core/analyse/a.cpp", '"core/account/ledger.h"', False),
    ("core/analyse/a.cpp", '"exporters/json/api.h"', False),
    ("core/analyse/a.cpp", "<nlohmann/json.hpp>", False),
    ("exporters/json/a.cpp", '"core/analyse/host_summary.h"', True),
    ("exporters/json/a.cpp", '"exporters/page/landing_page.h"', False),
    ("exporters/json/a.cpp", "<boost/asio.hpp>", False),
    ("exporters/json/a.cpp", '"daemon/config.h"', False),
    ("exporters/prometheus/a.cpp", "<zlib.h>", True),
    ("daemon/a.cpp", "<boost/asio.hpp>", True),
    ("daemon/a.cpp", "<ncurses.h>", False),
    ("daemon/a.cpp", '"daemon/cli/top.h"', False),
    ("daemon/cli/a.cpp", '"daemon/config.h"', True),
    ("daemon/cli/a.cpp", "<ncurses.h>", True),
    ("core/runs/a.cpp", "<vector>", False),
    ("core/store/a.cpp", '"core/account/processes.h"', False),
)


def check_examples():
    return [
        f"rule is wrong: {path} including {include} must be {'allowed' if allowed else 'refused'}"
        for path, include, allowed in EXAMPLES
        if (not list(check_text(path, f"#include {include}\n"))) != allowed
    ]


def main():
    default_root = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default_root
    files, problems = check_tree(root)
    problems = check_examples() + problems
    if files == 0:
        problems.append(f"{root}: no sources found")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{files} files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
