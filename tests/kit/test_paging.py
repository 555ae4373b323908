from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from kit.paging import Page
from kit.refusals import InvalidArgument

moments = st.datetimes(timezones=st.just(UTC))
keys = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.uuids()
    | moments,
    min_size=1,
    max_size=4,
).map(tuple)
table = sa.table("t", sa.column("at", sa.DateTime(timezone=True)), sa.column("id", sa.Uuid))
KEY = (datetime(2026, 11, 23, tzinfo=UTC), UUID(int=7))


def sealed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def refused_field(page_size: int = 0, page_token: str = "") -> str:
    with pytest.raises(InvalidArgument) as refused:
        Page.parse(page_size, page_token)
    ((field, _),) = refused.value.violations
    return field


@given(keys)
def test_a_token_brings_its_key_back(key: tuple[Any, ...]) -> None:
    page = Page.parse(10, Page(10).token(*key))
    assert page.after == key
    assert page.key(*map(type, key)) == key


@pytest.mark.parametrize(
    ("asked", "given"), [(0, 50), (1, 1), (1000, 1000), (1001, 1000), (2**31 - 1, 1000)]
)
def test_a_page_has_fifty_rows_unless_asked_and_never_more_than_a_thousand(
    asked: int, given: int
) -> None:
    assert Page.parse(asked, "").size == given


def test_a_negative_size_is_refused() -> None:
    assert refused_field(page_size=-1) == "page_size"


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "é",
        "====",
        "a b",
        "W10=W10",
        sealed({"u": "1"}),
        sealed([None]),
        sealed([True]),
        sealed([{"u": "no uuid"}]),
        sealed([{"t": "2026-11-23T00:00:00"}]),
        sealed([{"t": "2026-11-23T00:00:00+00:00", "x": 1}]),
        sealed(["\0"]),
        sealed(["\ud800"]),
        sealed([float("nan")]),
        sealed([2**63]),
        base64.urlsafe_b64encode(b"[" * 1400).decode(),
        "A" * 3000,
    ],
)
def test_a_forged_token_is_refused(token: str) -> None:
    assert refused_field(page_token=token) == "page_token"


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_token_makes_it_fail_otherwise(noise: bytes) -> None:
    for token in (base64.urlsafe_b64encode(noise).decode(), noise.decode(errors="replace")):
        try:
            Page.parse(0, token)
        except InvalidArgument:
            continue


def test_the_first_page_has_no_condition_and_one_row_too_many() -> None:
    stmt = Page(2).select(sa.select(table), table.c.at, table.c.id)
    assert "WHERE" not in str(stmt)
    assert stmt.compile().params == {"param_1": 3}


def test_the_next_page_starts_after_the_key_in_either_direction() -> None:
    page = Page.parse(2, Page(2).token(*KEY))
    up = page.select(sa.select(table), table.c.at, table.c.id)
    down = page.select(sa.select(table), table.c.at, table.c.id, descending=True)
    assert "(t.at, t.id) > (" in str(up)
    assert "ORDER BY t.at ASC, t.id ASC" in str(up)
    assert "(t.at, t.id) < (" in str(down)
    assert "ORDER BY t.at DESC, t.id DESC" in str(down)


@pytest.mark.parametrize("key", [KEY[:1], KEY[::-1], (*KEY, 1), ("2026", KEY[1])])
def test_a_token_of_another_list_is_refused_and_not_sent_to_the_database(
    key: tuple[Any, ...],
) -> None:
    page = Page.parse(2, Page(2).token(*key))
    with pytest.raises(InvalidArgument):
        page.select(sa.select(table), table.c.at, table.c.id)


def test_the_extra_row_is_cut_and_tells_that_there_is_more() -> None:
    rows, token = Page(2).cut([(1,), (2,), (3,)], key=lambda row: row)
    assert rows == [(1,), (2,)]
    assert Page.parse(2, token).key(int) == (2,)
    assert Page(2).cut([(1,), (2,)], key=lambda row: row) == ([(1,), (2,)], "")


@pytest.mark.parametrize("value", [True, None, b"x", datetime(2026, 1, 1)])  # noqa: DTZ001
def test_a_key_of_another_kind_is_a_mistake_of_ours(value: Any) -> None:
    with pytest.raises(TypeError):
        Page(1).token(value)
