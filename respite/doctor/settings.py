"""The settings that are examined: those of the processes, or of the `respite up` that runs here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from respite.development import development_environment, made_secrets
from respite.home import Home, read_variables
from respite.migrate import value_of

_PROVIDERS: Final = ("TWILIO", "STRIPE")


class Settings:
    """Variables by name, with what files hold of them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment

    def __getitem__(self, name: str) -> str:
        """The variable, or what the file that NAME_FILE names holds; "" where it is not set.

        Raises OSError where that file cannot be read.
        """
        return value_of(self.environment, name)

    def first(self, name: str) -> str:
        """The first of a comma-separated list."""
        return self[name].partition(",")[0].strip()


def settings_of(given: Mapping[str, str]) -> Settings:
    """What the person set; beside a `respite up`, everything that it gives its processes."""
    home = Home.of(given)
    told = read_variables(home.running)
    if not told:
        return Settings(given)
    known = _without_stand_ins(told, given)
    url = known.get("IDENTITY_DATABASE_URL", "")
    place = None
    if url and not given.get("IDENTITY_DATABASE_URL"):
        parts = urlsplit(url)
        place = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    made = development_environment(home, known, made_secrets(home), place)
    made.pop("ADMIN_DATABASE_URL", None)
    # What stands in for the secret of a real provider is no setting of that run.
    real = [f"{name}_" for name in _PROVIDERS if f"{name}_BASE_URL" not in told]
    return Settings(
        {
            name: value
            for name, value in made.items()
            if name in known or not name.startswith(tuple(real))
        }
    )


def _without_stand_ins(told: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What is known of a run, but for the sandbox's credentials, which are made up again."""
    stood_in = tuple(f"{name}_" for name in _PROVIDERS if f"{name}_BASE_URL" in told)
    kept = {name: value for name, value in told.items() if not name.startswith(stood_in)}
    return {**kept, **given}
