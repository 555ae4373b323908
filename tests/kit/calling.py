"""Calling the echo service through channels of the kit."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry

from kit.channel import aio_channel, channel
from tests.kit import echo
from tests.kit.serving import Flavour, Serving

Call = Callable[..., str]


@contextlib.contextmanager
def calling(flavour: Flavour, server: Serving, **options: Any) -> Iterator[Call]:
    """A function that calls the server through a channel of the kit, of either flavour."""
    settings: dict[str, Any] = {
        "files": server.certificates.service("worker"),
        "service": echo.NAME,
        "idempotent_methods": ["Say"],
        "registry": CollectorRegistry(),
        **options,
    }
    target = settings.pop("target", f"dns:///localhost:{server.port}")
    if flavour == "threads":
        with channel(target, **settings) as link:
            yield lambda name="Say", **fields: echo.call(link, name, **{"timeout": None, **fields})
        return
    with asyncio.Runner() as runner:

        async def opened() -> Any:
            return aio_channel(target, **settings)

        async_link = runner.run(opened())

        def call(name: str = "Say", **fields: Any) -> str:
            return str(runner.run(echo.async_call(async_link, name, **{"timeout": None, **fields})))

        yield call
        runner.run(async_link.close())
