"""What every process needs of the operating system: signals that end it, ports to listen on."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import threading
from types import FrameType

_ENDING = (signal.SIGTERM, signal.SIGINT)


class CannotListen(Exception):
    """A port could not be opened; the text is one line for the person who started the process."""


def cannot_listen(host: str, port: int, variable: str) -> CannotListen:
    """Why `host:port` cannot be opened, asked of the operating system, and what moves it.

    variable: the environment variable that sets the port, "" if none does.
    """
    reason = binding_problem(host, port) or "the address was refused"
    remedy = f"; set {variable} to use another port" if variable else ""
    return CannotListen(f"cannot listen on {host}:{port}: {reason}{remedy}")


def binding_problem(host: str, port: int) -> str | None:
    """Why nobody could listen there now, in the system's words; None where one could."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            # gRPC asks for a port without sharing it, and so must this: bind alone succeeds beside
            # a socket that is bound with SO_REUSEADDR and does not listen yet
            probe.listen()
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None


def stop_event_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; call it from the main thread.

    The second signal has its ordinary effect, so that an impatient Ctrl-C ends a long drain.
    """
    event = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        for each in _ENDING:
            signal.signal(each, signal.SIG_DFL)
        event.set()

    for each in _ENDING:
        signal.signal(each, stop)
    return event


def async_stop_event_on_signals() -> asyncio.Event:
    """The same for the running event loop."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for each in _ENDING:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        event.set()

    for each in _ENDING:
        loop.add_signal_handler(each, stop)
    return event


def expect_many_objects() -> None:
    """Makes the garbage collector look seldom, for a process that handles thousands of short-lived
    messages a second; call it once, when everything is imported.

    What is there by then is never looked through again. Measured on the queue's drain: the default
    thresholds cost a tenth of the worker's time, and freed nothing that was not freed anyway.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
