# SPDX-License-Identifier: Apache-2.0
"""What the accuracy benchmarks share: their options, the labelled data, replays, scorers, the verdict.

Each benchmark replays labelled series through `perfwatch backtest` with one set of settings for all, has them scored by
the scorer that comes with the data, and ends with 0, 1 (below an aim) or 77 (no data); its last line is `ok - NAME ...`,
`not ok - NAME ...` or `skip - NAME ...`, as tests/run counts them.
"""
import argparse
import importlib.util
import os
from pathlib import Path
import subprocess
import sys

sys.dont_write_bytecode = True  # nothing is left beside the data
ROOT = Path(__file__).resolve().parents[2]
SKIPPED = 77


def start(name, doc, labels):
    """The options, and the folder of the data; ends the program where `labels` is not in it."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "build" / "bin", metavar="DIR",
                        help="folder of the programs (build/bin)")
    parser.add_argument("--cross", action="store_true",
                        help="also how much of it to believe: cross-validations; takes minutes")
    parser.add_argument("--keep", type=Path, metavar="PATH", help="leave there what is scored")
    parser.add_argument("settings", nargs="*", metavar="SETTING",
                        help="after --: options of perfwatch backtest, to try settings")
    options = parser.parse_args()
    named = os.environ.get("PERFWATCH_ACCURACY")
    data = Path(named) if named else ROOT.parent / "shared" / "accuracy"
    if not (data / labels).is_file():
        print(f"skip - {name} (no {labels} in {data}; set PERFWATCH_ACCURACY)")
        sys.exit(SKIPPED)
    return options, data


def replay(options, method, path, output=None):
    """What `perfwatch backtest METHOD` prints of one file; nothing where it goes to `output`."""
    command = [options.bin / "perfwatch", "backtest", method, "--input", path, *options.settings]
    if output:
        command += ["--output", output]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def load_scorer(data, name):
    """The module NAME.py of the data."""
    spec = importlib.util.spec_from_file_location(name, data / f"{name}.py")
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    return scorer


def cross_validate(options, name, data):
    """By the program that searches for settings in one part of the data and scores them on the rest."""
    sys.stdout.flush()
    subprocess.run([options.bin / f"{name}_cross", data], check=True)


def finish(name, below):
    """`below`: a text for each aim that was missed."""
    if below:
        print(f"not ok - {name} below the aim: {'; '.join(below)}")
        sys.exit(1)
    print(f"ok - {name} as accurate as promised")
