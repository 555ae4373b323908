"""deploy/kubernetes as an operator's `kubectl apply -k` sees it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import yaml

from respite.home import CHECKOUT

KUBERNETES = CHECKOUT / "deploy" / "kubernetes"

where_it_can_be_built = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="kubectl is not installed"
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """All resources of one overlay."""

    resources: tuple[dict[str, Any], ...]

    def kind(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resources of one kind by name."""
        return {each["metadata"]["name"]: each for each in self.resources if each["kind"] == kind}

    def pod(self, name: str) -> dict[str, Any]:
        """What a deployment's pods, or the migrations', are made of."""
        kind = "Job" if name == "migrate" else "Deployment"
        template: dict[str, Any] = self.kind(kind)[name]["spec"]["template"]
        return template

    def container(self, name: str) -> dict[str, Any]:
        """The one container of such a pod."""
        [container] = self.pod(name)["spec"]["containers"]
        return dict(container)

    def settings(self) -> dict[str, str]:
        """The settings that are no secrets."""
        [found] = self.kind("ConfigMap").values()
        return dict(found["data"])

    def secret_keys(self, name: str) -> dict[str, str]:
        """By variable of a pod's container, the Secret it comes from, its hash aside."""
        return {
            each["name"]: re.sub("-[a-z0-9]{10}$", "", each["valueFrom"]["secretKeyRef"]["name"])
            for each in self.container(name)["env"]
            if "valueFrom" in each
        }


@cache
def cluster(overlay: str) -> Cluster:
    """The overlay, built."""
    done = subprocess.run(
        ["kubectl", "kustomize", KUBERNETES / "overlays" / overlay],
        capture_output=True,
        text=True,
        check=True,
    )
    return Cluster(tuple(yaml.safe_load_all(done.stdout)))


@dataclass(frozen=True, slots=True)
class Policies:
    """The network policies of an overlay, over pods by the name in their label."""

    cluster: Cluster

    def reaches(self, caller: str, called: str, port: str) -> bool:
        """Whether one side's policies let a call out and the other's let it in."""
        let_out = any(_lets(rule, "to", called, port) for rule in self._rules(caller, "Egress"))
        let_in = any(_lets(rule, "from", caller, port) for rule in self._rules(called, "Ingress"))
        return let_out and let_in

    def lets_out(self, name: str, port: int) -> bool:
        """Whether a pod may open connections to this port of addresses that are no pods of ours."""
        return any(
            each["port"] == port and "podSelector" not in str(rule.get("to"))
            for rule in self._rules(name, "Egress")
            for each in rule["ports"]
        )

    def _rules(self, name: str, direction: str) -> Iterator[Mapping[str, Any]]:
        for policy in self.cluster.kind("NetworkPolicy").values():
            spec = policy["spec"]
            if direction in spec["policyTypes"] and _selects(spec["podSelector"], name):
                yield from spec.get(direction.lower(), [])


def _lets(rule: Mapping[str, Any], peers: str, name: str, port: str) -> bool:
    if port not in [each["port"] for each in rule["ports"]]:
        return False
    return peers not in rule or any(
        "namespaceSelector" not in peer and _selects(peer["podSelector"], name)
        for peer in rule[peers]
    )


def _selects(selector: Mapping[str, Any], name: str) -> bool:
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "respite"}
    wanted = [(key, [value]) for key, value in selector.get("matchLabels", {}).items()]
    for each in selector.get("matchExpressions", []):
        assert each["operator"] == "In", each
        wanted.append((each["key"], each["values"]))
    return all(labels.get(key) in values for key, values in wanted)
