"""What a program can check of what the documents say: names, places, lists, numbers of lines."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from kit.stripe_event import HANDLED
from respite.cli import app
from respite.processes import PROCESSES
from tests.docs.markdown import DOCUMENTS, ROOT, Document, documents, readme
from tests.docs.test_configuration import variables_of_the_page
from tests.docs.test_errors import refusals

pytestmark = pytest.mark.slow

LANGUAGES = {"python", "sh", "text", "proto", "mermaid", "sql"}
SOURCES = ("*.py", "*.proto", "*.sql", "*.toml", "*.yml", "*.yaml", "Makefile", "Dockerfile")
FOLDERS = (
    "protos",
    "services",
    "gateway",
    "kit",
    "respite",
    "sandbox",
    "bench",
    "deploy",
    "tests",
    "docs",
    "bin",
)
# Patterns, addresses and commands; and the files of the ordered sheet.
NOT_A_PLACE = re.compile(r"[<>*…$= ]|^\.|^/|://|\.ts$")
PATHS = [path for path in DOCUMENTS if path.name.startswith("path-of-")]


@cache
def words_of_the_code() -> frozenset[str]:
    """Every identifier in the sources."""
    files = chain.from_iterable(
        chain(ROOT.glob(pattern), *((ROOT / folder).rglob(pattern) for folder in FOLDERS))
        for pattern in SOURCES
    )
    return frozenset(
        word
        for path in set(files)
        if path != Path(__file__)
        for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))
    )


def places(document: Document) -> list[str]:
    """The spans that are paths of this repository."""
    files = r"[\w./-]+\.(?:py|proto|md|yml|toml|sql)"
    return [
        span
        for span in document.spans
        if not NOT_A_PLACE.search(span) and ("/" in span or re.fullmatch(files, span))
    ]


@pytest.mark.parametrize("document", documents(), ids=lambda each: each.path.name)
def test_every_place_that_is_named_exists(document: Document) -> None:
    known = {"tables.py"}  # of each service
    missing = [
        place for place in places(document) if place not in known and not (ROOT / place).exists()
    ]
    assert not missing
    for link in document.links:
        if "://" not in link:
            assert (document.path.parent / link).exists(), link


@pytest.mark.parametrize("document", documents(), ids=lambda each: each.path.name)
def test_every_name_in_backticks_is_one_of_the_code(document: Document) -> None:
    names = {span for span in document.spans if re.fullmatch(r"[A-Za-z]\w*", span)}
    sheet = {"userProfiles", "conversationState", "billingAccounts"}  # the ordered sheet's own
    dictionary = {"true", "false", "NAME", "NAME_FILE", "http", "crt", "key"}
    known = words_of_the_code() | variables_of_the_page().keys() | refusals().keys()
    known |= sheet | dictionary
    assert not sorted(names - known)


@pytest.mark.parametrize("path", PATHS, ids=lambda each: each.name)
def test_a_path_has_ten_lines_and_each_says_what_is_durable_and_where(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = re.split(r"^\d+\. ", text, flags=re.MULTILINE)[1:]
    numbers = re.findall(r"^(\d+)\. ", text, re.MULTILINE)
    assert numbers == [str(number) for number in range(1, 11)]
    for line in lines:
        assert re.search(r"\*Durable[: ]", line), line
    # The second line of a payment is Stripe's alone.
    without_a_file = [line for line in lines if not re.search(r"`[\w/]+\.py`", line)]
    assert len(without_a_file) <= (1 if "payment" in path.name else 0)


def test_the_handled_events_are_those_of_the_gateway() -> None:
    [events] = [
        block.content.split() for block in readme().section("Real Twilio and Stripe").blocks("text")
    ]
    assert len(events) == len(set(events))
    assert set(events) == HANDLED


def test_blocks_are_of_languages_that_something_checks() -> None:
    assert set().union(*(document.languages for document in documents())) == LANGUAGES


def test_the_layout_names_what_exists_and_every_package() -> None:
    [layout] = readme().section("Where to look").blocks("text")
    columns = [re.split(r"(?<=\S) {4,}", line)[0] for line in layout.content.splitlines()]
    named = re.findall(r"(?<![\w/>])[\w./]+(?:/|\.py)(?![\w<])", " ".join(columns))
    assert len(named) > 15
    for name in named:
        assert [*ROOT.glob(name), *ROOT.glob(f"services/*/{name}")], name
    top = {column.split("/")[0] for column in columns if not column.startswith(" ")}
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} <= top


def commands() -> list[tuple[str, str]]:
    found = []
    for document in documents():
        for block in document.blocks("sh"):
            found += [(str(block), line) for line in block.commands]
    return found


@pytest.mark.parametrize(("place", "line"), commands())
def test_every_command_is_one_that_exists(place: str, line: str) -> None:
    """Those that need no more than a running system are run besides, by test_commands."""
    line = re.sub(r"^\w+=\$\((.*?) \|.*\)$", r"\1", line)
    line = re.sub(r"^(?:[A-Z_]+=\S+ )+", "", line)
    match line.split():
        case ["make", target, *_]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
        case ["bin/respite", command, *_]:
            known = get_command(app).commands  # type: ignore[attr-defined]
            assert command in known
        case ["docker", "compose", *words]:
            _check_compose(words)
        case ["export", *pairs]:
            assert {pair.partition("=")[0] for pair in pairs} <= variables_of_the_page().keys()
        case ["curl", *_]:
            assert "localhost:8080" in line
        case ["pg_dump" | "psql", *_]:
            assert place.startswith("scaling.md")  # tests.deploy.test_moving runs them
        case ["kubectl", *_]:
            assert place.startswith("scaling.md")
            assert all((ROOT / path).is_dir() for path in re.findall(r"deploy/\S+", line))
        case [".venv/bin/python", "-m", module, *_]:
            assert find_spec(module)
        case _:
            pytest.fail(f"{place}: nobody checks {line}")


def _check_compose(words: list[str]) -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert {process.name for process in PROCESSES} <= services.keys()
    match words:
        case ["up", *options]:
            scaled = {word.partition("=")[0] for word in options if "=" in word}
            assert scaled <= services.keys()
        case ["run", "--rm", name]:
            assert name in services
        case ["cp", source, _]:
            assert source.partition(":")[0] in services
        case _:
            pytest.fail(f"nobody checks docker compose {' '.join(words)}")


def test_the_variables_of_compose_that_the_readme_names_are_in_the_file() -> None:
    section = readme().section("Docker compose")
    named = set(re.findall(r"`([A-Z_]{4,})`", section.prose))
    named |= set(re.findall(r"^([A-Z_]+_HOST_[A-Z]+)=", _script(section), re.MULTILINE))
    compose = (ROOT / "docker-compose.yml").read_text()
    assert named
    assert all(f"${{{name}:" in compose for name in named)


def _script(section: Document) -> str:
    return "".join(block.content for block in section.blocks("sh"))


def test_python_is_needed_from_the_version_that_the_readme_tells() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        needed = tomllib.load(file)["project"]["requires-python"]
    assert f"any Python from {needed.removeprefix('>=')}" in readme().text
