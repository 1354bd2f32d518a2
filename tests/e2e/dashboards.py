# SPDX-License-Identifier: Apache-2.0
"""The queries of the shipped Grafana dashboards. Run as a program it checks their form."""

import json
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "deploy/grafana"

# What Grafana puts in for the variables, chosen so that every series counts.
VARIABLES = {"instance": ".*", "job": ".*", "group": ".*", "top": "10", "__rate_interval": "20s", "__interval": "5s",
             "__range": "1m"}


def substituted(expression):
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda match: VARIABLES[match[1] or match[2]], expression)


def dashboards():
    return {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def panels(dashboard):
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def queries():
    """(dashboard, panel title, expression as in the file)"""
    for name, dashboard in dashboards().items():
        for panel in panels(dashboard):
            for target in panel.get("targets", []):
                yield name, panel["title"], target["expr"]


def problems(name, dashboard):
    for key in ("uid", "title", "schemaVersion", "panels", "templating", "time"):
        if not dashboard.get(key):
            yield f"{name}: no {key}"
    if dashboard.get("id") is not None:
        yield f"{name}: has the id of one Grafana"
    if not any(variable["type"] == "datasource" for variable in dashboard["templating"]["list"]):
        yield f"{name}: no datasource variable"
    ids = [panel["id"] for panel in panels(dashboard)]
    if len(ids) != len(set(ids)):
        yield f"{name}: panel ids are not unique"
    for panel in panels(dashboard):
        where = f"{name}: {panel['title']}"
        if panel["type"] == "row":
            continue
        if not panel.get("description"):
            yield f"{where}: no description"
        if not panel["fieldConfig"]["defaults"].get("unit"):
            yield f"{where}: no unit"
        for target in panel["targets"]:
            if target["datasource"]["uid"] != "${datasource}":
                yield f"{where}: data source is not the variable"
            if "instance=~" not in target["expr"]:
                yield f"{where}: does not heed the chosen hosts"


if __name__ == "__main__":
    found = [problem for name, dashboard in dashboards().items() for problem in problems(name, dashboard)]
    print("\n".join(found) or f"{len(list(queries()))} queries")
    sys.exit(1 if found else 0)
