"""Model functions take the least they need: a DbReader, or a DbWriter (design section 4)."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Iterator
from datetime import datetime
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from kit.database import DbReader, DbWriter
from services.identity import model as identity_model

SERVICES = ("identity", "profile", "conversation", "billing", "jobs")


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


if typing.TYPE_CHECKING:

    def changes(db: DbReader, user_id: UUID, at: datetime) -> None:
        """`make check` fails where the checker takes a reader for a writer: it tells of an error
        that is ignored and is none."""
        identity_model.delete_user(db, user_id, at)  # type: ignore[arg-type]
