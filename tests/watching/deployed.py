"""What deploy/ holds for Prometheus and Grafana, read whole."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
GRAFANA = ROOT / "deploy" / "grafana"
CONFIGURATION = PROMETHEUS / "prometheus.yml"
ALERTS = PROMETHEUS / "alerts.yml"
# What Grafana puts in place of it follows from the zoom; a minute suits what lasts a minute.
_INTERVAL = "$__rate_interval"
_METRIC = re.compile(r"\b(?:respite_[a-z_]+|process_(?:cpu|resident|start)_[a-z_]+)\b")


@dataclass(frozen=True, slots=True)
class Query:
    """An expression and where it stands."""

    place: str
    expression: str

    @property
    def metrics(self) -> set[str]:
        """The names of metrics in it."""
        return set(_METRIC.findall(self.expression))


def alerts() -> Sequence[dict[str, Any]]:
    """The alert rules."""
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alert_queries() -> Sequence[Query]:
    """The expression of each alert."""
    return [Query(rule["alert"], rule["expr"]) for rule in alerts()]


def dashboards() -> Sequence[dict[str, Any]]:
    """The dashboards, as Grafana reads them."""
    files = sorted((GRAFANA / "dashboards").glob("*.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in files]


def panels() -> Sequence[dict[str, Any]]:
    """The panels of all dashboards that show something."""
    return [
        {**panel, "dashboard": dashboard["title"]}
        for dashboard in dashboards()
        for panel in dashboard["panels"]
        if panel["type"] != "row"
    ]


def panel_queries() -> Sequence[Query]:
    """What the panels ask for."""
    return [
        Query(f"{panel['dashboard']}: {panel['title']}", target["expr"].replace(_INTERVAL, "1m"))
        for panel in panels()
        for target in panel["targets"]
    ]
