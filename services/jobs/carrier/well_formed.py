"""Text that can be carried in any encoding."""

from __future__ import annotations

import re

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def well_formed(text: str) -> str:
    """The text with U+FFFD for every half of a pair of surrogates that stands alone.

    JSON can write one, and Python keeps it, but nothing in UTF-8 can: not protobuf, not PostgreSQL.
    """
    return _LONE_SURROGATE.sub("\ufffd", text)
