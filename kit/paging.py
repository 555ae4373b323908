"""Keyset paging: a page starts after the key of the last row of the page before."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, tuple_

from kit.refusals import InvalidArgument

RowT = TypeVar("RowT")
SelectT = TypeVar("SelectT", bound=Select[Any])

MAXIMUM_PAGE_SIZE: Final = 1000
_MAXIMUM_TOKEN_LENGTH: Final = 2000


@dataclass(frozen=True, slots=True)
class Page:
    """What a List request asks for.

    size: rows wanted, at least 1.
    after: key of the last row that the caller has seen, None on the first page. It comes from the
        caller and may be forged: take it through `key()`, or let `select()` apply it.
    """

    size: int
    after: tuple[Any, ...] | None = None

    @classmethod
    def parse(
        cls,
        page_size: int,
        page_token: str,
        default: int = 50,
        maximum: int = MAXIMUM_PAGE_SIZE,
    ) -> Page:
        """Reads the two fields of a List request as AIP-158 has them.

        A size of 0 means `default`; more than `maximum` is given as `maximum`. Raises
        InvalidArgument naming `page_size` (negative) or `page_token` (not one of ours).
        """
        if page_size < 0:
            raise InvalidArgument("page_size", "must not be negative")
        after = _decode(page_token) if page_token else None
        return cls(min(page_size or default, maximum), after)

    def token(self, *key: Any) -> str:
        """The page_token that continues after the row with this key.

        key: values of str, int, float, UUID or aware datetime; TypeError for others.
        """
        text = json.dumps([_pack(value) for value in key], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode("ascii")

    def key(self, *types: type) -> tuple[Any, ...] | None:
        """`after`, checked to hold one value of each type; None on the first page.

        Raises InvalidArgument naming `page_token` for a token of another list.
        """
        if self.after is None:
            return None
        if tuple(type(value) for value in self.after) != types:
            raise _not_ours()
        return self.after

    def select(
        self, stmt: SelectT, *columns: ColumnElement[Any], descending: bool = False
    ) -> SelectT:
        """`stmt` narrowed to this page: after the key, in the order of `columns`, one row too many.

        columns: together unique and not null, best the columns of one index. The extra row tells
        `cut()` whether there is a next page. Raises InvalidArgument naming `page_token`.
        """
        after = self.key(*(column.type.python_type for column in columns))
        if after is not None:
            left = tuple_(*columns)
            right = tuple_(*(literal(v, c.type) for v, c in zip(after, columns, strict=True)))
            stmt = stmt.where(left < right if descending else left > right)
        order = [column.desc() if descending else column.asc() for column in columns]
        return stmt.order_by(*order).limit(self.size + 1)

    def cut(
        self, rows: Sequence[RowT], key: Callable[[RowT], tuple[Any, ...]]
    ) -> tuple[Sequence[RowT], str]:
        """The rows of this page and its next_page_token, "" on the last page.

        rows: at most size + 1, as `select()` limits them. key: the values of its columns in a row.
        """
        if len(rows) <= self.size:
            return rows, ""
        page = rows[: self.size]
        return page, self.token(*key(page[-1]))


def _pack(value: Any) -> Any:
    if isinstance(value, UUID):
        return {"u": str(value)}
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a naive datetime has no place in a page token")
        return {"t": value.isoformat()}
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    raise TypeError(f"no place in a page token for {type(value).__name__}")


def _unpack(value: Any) -> Any:
    """The value that `_pack` packed; raises ValueError where it was not `_pack`."""
    match value:
        case {"u": str(text), **rest} if not rest:
            return UUID(text)
        case {"t": str(text), **rest} if not rest:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                return moment
        case str() if "\0" not in value:
            value.encode()  # a lone surrogate, which PostgreSQL cannot hold, is a ValueError
            return value
        case float():
            return value
        case int() if not isinstance(value, bool) and -(2**63) <= value < 2**63:  # a bigint
            return value
    raise ValueError(value)


def _decode(token: str) -> tuple[Any, ...]:
    try:
        if len(token) > _MAXIMUM_TOKEN_LENGTH:
            raise ValueError(len(token))
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True)
        values = json.loads(text, parse_constant=_unpack_constant)
        if not isinstance(values, list):
            raise ValueError(values)
        return tuple(_unpack(value) for value in values)
    except (ValueError, RecursionError):
        raise _not_ours() from None


def _unpack_constant(name: str) -> NoReturn:
    """NaN and the infinities are equal to nothing or after everything: no row has such a key."""
    raise ValueError(name)


def _not_ours() -> InvalidArgument:
    return InvalidArgument("page_token", "must be the next_page_token of an earlier answer")
