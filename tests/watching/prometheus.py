"""A Prometheus, where it is installed: Debian's package `prometheus` has it and promtool."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.ports import free_ports
from tests.watching import deployed
from tests.world.waiting import until

PROMETHEUS: Final = shutil.which("prometheus") or ""
PROMTOOL: Final = shutil.which("promtool") or ""
where_prometheus_is = pytest.mark.skipif(not PROMETHEUS, reason="prometheus is not installed")
where_promtool_is = pytest.mark.skipif(not PROMTOOL, reason="promtool is not installed")


class Prometheus:
    """One that runs; see its HTTP API, prometheus.io/docs/prometheus/latest/querying/api."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def query(self, expression: str) -> list[Any]:
        """The samples of an expression as of now. Raises urllib's HTTPError for a bad one."""
        found: list[Any] = self._ask(
            f"/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
        )["result"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        """The alert rules with their health and what they found."""
        groups = self._ask("/api/v1/rules")["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def is_ready(self) -> bool:
        """Whether it answers."""
        address = f"{self._url}/-/ready"
        with suppress(OSError), urllib.request.urlopen(address, timeout=60) as answer:
            return bool(answer.status == 200)
        return False

    def _ask(self, path: str) -> Any:
        with urllib.request.urlopen(self._url + path, timeout=30) as answer:
            return json.load(answer)["data"]


@contextmanager
def scraping(ports: Mapping[str, int], folder: Path) -> Iterator[Prometheus]:
    """A Prometheus with the configuration of deploy/, but for addresses and pace.

    ports: on this machine, by name of the job.
    """
    configuration = yaml.safe_load(deployed.CONFIGURATION.read_text(encoding="utf-8"))
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(deployed.ALERTS)]
    for job in configuration["scrape_configs"]:
        del job["dns_sd_configs"]
        job["static_configs"] = [{"targets": [f"127.0.0.1:{ports[job['job_name']]}"]}]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(configuration))
    [port] = free_ports(1)
    with (folder / "prometheus.log").open("wb") as log:
        running = subprocess.Popen(
            [
                PROMETHEUS,
                f"--config.file={file}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--log.level=warn",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        prometheus = Prometheus(port)
        until(prometheus.is_ready, "Prometheus", 60)
        yield prometheus
    finally:
        running.terminate()
        running.wait(60)
