"""Tables on terminals of some width."""

from __future__ import annotations

from io import StringIO

from rich.console import Console
from rich.text import Text

from respite.commands.tables import fitting, say_fitting

COLUMNS = ("crisis", "kind", ">texts", "person")
ROWS = [
    [Text("01a21773-53c1-702a"), Text("suicide"), Text("2"), Text("01a21773-53a3-7598")],
    [Text("01a21773-53c1-702b"), Text("abuse"), Text("10"), Text("")],
]


def said(width: int, *, apart: bool = False) -> list[str]:
    printed = StringIO()
    console = Console(file=printed, width=width, highlight=False, color_system=None)
    say_fitting(console, COLUMNS, ROWS, apart=apart)
    return [line.rstrip() for line in printed.getvalue().splitlines()]


def test_where_there_is_room_nothing_is_cut() -> None:
    heading, first, _ = said(80, apart=True)
    assert heading.split() == ["crisis", "kind", "texts", "person"]
    assert first.split() == [cell.plain for cell in ROWS[0]]


def test_columns_are_whole_from_the_left_and_what_is_left_of_the_room_has_a_part() -> None:
    assert fitting([18, 7, 5, 18], 60) == [18, 7, 5, 18]
    assert fitting([18, 7, 5, 18], 53) == [18, 7, 5, 17]
    assert fitting([18, 7, 5, 18], 40) == [18, 7, 5]
    heading, first, _ = said(46)
    assert heading.split() == ["crisis", "kind", "texts", "person"]
    assert first == "01a21773-53c1-702a  suicide      2  01a21773-…"


def test_rows_whose_ids_are_needed_are_told_line_by_line_where_there_is_too_little_room() -> None:
    assert said(30, apart=True) == [
        "crisis  01a21773-53c1-702a",
        "kind    suicide",
        "texts   2",
        "person  01a21773-53a3-7598",
        "",
        "crisis  01a21773-53c1-702b",
        "kind    abuse",
        "texts   10",
    ]
