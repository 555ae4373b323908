"""Tables as a terminal of some width shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP: Final = 2
"""Spaces between two columns."""
_LEAST: Final = 5
"""Less of a column tells nothing."""

Row = Sequence[Text]


def say_fitting(
    console: Console, columns: Sequence[str], rows: Sequence[Row], *, apart: bool = False
) -> None:
    """Prints rows under headings, as much of them as the terminal has room for, from the left.

    A heading that begins with ">" is one of numbers, to the right. apart: where there is not room
    for all, each row is told by itself, a line a column, so that nothing is cut.
    """
    widths = widths_of(columns, rows)
    room = fitting(widths, console.width)
    if apart and room != widths:
        _say_apart(console, columns, rows)
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    for heading, width in zip(columns, room, strict=False):
        justify: Literal["right", "left"] = "right" if heading.startswith(">") else "left"
        table.add_column(heading.removeprefix(">"), justify=justify, width=width, no_wrap=True)
    for row in rows:
        table.add_row(*row[: len(room)])
    console.print(table)


def widths_of(columns: Sequence[str], rows: Sequence[Row]) -> list[int]:
    """How wide each column has to be for nothing to be cut."""
    return [
        max(len(heading.removeprefix(">")), *(row[place].cell_len for row in rows))
        for place, heading in enumerate(columns)
    ]


def fitting(widths: Sequence[int], room: int) -> list[int]:
    """How wide columns are in so much room: from the left those that fit, and a part of one."""
    fitted: list[int] = []
    for width in widths:
        left = room - sum(fitted) - GAP * len(fitted)
        if width > left:
            return [*fitted, left] if left >= _LEAST else fitted
        fitted.append(width)
    return fitted


def _say_apart(console: Console, columns: Sequence[str], rows: Sequence[Row]) -> None:
    names = [heading.removeprefix(">") for heading in columns]
    widest = max(map(len, names))
    for place, row in enumerate(rows):
        if place:
            console.print()
        for name, cell in zip(names, row, strict=True):
            if cell.plain:
                line = Text(f"{name:<{widest}}{' ' * GAP}", "bold").append_text(cell)
                console.print(line, soft_wrap=True)
