"""Calls grpcurl with the address of a service and the operator's certificate."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from kit.certificates import CertificateProblem
from respite.certs import operator_files
from respite.processes import SERVICES, address_of

HOW_TO_GET: Final = (
    "grpcurl is not installed. Get it from https://github.com/fullstorydev/grpcurl#installation"
    " (macOS: brew install grpcurl); on Linux x64 `make dev` brings one along"
)

# Flags of grpcurl that take no value (grpcurl -help); every other one takes the next word.
_SWITCHES: Final = frozenset(
    "allow-unknown-fields emit-defaults expand-headers format-error help insecure msg-template"
    " plaintext use-reflection v version vv".split()
)


class CannotCall(Exception):
    """grpcurl cannot be run; the text is one line."""


def find() -> str | None:
    """The person's own grpcurl, else the one of the development tools, else None."""
    beside = Path(sys.executable).with_name("grpcurl")
    return shutil.which("grpcurl") or (str(beside) if beside.exists() else None)


def command(words: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """The command line for `respite grpcurl SERVICE [flags] [list | describe | METHOD] [flags]`.

    SERVICE is a process name, METHOD either as grpcurl wants it or, within the service's own
    package, the bare name. grpcurl wants flags first; here they may stand anywhere.
    Raises CannotCall.
    """
    if not words or words[0] not in SERVICES:
        raise CannotCall(f"say which service first, one of {', '.join(SERVICES)}")
    binary = find()
    if binary is None:
        raise CannotCall(HOW_TO_GET)
    service, (flags, places) = words[0], _sorted(words[1:])
    try:
        files = operator_files(environment)
    except CertificateProblem as problem:
        raise CannotCall(str(problem)) from problem
    return [
        *(binary, "-cacert", str(files.ca), "-cert", str(files.cert), "-key", str(files.key)),
        *flags,
        address_of(service, environment),
        *(_full_name(service, word) for word in places),
    ]


def _sorted(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Flags with their values, and the rest."""
    flags: list[str] = []
    places: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            places.append(word)
            continue
        flags.append(word)
        name = word.lstrip("-")
        if name not in _SWITCHES and "=" not in name:
            flags.extend(value for value in [next(rest, None)] if value is not None)
    return flags, places


def _full_name(service: str, word: str) -> str:
    """GetUser → identity.v1.IdentityService/GetUser."""
    if word in ("list", "describe") or not word[:1].isupper() or "." in word or "/" in word:
        return word
    return f"{service}.v1.{service.capitalize()}Service/{word}"
