"""Ports for servers that are told where to listen, and may be away from there for a while."""

from __future__ import annotations

import itertools
import os
import random
import re
import socket
from contextlib import suppress

# Below the ports that systems hand out to whoever asks for any, and a part of them for each test
# process: one that is free now stays free until the server that it is meant for has started.
_ALL = range(20_000, 32_000)
_PROCESSES = 8


def _of_this_process() -> range:
    found = re.search(r"\d+", os.environ.get("PYTEST_XDIST_WORKER", ""))
    part = int(found[0]) % _PROCESSES if found else 0
    size = len(_ALL) // _PROCESSES
    return _ALL[part * size : (part + 1) * size]


_OURS = _of_this_process()
# Not from the first: another run of the tests may be under way on this machine.
_NEXT = itertools.islice(itertools.cycle(_OURS), random.SystemRandom().randrange(len(_OURS)), None)


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now, and that nobody was given lately."""
    return list(itertools.islice(filter(_is_free, _NEXT), count))


def free_port() -> int:
    """One of these."""
    [port] = free_ports(1)
    return port


def _is_free(port: int) -> bool:
    """At every address of this machine."""
    with suppress(OSError), socket.socket() as probe:
        probe.bind(("", port))
        return not (socket.has_ipv6 and _is_taken(port))
    return False


def _is_taken(port: int) -> bool:
    """By IPv6 alone."""
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        return probe.connect_ex(("::1", port)) == 0
    return False
