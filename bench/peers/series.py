"""Many measurements: each in a process of its own, kept as lines of JSON, told as medians."""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.peers.measure import Options
from bench.peers.system import OURS
from bench.peers.worker import LOG_VARIABLE
from bench.stack import bench_home
from respite.home import CHECKOUT

PEERS_PYTHON = CHECKOUT / ".respite" / "peers" / "bin" / "python"
"""Of the environment that `make bench-peers` makes."""

MEASUREMENT_SECONDS = 400.0
"""After which one is taken to hang."""

Result = dict[str, Any]


class Series:
    """Results as they come: printed, and appended to a file where one is given."""

    def __init__(self, output: Path | None = None) -> None:
        self.results: list[Result] = []
        self._output = output

    def add(self, result: Result) -> None:
        """Takes one more."""
        self.results.append(result)
        line = json.dumps(result)
        print(line, flush=True)
        if self._output is not None:
            with self._output.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


def measured(
    systems: Sequence[str], metrics: Sequence[str], reps: int, options: Options
) -> Iterator[Result]:
    """Each metric so many times, the systems in turn. Needs the database that `server` starts."""
    for metric in metrics:
        for rep in range(reps):
            for system in systems:
                yield measured_once(system, metric, options) | {"rep": rep}


def measured_once(system: str, metric: str, options: Options) -> Result:
    """One measurement in the environment where the system lives."""
    python = sys.executable if system in OURS else str(PEERS_PYTHON)
    logs = bench_home().logs
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = [
        word
        for name, value in dataclasses.asdict(options).items()
        if value is not None
        for word in (f"--{name}", str(value))
    ]
    name = {"system": system, "metric": metric}
    if not Path(python).exists():
        return name | {"error": "not installed: make bench-peers"}
    log = logs / f"measure-{system}.log"
    with log.open("wb") as errors:
        try:
            done = subprocess.run(
                [python, "-P", "-m", "bench.peers.measure", system, metric, *told],
                env={**os.environ, "PYTHONPATH": str(CHECKOUT), LOG_VARIABLE: str(logs)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                timeout=MEASUREMENT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return name | {"error": f"took longer than {MEASUREMENT_SECONDS:.0f} s"}
    if done.returncode:
        last = log.read_text(errors="replace").strip().splitlines()[-1:]
        return name | {"error": " ".join(last)[:200], "log": str(log)}
    result: Result = json.loads(done.stdout.splitlines()[-1])
    return result


def medians(results: Sequence[Result]) -> dict[tuple[str, str], dict[str, float]]:
    """The median of every figure of each system and metric."""
    figures: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        for figure, value in result.items():
            if isinstance(value, int | float) and figure != "rep" and not isinstance(value, bool):
                figures[result["system"], result["metric"]][figure].append(value)
    return {
        which: {figure: statistics.median(values) for figure, values in found.items()}
        for which, found in figures.items()
    }


def medians_table(results: Sequence[Result]) -> str:
    """The medians for people to read, and why there are none."""
    lines = []
    for (system, metric), found in medians(results).items():
        told = "  ".join(f"{figure} {value:,g}" for figure, value in found.items())
        lines.append(f"{metric:<18} {system:<16} {told}")
    failed = {
        (each["metric"], each["system"], each["error"]) for each in results if "error" in each
    }
    lines += [f"{metric:<18} {system:<16} {why}" for metric, system, why in sorted(failed)]
    return "\n".join(lines) + "\n"


def medians_markdown(results: Sequence[Result]) -> list[str]:
    """Every median in a table of systems, and the systems of which there is none."""
    lines = ["| metric | system | medians | processor seconds |", "|---|---|---|---|"]
    for (system, metric), found in sorted(medians(results).items(), key=lambda each: each[0][::-1]):
        told = ", ".join(f"{figure} {value:,g}" for figure, value in found.items())
        lines.append(f"| {metric} | {system} | {told} | {_cpu(results, system, metric)} |")
    failed = {f"{each['metric']}, {each['system']}: {each['error']}" for each in results
              if "error" in each}  # fmt: skip
    return lines + [f"- {why}" for why in sorted(failed)]


def _cpu(results: Sequence[Result], system: str, metric: str) -> str:
    """Medians of processor seconds by process, where they were taken."""
    taken = [
        each["cpu"]
        for each in results
        if (each["system"], each["metric"]) == (system, metric) and "cpu" in each
    ]
    if not taken:
        return ""
    parts = {part: statistics.median(each[part] for each in taken) for part in taken[0]}
    return ", ".join(f"{part} {seconds:g}" for part, seconds in parts.items() if seconds)
