"""Which settings `respite doctor` examines: those of the run beside it, or the environment's."""

from __future__ import annotations

from pathlib import Path

from respite.development import development_environment, made_secrets, tell_others
from respite.doctor.settings import settings_of
from respite.home import Home

ADMIN = "postgresql://postgres:secret@127.0.0.1:15432/respite"


def run_in(folder: Path, **given: str) -> dict[str, str]:
    """What a `respite up` there gives its processes; others are told of it."""
    home = Home(folder)
    environment = development_environment(home, given, made_secrets(home), ADMIN)
    tell_others(home, environment)
    return environment


def test_beside_a_run_it_is_what_the_run_gives_its_processes(tmp_path: Path) -> None:
    run = run_in(tmp_path)
    found = settings_of({"RESPITE_HOME": str(tmp_path)}).environment
    assert "ADMIN_DATABASE_URL" not in found
    assert found == {name: run[name] for name in found}
    secrets = ("TWILIO_AUTH_TOKEN", "STRIPE_SECRET_KEY", "SUPPRESSION_KEY", "JOBS_DATABASE_URL")
    assert all(found[name] for name in secrets)


def test_a_real_provider_is_never_taken_for_the_sandbox(tmp_path: Path) -> None:
    given = {
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": "real",
        "PUBLIC_URL": "https://l.org",
    }
    run_in(tmp_path, **given, STRIPE_SECRET_KEY="sk_live_1", STRIPE_PRICE_ID="price_1")
    found = settings_of({"RESPITE_HOME": str(tmp_path)})
    assert (found["TWILIO_ACCOUNT_SID"], found["PUBLIC_URL"]) == ("AC1", "https://l.org")
    assert found["STRIPE_PRICE_ID"] == "price_1"
    assert not any(
        found[name]
        for name in ("TWILIO_AUTH_TOKEN", "TWILIO_BASE_URL", "STRIPE_SECRET_KEY", "STRIPE_BASE_URL")
    )
    again = settings_of({"RESPITE_HOME": str(tmp_path), "TWILIO_AUTH_TOKEN": "real"})
    assert again["TWILIO_AUTH_TOKEN"] == "real"


def test_elsewhere_it_is_the_environment_and_its_files(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one, two\n")
    given = {"RESPITE_HOME": str(tmp_path), "TWILIO_AUTH_TOKEN_FILE": str(tmp_path / "token")}
    found = settings_of(given)
    assert found.environment == given
    assert found.first("TWILIO_AUTH_TOKEN") == "one"
    assert found["STRIPE_SECRET_KEY"] == ""
