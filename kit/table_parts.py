"""What tables of every schema declare alike: texts, moments, stamps, and checks of known values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa


def text(name: str, comment: str, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    """A text. options: of sa.Column."""
    return sa.Column(name, sa.Text, nullable=nullable, comment=comment, **options)


def moment(name: str, comment: str, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    """A timestamptz. options: of sa.Column."""
    kind = sa.DateTime(timezone=True)
    return sa.Column(name, kind, nullable=nullable, comment=comment, **options)


def stamps(
    made: str = "When the row was made", changed: str = "When it last changed"
) -> list[sa.Column[Any]]:
    """created_at and updated_at with these comments, set by the clock of the database."""
    now = sa.func.now()
    return [
        moment("created_at", made, server_default=now),
        moment("updated_at", changed, server_default=now),
    ]


def one_of(column: str, values: Iterable[str], name: str) -> sa.CheckConstraint:
    """The check `name`: the text in `column` is one of these, such as an enum's."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=name)
