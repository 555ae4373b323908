"""One frame, for scripts, tests and whoever only wants a look."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from respite.top import frame
from respite.top.picture import Picture


def say_frame(console: Console, picture: Picture, sort: frame.Sort) -> None:
    """Prints everything that the live view shows, all panes below each other."""
    top = Table.grid(expand=True)
    top.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    top.add_column(no_wrap=True, justify="right")
    top.add_row(frame.headline(picture), frame.when(picture, picture.at))
    parts: list[RenderableType] = [top, *frame.concern_lines(picture), *frame.summary(picture)]
    parts.append(_table(frame.QUEUE_COLUMNS, frame.queue_rows(picture, sort)))
    for columns, rows in (
        (frame.DEAD_COLUMNS, frame.dead_rows(picture)),
        (frame.WORKER_COLUMNS, frame.worker_rows(picture)),
        (frame.LANE_COLUMNS, frame.lane_rows(picture)),
    ):
        if rows:
            parts += [Text(""), _table(columns, rows)]
    for part in parts:
        console.print(part, highlight=False)


def _table(
    columns: Sequence[frame.Column], rows: Sequence[tuple[str, Sequence[Text]]]
) -> RenderableType:
    table = Table(box=None, padding=0, pad_edge=False, header_style=f"bold {frame.QUIET}")
    for heading, width in columns:
        right = heading.startswith(">")
        table.add_column(
            heading.removeprefix(">"),
            justify="right" if right else "left",
            min_width=width,
            no_wrap=True,
        )
    for _, cells in rows:
        table.add_row(*cells)
    return table
