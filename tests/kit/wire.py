"""A wire between a client and PostgreSQL that counts round trips and can be cut."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

from sqlalchemy import make_url

# https://www.postgresql.org/docs/current/protocol-message-formats.html
_STARTUP_VERSIONS = range(0x0003_0000, 0x0004_0000)
_ASKS_FOR_AN_ANSWER = {b"Q", b"S"}  # Query, Sync: the client now waits for ReadyForQuery


class Wire:
    """Listens on a port of its own and passes everything on to the server of `url`."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._target = (parsed.host or "", parsed.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self.round_trips = 0
        self.connections = 0
        port = self._listener.getsockname()[1]
        changed = parsed.set(host="127.0.0.1", port=port).update_query_dict(
            {"sslmode": "disable", "gssencmode": "disable"}
        )
        self.url = changed.render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Ends every connection, as a restarted pooler or an impatient firewall does."""
        for end in self._sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._sockets.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                self.connections += 1
                threading.Thread(target=self._ask, args=(client, server), daemon=True).start()
                threading.Thread(target=self._answer, args=(server, client), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError, struct.error):
            started = False
            while True:
                kind = _exactly(client, 1) if started else b""
                head = _exactly(client, 4)
                body = _exactly(client, struct.unpack("!I", head)[0] - 4)
                started = started or struct.unpack("!I", body[:4])[0] in _STARTUP_VERSIONS
                self.round_trips += kind in _ASKS_FOR_AN_ANSWER
                server.sendall(kind + head + body)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)


def _exactly(end: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = end.recv(size - len(data))
        if not more:
            raise OSError("closed")
        data += more
    return data
