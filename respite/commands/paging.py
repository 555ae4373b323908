"""Lists of the services, read page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from respite.commands.showing import note

_LARGEST_PAGE: Final = 1000


def pages(
    call: Callable[[Any], Any],
    request: Any,
    field: str,
    limit: int,
    page_size: int = _LARGEST_PAGE,
) -> Iterator[Any]:
    """The items of a List call, one after the other, as many as are asked for.

    request: without page_size and page_token. field: of the answer, which holds the items.
    limit: 0 for all; where more are there, that is said at the end.
    """
    request.page_size = min(limit, page_size) if limit else page_size
    seen = 0
    while True:
        answer = call(request)
        items = getattr(answer, field)
        if limit and seen + len(items) >= limit:
            yield from islice(items, limit - seen)
            if len(items) > limit - seen or answer.next_page_token:
                note(f"there are more than {limit}: --limit 0 shows all")
            return
        yield from items
        seen += len(items)
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token
