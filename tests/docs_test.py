#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds README.md and docs/ to the tree: relative links, runbook links of the rules, and the scripts that are told to be run.

  tests/docs_test.py [SOURCE_DIR]
"""

import os
import pathlib
import re
import subprocess
import sys

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
RUNBOOK = re.compile(r"runbook_url: (docs/\S+)")
FENCE = re.compile(r"^\s*```[^\n]*\n(.*?)^\s*```", re.M | re.S)
SCRIPT = re.compile(r"(?<![\w/.-])((?:deploy|tests)/[\w./-]*[\w-])")
STARTED = re.compile(r"^(?:\$ )?(?:sudo )?((?:deploy|tests)/[\w./-]+)(?: |$)", re.M)
STAGES = re.compile(r"tests/run((?: [a-z0-9_/]+)+)")


def anchors(text):
    """GitHub's anchors of the headings."""
    for heading in re.findall(r"^#+ +(.*)$", text, re.M):
        yield re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def bad_link(page, target):
    if re.match(r"[a-z]+:", target):
        return None
    path, _, anchor = target.partition("#")
    file = (page.parent / path) if path else page
    if not file.exists():
        return f"{target}: no such file"
    if anchor and anchor not in set(anchors(file.read_text(encoding="utf-8"))):
        return f"{target}: no such heading"
    return None


def commands(text):
    """Code: fenced blocks and `spans`; of a span that names a file only its existence counts."""
    yield from FENCE.findall(text)
    yield from (f" {span}" for span in re.findall(r"`([^`\n]+)`", FENCE.sub("", text)))


def bad_commands(root, text, stages):
    for code in commands(text):
        for name in SCRIPT.findall(code):
            if not (root / name).exists() and "*" not in code and name.upper() != name:
                yield f"{name}: no such file"
        for name in STARTED.findall(code):
            if (root / name).is_file() and not os.access(root / name, os.X_OK):
                yield f"{name}: not executable"
        for words in STAGES.findall(code):
            yield from (f"tests/run {word}: no such stage" for word in words.split() if word not in stages)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    listed = subprocess.run([root / "tests/run", "--list"], capture_output=True, text=True, check=True).stdout
    stages = {line.split()[0] for line in listed.splitlines() if line.strip()}
    pages = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    problems = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        plain = FENCE.sub("", text)
        found = [problem for problem in (bad_link(page, target) for target in LINK.findall(plain)) if problem]
        found += bad_commands(root, text, stages)
        problems += [f"{page.relative_to(root)}: {problem}" for problem in found]
    rules = root / "deploy/prometheus/perfwatch.rules.yml"
    for target in RUNBOOK.findall(rules.read_text(encoding="utf-8")):
        if problem := bad_link(root / "README.md", target):
            problems.append(f"{rules.relative_to(root)}: {problem}")
    print("\n".join(problems + [f"{len(pages)} pages, {len(problems)} problems"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
