"""A wire between two parts, which a story can cut or jam."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Literal

State = Literal["whole", "cut", "jammed"]


class Wire:
    """A TCP relay to a port on this machine.

    whole: bytes pass. cut: connections are refused and those open are closed. jammed: connections
    are accepted and nothing passes any more.
    """

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._state: State = "whole"
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._may_pass = asyncio.Event()
        self._may_pass.set()
        self.port = 0

    async def start(self) -> None:
        """Listens on a free port, always the same one from then on."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def become(self, state: State) -> None:
        """Changes what happens to bytes, at once."""
        if state == self._state:
            return
        before, self._state = self._state, state
        if state == "jammed":
            self._may_pass.clear()
        else:
            self._may_pass.set()
        if state == "cut":
            await self.close()
        elif before == "cut":
            await self.start()

    async def close(self) -> None:
        """Stops listening and closes what is open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        self._open -= {writer, far_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._may_pass.wait()
                writer.write(data)
                await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()
