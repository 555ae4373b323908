"""The clock of a development stack can be moved, and no other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.clock import MovableClock
from kit.settings import load
from respite.development import clock_of, development_environment, made_secrets
from respite.home import Home
from respite.processes import BY_NAME, environment_of
from respite.settings import ProcessSettings
from tests.respite.test_processes import settings_of

ADMIN = "postgresql://postgres:secret@127.0.0.1:15432/respite"
NAMES = sorted(set(BY_NAME) - {"sandbox"})
REAL = {"twilio": {"TWILIO_ACCOUNT_SID": "AC1"}, "stripe": {"STRIPE_SECRET_KEY": "sk_live_1"}}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make()
    return made


def settings(name: str, variables: dict[str, str], patch: pytest.MonkeyPatch) -> ProcessSettings:
    """What a process reads from its share of the environment."""
    for variable in os.environ:
        patch.delenv(variable)
    for variable, value in environment_of(BY_NAME[name], variables).items():
        patch.setenv(variable, value)
    loaded = load(settings_of(BY_NAME[name]))
    assert isinstance(loaded, ProcessSettings)
    return loaded


@pytest.mark.parametrize("name", NAMES)
def test_every_process_goes_by_the_clock_of_a_stack_with_the_sandbox(
    name: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = development_environment(home, {}, made_secrets(home), ADMIN)
    assert isinstance(settings(name, variables, monkeypatch).clock(), MovableClock)
    assert isinstance(clock_of(variables), MovableClock)


@pytest.mark.parametrize("provider", REAL)
@pytest.mark.parametrize("name", NAMES)
def test_a_process_refuses_it_where_a_provider_is_real(
    name: str,
    provider: str,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    variables = development_environment(home, REAL[provider], made_secrets(home), ADMIN)
    assert "DEVELOPMENT_CLOCK" not in variables
    variables["DEVELOPMENT_CLOCK"] = str(home.clock)
    with pytest.raises(SystemExit):
        settings(name, variables, monkeypatch)
    assert "DEVELOPMENT_CLOCK: moves the clock" in capsys.readouterr().err
