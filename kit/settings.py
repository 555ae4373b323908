"""Configuration: the environment alone, checked at start, every mistake told at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class Settings(BaseSettings):
    """Base of one process's settings: each field is the variable of its name in upper case.

    NAME_FILE names a file that holds the value instead, as secrets are mounted; its last line
    break is dropped. A variable that is empty counts as absent.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the constructor is given, then the environment; nothing else."""
        return init_settings, _Environment(settings_cls)

    @field_validator("*", mode="before")
    @classmethod
    def _tell_the_problem(cls, value: Any) -> Any:
        if isinstance(value, _Problem):
            raise ValueError(value.sentence)
        return value


SettingsT = TypeVar("SettingsT", bound=Settings)


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""A comma-separated list."""

Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_split)]
"""A comma-separated list of secrets, like two tokens while one is being replaced."""


@dataclass(frozen=True, slots=True)
class FileMayBeEmpty:
    """Marks a setting that one may go without although a file is mounted for it: if that is empty,
    it counts as absent. For others that is a mistake, since the file was to hold something."""


def load(cls: type[SettingsT]) -> SettingsT:
    """The settings that the environment holds.

    Otherwise every mistake goes to stderr, a line each, "VARIABLE: what is wrong", never the value
    itself, and the process exits with status 2.
    """
    try:
        return cls()
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False, include_input=False):
            variable = str(problem["loc"][0]).upper() if problem["loc"] else "settings"
            sentence = problem["msg"].removeprefix("Value error, ")
            missing = problem["type"] == "missing"
            sys.stderr.write(f"{variable}: {'is not set' if missing else sentence}\n")
    raise SystemExit(2)


@dataclass(frozen=True, slots=True)
class _Problem:
    """Stands for a value that could not be had, so that validation reports it with the others."""

    sentence: str


class _Environment(PydanticBaseSettingsSource):
    def __call__(self) -> dict[str, Any]:
        variables = {name.upper(): value for name, value in os.environ.items() if value}
        values: dict[str, Any] = {}
        for field_name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, field_name, variables)
            if value is not None:
                values[key] = value
        return values

    def get_field_value(
        self, field: FieldInfo, field_name: str, variables: Mapping[str, str] | None = None
    ) -> tuple[Any, str, bool]:
        key = field.validation_alias if isinstance(field.validation_alias, str) else field_name
        name = key.upper()
        variables = variables or {}
        value, path = variables.get(name), variables.get(f"{name}_FILE")
        if path is None:
            return value, key, False
        if value is not None:
            return _Problem(f"is set, and so is {name}_FILE: remove one"), key, False
        may_be_empty = any(isinstance(each, FileMayBeEmpty) for each in field.metadata)
        return _content(name, Path(path), may_be_empty), key, False


def _content(name: str, path: Path, may_be_empty: bool) -> str | _Problem | None:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return _Problem(f"{name}_FILE cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        return _Problem(f"{name}_FILE holds something that is not UTF-8 text")
    value = text.removesuffix("\n").removesuffix("\r")
    if value or may_be_empty:
        return value or None
    return _Problem(f"{name}_FILE is empty")
