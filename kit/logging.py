"""Structured logs: one JSON line an event on stderr, with what must never be logged masked out.

Call sites are responsible for not logging personal data. The masking here is the last resort
behind them, so it prefers hiding too much: a free-standing run of ten to fifteen digits is
taken for a phone number whatever it was.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Literal, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from kit import tracing
from kit.log_stream import UnhinderedHandler

PHONE_MASK = "[phone]"
SECRET_MASK = "[secret]"  # noqa: S105 (what stands in for one)
FIELD_MASK = "[masked]"

_LONGEST_MESSAGE = 300

# Values of these fields are never logged, whatever they look like.
_MASKED_FIELDS = frozenset(
    {
        *("api_key", "auth", "auth_token", "authorization", "cookie", "password", "secret"),
        *("signature", "token"),
        *("body", "email", "first_name", "phone", "phone_number", "recipient", "sender"),
    }
)
# Identifiers that look like a 32-digit secret and are none.
_KEPT_FIELDS = frozenset({"trace_id", "span_id", "timestamp"})

_SECRETS = re.compile(
    r"""
      -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|\Z)
    | \b(?:sk|rk|pk)_(?:live|test)_\w+          # Stripe keys
    | \bwhsec_\w+                               # Stripe webhook secrets
    | \bsk-[\w-]{16,}                           # OpenAI keys
    | \beyJ[\w-]{8,}\.[\w-]+\.[\w-]*            # JSON web tokens
    | \b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}
    | \bv[01]=[0-9a-f]{64}\b                    # Stripe-Signature
    | (?<![\w+/=])[\w+/]{27}=(?![\w+/=])        # X-Twilio-Signature: base64 of SHA-1
    | (?<![\w-])[0-9a-f]{32}(?![\w-])           # Twilio auth tokens
    """,
    re.VERBOSE | re.DOTALL,
)
_URL_PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+@")
_PHONES = re.compile(
    r"""
      (?:\+|%2B)\d[\d\s().-]{5,}\d                                      # E.164 and its spellings
    | (?<![\w.:/-])\(?[2-9]\d{2}\)?[\s.-]{1,2}\d{3}[\s.-]\d{4}(?![\w-]) # (202) 555-0101
    | (?<![\w.:/-])\d{10,15}(?![\w:/-])
    """,
    re.VERBOSE | re.IGNORECASE,
)


def mask_text(text: str) -> str:
    """The text without what looks like a secret, a password in a URL, or a phone number."""
    text = _SECRETS.sub(SECRET_MASK, text)
    text = _URL_PASSWORD.sub(rf"\1:{SECRET_MASK}@", text)
    return _PHONES.sub(PHONE_MASK, text)


def _mask_value(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {key: _mask_field(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask_value(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask_text(str(value))


def _mask_field(name: str, value: Any) -> Any:
    if name in _KEPT_FIELDS:
        return value
    if name.lower() in _MASKED_FIELDS and isinstance(value, str | bytes):
        return FIELD_MASK
    return _mask_value(value)


def mask_event(_logger: WrappedLogger, _level: str, event: EventDict) -> EventDict:
    """The last-resort processor: masks by field name and by the look of every text in the event."""
    return {name: _mask_field(name, value) for name, value in event.items()}


_QUOTED = re.compile(r"""'([^'\n]*)'|"([^"\n]*)\"""")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.]{0,40}")


def _without_quotations(text: str) -> str:
    """The text without quoted values: Python's messages quote what they could not digest."""

    def keep(match: re.Match[str]) -> str:
        quoted = match[1] or match[2] or ""
        return match[0] if _IDENTIFIER.fullmatch(quoted) else "[quoted]"

    return _QUOTED.sub(keep, text)


def _is_database_error(error: BaseException) -> bool:
    module = type(error).__module__.partition(".")[0]
    return module in {"sqlalchemy", "psycopg"}


