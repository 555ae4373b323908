"""The compose files as Docker reads them: aliases merged, variables filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from respite.home import CHECKOUT

_VARIABLE = re.compile(r"\$\{(\w+)(?:(:-|:\+)([^}]*))?}")


def compose_file(
    environment: Mapping[str, str] | None = None, name: str = "docker-compose.yml"
) -> Any:
    """The file of this name, with variables taken from `environment` alone."""
    given = environment or {}

    def fill(match: re.Match[str]) -> str:
        name, operator, word = match.groups()
        value = given.get(name, "")
        if operator == ":-":
            return value or str(word)
        if operator == ":+":
            return str(word) if value else ""
        assert name in given, f"{name} has no default"
        return value

    def filled(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: filled(each) for name, each in part.items()}
        if isinstance(part, list):
            return [filled(each) for each in part]
        return _VARIABLE.sub(fill, part) if isinstance(part, str) else part

    # in this order: a variable cannot bring in YAML
    return filled(yaml.safe_load((CHECKOUT / name).read_text()))


def environment_in(service: Mapping[str, Any], image: Mapping[str, str]) -> dict[str, str]:
    """What a process in the container sees of it: the image's variables, then the file's."""
    return {**image, **{name: str(value) for name, value in service["environment"].items()}}


def with_secrets(environment: Mapping[str, str]) -> Any:
    """docker-compose.yml with docker-compose.secrets.yml over it, as far as the latter goes."""
    below = compose_file(environment)
    above = compose_file(environment, "docker-compose.secrets.yml")
    for name, service in above["services"].items():
        merged = below["services"][name]
        merged["environment"] = merged["environment"] | service["environment"]
        merged["secrets"] = service.get("secrets", [])
    return {**below, "secrets": above["secrets"]}
