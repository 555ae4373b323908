"""Model functions take the least they need: a DbReader, or a DbWriter (design section 4)."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kit.database import DbReader, DbWriter

SERVICES = ("identity", "profile", "conversation", "billing", "jobs")
ROOT = Path(__file__).parents[2]


def models_of(service: str) -> Iterator[ModuleType]:
    package = importlib.import_module(f"services.{service}")
    for found in pkgutil.iter_modules(package.__path__, f"services.{service}."):
        if not found.name.rpartition(".")[2].startswith("model"):
            continue
        module = importlib.import_module(found.name)
        yield module
        if found.ispkg:
            for inner in pkgutil.iter_modules(module.__path__, f"{found.name}."):
                yield importlib.import_module(inner.name)


def functions_of_models() -> list[tuple[str, Callable[..., Any]]]:
    found: list[tuple[str, Callable[..., Any]]] = []
    for service in SERVICES:
        for module in models_of(service):
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == module.__name__ and not name.startswith("_"):
                    found.append((f"{module.__name__}.{name}", function))
    return found


FUNCTIONS = functions_of_models()


def test_every_service_has_a_model() -> None:
    assert all(any(True for _ in models_of(service)) for service in SERVICES)
    assert len(FUNCTIONS) > 50


@pytest.mark.parametrize(
    "function", [function for _, function in FUNCTIONS], ids=[name for name, _ in FUNCTIONS]
)
def test_a_model_function_that_needs_the_database_takes_a_reader_or_a_writer_first(
    function: Callable[..., Any],
) -> None:
    hints = typing.get_type_hints(function)
    kinds = [hints.get(each) for each in inspect.signature(function).parameters]
    databases = [kind for kind in kinds if kind in (DbReader, DbWriter)]
    assert len(databases) <= 1
    if databases:
        assert kinds[0] is databases[0]
    forbidden = ("Connection", "Engine", "Session", "Database", "ServicerContext")
    assert not any(getattr(kind, "__name__", "") in forbidden for kind in kinds)


@pytest.mark.slow
def test_the_type_checker_refuses_a_reader_where_a_writer_is_asked_for(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "from datetime import datetime\n"
        "from uuid import UUID\n"
        "from kit.database import DbReader\n"
        "from services.identity import model\n"
        "def change(db: DbReader, user_id: UUID, at: datetime) -> None:\n"
        "    model.delete_user(db, user_id)\n"
    )
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", str(wrong)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert checked.returncode == 1, checked.stdout
    assert 'incompatible type "DbReader"; expected "DbWriter"' in checked.stdout