def _is_about_the_connection(error: BaseException) -> bool:
    names = {kind.__name__ for kind in type(error).__mro__}
    return not names.isdisjoint({"OperationalError", "TimeoutError"})


def describe_error(error: BaseException) -> str:
    """Type and message of an error, with no value of a request, a row or a parameter in it.

    Quoted values are left out unless they look like an identifier. Database errors quote parameters
    ("[parameters: …]") and rows ("Failing row contains …"), so of them only SQLSTATE and the
    constraint are kept, and PostgreSQL's own sentence where its class cannot quote data (not 22,
    data exceptions, and 23, integrity violations).
    """
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if not _is_database_error(error):
        text = mask_text(_without_quotations(str(error)))
        return f"{name}: {text[:_LONGEST_MESSAGE]}" if text else name
    driver_error = getattr(error, "orig", None) or error
    state = getattr(driver_error, "sqlstate", None)
    diagnostics = getattr(driver_error, "diag", None)
    parts = [f"sqlstate={state}"] if state else []
    if constraint := getattr(diagnostics, "constraint_name", None):
        parts.append(f"constraint={constraint}")
    sentence = getattr(diagnostics, "message_primary", None)
    if state is None and _is_about_the_connection(driver_error):
        sentence, state = str(driver_error).partition("\n")[0], "08"
    if sentence and state and state[:2] not in {"22", "23"}:
        parts.append(mask_text(sentence)[:_LONGEST_MESSAGE])
    return f"{name}: {' '.join(parts)}" if parts else name


def describe_traceback(error: BaseException) -> str:
    """The traceback of an error and its causes as text, messages as `describe_error` gives them."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(describe_error(current))
        lines.extend(line.rstrip() for line in traceback.format_tb(current.__traceback__))
        following = current.__cause__
        if following is None and not current.__suppress_context__:
            following = current.__context__
        if following is not None:
            lines.append("because of")
        current = following
    return "\n".join(lines)


def _error_of(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return cast("tuple[type[BaseException], BaseException, TracebackType]", exc_info)[1]
    return sys.exc_info()[1] if exc_info else None


def format_error(_logger: WrappedLogger, _level: str, event: EventDict) -> EventDict:
    """Turns `exc_info` into the field `exception`."""
    error = _error_of(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = describe_traceback(error)
    return event


_bound: ContextVar[Mapping[str, object] | None] = ContextVar("respite_log_fields", default=None)


def bind_log_fields(**fields: object) -> None:
    """Has every event that is logged in this context from now on carry these fields, in place of
    those bound before.

    One context variable, where structlog has one for each field: a worker does this for every job.
    """
    _bound.set(fields)


def add_bound_fields(_logger: WrappedLogger, _level: str, event: EventDict) -> EventDict:
    """Adds what is bound in this context; an event's own fields win."""
    return {**(_bound.get() or {}), **event}


def configure_logging(
    process: str, level: str = "INFO", fmt: Literal["json", "console"] = "json"
) -> None:
    """Sends this process's log to stderr; libraries' records take the same way and masking.

    process: name of the process, a field of every event. level: a name of `logging`.
    """

    def add_process(_logger: WrappedLogger, _level: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    shared: list[Processor] = [
        add_bound_fields,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_process,
        tracing.add_ids,
        format_error,
    ]
    handler = UnhinderedHandler(sys.stderr)
    handler.setFormatter(_formatter(shared, fmt))
    threshold = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=threshold, handlers=[handler], force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _formatter(shared: list[Processor], fmt: Literal["json", "console"]) -> logging.Formatter:
    """Masks and writes events; a library's record becomes one by `shared` first."""
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if fmt == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            mask_event,
            renderer,
        ],
    )


def get_logger(name: str) -> FilteringBoundLogger:
    """The logger of a module: `log.info("event_name", field=value)`."""
    return cast(FilteringBoundLogger, structlog.get_logger(name))
