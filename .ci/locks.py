"""Whether the locks hold what pyproject.toml asks for. It reads, never resolves: no network."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^ ;\\]+)([^\\]*)\\?$", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """Versions by canonical name."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {canonicalize_name(each[1]): each[2] for each in PIN.finditer(text)}


def problems_of_text(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    found = []
    if "#    make lock\n" not in text.partition("==")[0]:
        found.append(f"{name}: its head does not say `make lock`")
    if re.search(r"https?://|file:|--index-url|--extra-index-url|--find-links", text):
        found.append(f"{name}: names an index or a file")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    found += [
        f"{name}: {entry.split()[0]} has no hash" for entry in entries if "--hash=" not in entry
    ]
    return found


def problems_of_pins(name: str, wanted: Iterable[str]) -> list[str]:
    held = pins(name)
    found = []
    for text in wanted:
        requirement = Requirement(text)
        version = held.get(canonicalize_name(requirement.name))
        if version is None:
            found.append(f"{name}: {requirement.name} is missing")
        elif not requirement.specifier.contains(version, prereleases=True):
            found.append(f"{name}: {requirement.name} {version} is not {requirement.specifier}")
    return found


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime, dev = project["dependencies"], project["optional-dependencies"]["dev"]
    problems = [
        *problems_of_text("requirements.lock"),
        *problems_of_text("requirements-dev.lock"),
        *problems_of_pins("requirements.lock", runtime),
        *problems_of_pins("requirements-dev.lock", [*runtime, *dev]),
    ]
    development = pins("requirements-dev.lock")
    problems += [
        f"requirements-dev.lock: {name} is {development.get(name, 'missing')}, not {version}"
        for name, version in pins("requirements.lock").items()
        if development.get(name) != version
    ]
    if problems:
        raise SystemExit("\n".join([*problems, "`make lock` resolves them again"]))


if __name__ == "__main__":
    main()
