from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, SecretStr

from kit.settings import FileMayBeEmpty, Secrets, Settings, Words, load


class Example(Settings):
    database_url: SecretStr
    port: int = Field(default=50051, ge=0, le=65535, validation_alias="EXAMPLE_PORT")
    log_format: Literal["json", "console"] = "json"
    auth_token: Secrets = ()
    spare_key: Annotated[SecretStr | None, FileMayBeEmpty()] = None
    zones: Words = ("UTC",)


def test_a_field_is_the_variable_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("example_port", "7")
    settings = load(Example)
    assert settings.database_url.get_secret_value() == "postgresql://x"
    assert (settings.port, settings.log_format, settings.zones) == (7, "json", ("UTC",))


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "x")
    monkeypatch.setenv("AUTH_TOKEN", "new, old")
    monkeypatch.setenv("ZONES", "America/Chicago,,Europe/Berlin")
    settings = load(Example)
    assert [token.get_secret_value() for token in settings.auth_token] == ["new", "old"]
    assert settings.zones == ("America/Chicago", "Europe/Berlin")


def test_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("from the file \n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    assert load(Example).database_url.get_secret_value() == "from the file "


def test_an_empty_file_counts_as_absent_only_for_what_one_may_go_without(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "empty").write_text("\n")
    monkeypatch.setenv("DATABASE_URL", "x")
    monkeypatch.setenv("SPARE_KEY_FILE", str(tmp_path / "empty"))
    assert load(Example).spare_key is None
    monkeypatch.setenv("AUTH_TOKEN_FILE", str(tmp_path / "empty"))
    with pytest.raises(SystemExit):
        load(Example)
    assert capsys.readouterr().err == "AUTH_TOKEN: AUTH_TOKEN_FILE is empty\n"


def test_an_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "x")
    monkeypatch.setenv("EXAMPLE_PORT", "")
    assert load(Example).port == 50051


def test_every_mistake_is_told_at_once_by_the_name_of_its_variable_and_without_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "empty").write_text("\n")
    monkeypatch.setenv("EXAMPLE_PORT", "s3cret")
    monkeypatch.setenv("LOG_FORMAT", "s3cret")
    monkeypatch.setenv("AUTH_TOKEN", "s3cret")
    monkeypatch.setenv("AUTH_TOKEN_FILE", "/s3cret")
    monkeypatch.setenv("ZONES_FILE", str(tmp_path / "empty"))
    with pytest.raises(SystemExit) as left:
        load(Example)
    assert left.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "DATABASE_URL",
        "EXAMPLE_PORT",
        "LOG_FORMAT",
        "AUTH_TOKEN",
        "ZONES",
    ]
    assert lines[0] == "DATABASE_URL: is not set"
    assert lines[3] == "AUTH_TOKEN: is set, and so is AUTH_TOKEN_FILE: remove one"
    assert lines[4] == "ZONES: ZONES_FILE is empty"
    assert "s3cret" not in "".join(lines)


def test_a_file_that_cannot_be_read_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "missing"))
    (tmp_path / "binary").write_bytes(b"\xff")
    monkeypatch.setenv("ZONES_FILE", str(tmp_path / "binary"))
    with pytest.raises(SystemExit):
        load(Example)
    assert capsys.readouterr().err.splitlines() == [
        "DATABASE_URL: DATABASE_URL_FILE cannot be read: No such file or directory",
        "ZONES: ZONES_FILE holds something that is not UTF-8 text",
    ]


def test_what_is_given_in_code_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "from the environment")
    assert Example(database_url=SecretStr("given")).database_url.get_secret_value() == "given"
