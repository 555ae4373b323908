"""How often a channel looks for a server that is away; both kinds of channels, on real sockets."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from itertools import pairwise
from queue import SimpleQueue

import grpc
import pytest
from prometheus_client import CollectorRegistry

from tests.kit.calling import calling
from tests.kit.serving import FLAVOURS, Certificates, Flavour, Serving

pytestmark = pytest.mark.slow

# Pauses grow from 0.2 s: by now they would be 3.4 s and more if 1 s were not the most.
GROWN = 8
LOOKED_AT = 3


class NobodyThere:
    """A port where whoever knocks is sent away at once. knocks: when, in seconds."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.knocks: SimpleQueue[float] = SimpleQueue()
        self._sending_away = threading.Thread(target=self._send_away)

    def _send_away(self) -> None:
        with contextlib.suppress(OSError):  # the listener is closed
            while True:
                visitor, _ = self._listener.accept()
                self.knocks.put(time.monotonic())
                visitor.close()

    def __enter__(self) -> NobodyThere:
        self._sending_away.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._sending_away.join(60)
        self._listener.close()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_server_that_is_away_for_long_is_looked_for_every_second(
    flavour: Flavour, certificates: Certificates
) -> None:
    with NobodyThere() as away:
        server = Serving(away.port, certificates, CollectorRegistry())
        with calling(flavour, server, idempotent_methods=[]) as call:
            with pytest.raises(grpc.RpcError):
                call()
            knocks = [away.knocks.get(timeout=30) for _ in range(1 + GROWN + LOOKED_AT)]
    pauses = [later - earlier for earlier, later in pairwise(knocks)]
    # The shortest: a busy machine makes a pause longer, never all of them by so much.
    assert min(pauses[GROWN:]) < 2.5
