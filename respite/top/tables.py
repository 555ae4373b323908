"""The tables of the live view: rows keep their places, and the one that is chosen stays chosen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from respite.top import frame


def table_named(name: str) -> DataTable[Text]:
    """A table whose rows are chosen by a cursor."""
    return DataTable(id=name, cursor_type="row", cell_padding=0, zebra_stripes=False)


def set_columns(table: DataTable[Text], columns: Sequence[frame.Column]) -> None:
    """Begins anew, with these headings."""
    table.clear(columns=True)
    for heading, width in columns:
        name = Text(heading.removeprefix(">"))
        name.justify = "right" if heading.startswith(">") else "left"
        table.add_column(name, width=width)


def set_rows(
    table: DataTable[Text],
    columns: Sequence[frame.Column],
    rows: Sequence[tuple[str, Sequence[Text]]],
) -> None:
    """Shows these rows; the one that was chosen stays chosen, wherever it is now."""
    chosen, offset = chosen_in(table), table.scroll_offset
    table.clear()
    for name, cells in rows:
        table.add_row(
            *(_fitted(cell, column) for cell, column in zip(cells, columns, strict=True)), key=name
        )
    names = [name for name, _ in rows]
    if chosen in names:
        table.move_cursor(row=names.index(chosen), scroll=False)
        table.scroll_to(offset.x, offset.y, animate=False)


def _fitted(cell: Text, column: frame.Column) -> Text:
    heading, width = column
    fitted = cell.copy()
    fitted.truncate(width - 1 if not heading.startswith(">") else width, overflow="ellipsis")
    fitted.justify = "right" if heading.startswith(">") else "left"
    return fitted


def chosen_in(table: DataTable[Text]) -> str:
    """The name of the row that the cursor is on; "" where there is none."""
    if not table.row_count:
        return ""
    key, _ = table.coordinate_to_cell_key(Coordinate(table.cursor_row, 0))
    return key.value or ""
