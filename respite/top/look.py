"""How the live view looks: its colours, and where its parts are."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

CALM: Final = Theme(
    name="calm",
    primary="#7fa6c9",
    secondary="#7fb69a",
    warning="#d9b06a",
    error="#e58a86",
    background="#12161b",
    surface="#161b21",
    panel="#1c232b",
    foreground="#c9d2db",
    dark=True,
)
"""Quiet, and dark: it is looked at for hours, often at night."""

CSS: Final = """
Screen { layout: vertical; overflow: hidden; }
#head { height: 1; background: $panel; }
#headline { width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
#when { width: auto; }
#concerns, #summary { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
#summary { padding-bottom: 1; }
DataTable { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; background: $background;
            scrollbar-color: $panel; scrollbar-background: $background; }
DataTable:focus { background-tint: transparent; }
DataTable > .datatable--header { background: $background; color: $text-muted; }
DataTable > .datatable--cursor { background: $panel; color: $foreground; text-style: bold; }
DataTable:blur > .datatable--cursor { background: $background; text-style: none; }
#queues { height: 2fr; min-height: 5; }
#panes { height: 1; background: $panel; }
#pane { height: 1fr; min-height: 4; }
#keys { height: 1; color: $text-muted; }
.dialog { width: 74; height: auto; max-height: 100%; background: $panel; padding: 0 2;
          border: round $primary; }
.hint { color: $text-muted; padding-top: 1; }
Told, Asked { align: center middle; background: $background 60%; }
"""
"""See https://textual.textualize.io/guide/CSS/."""
