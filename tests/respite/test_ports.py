"""Ports are looked at before anything starts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from respite.ports import PortsTaken, check_ports
from respite.processes import BY_NAME, PROCESSES, BadPort
from tests.ports import free_ports

GATEWAY = [BY_NAME["gateway"]]


@contextmanager
def taken(host: str = "127.0.0.1") -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind((host, 0))
        holder.listen()
        yield holder.getsockname()[1]


def gateway_at(port: int) -> dict[str, str]:
    (other,) = free_ports(1)
    return {"GATEWAY_PORT": str(port), "GATEWAY_METRICS_PORT": str(other)}


def test_a_taken_port_is_named_with_the_variable_that_moves_it() -> None:
    with taken() as port, pytest.raises(PortsTaken) as caught:
        check_ports(GATEWAY, gateway_at(port), with_postgres=False, patience=0)
    assert str(caught.value) == f"port {port} (gateway) is taken: set GATEWAY_PORT to another"


def test_a_port_that_is_taken_on_every_address_is_taken_here() -> None:
    with taken("0.0.0.0") as port, pytest.raises(PortsTaken):
        check_ports(GATEWAY, gateway_at(port), with_postgres=False, patience=0)


def test_free_ports_are_free_and_stay_so() -> None:
    environment = gateway_at(*free_ports(1))
    for _ in range(2):
        check_ports(GATEWAY, environment, with_postgres=False, patience=0)


def test_the_database_has_a_port_too() -> None:
    environment = gateway_at(*free_ports(1))
    with taken() as port, pytest.raises(PortsTaken, match="POSTGRES_PORT"):
        environment["POSTGRES_PORT"] = str(port)
        check_ports(GATEWAY, environment, with_postgres=True, patience=0)


def test_what_still_drains_is_waited_for() -> None:
    with taken() as port:
        environment = gateway_at(port)
        holder = threading.Event()

        def check() -> None:
            check_ports(GATEWAY, environment, with_postgres=False, patience=30)
            holder.set()

        waiting = threading.Thread(target=check)
        waiting.start()
        assert not holder.wait(0.5)
    waiting.join(60)
    assert holder.is_set()


def test_two_variables_with_one_port_are_told() -> None:
    environment = {"JOBS_PORT": "6000", "BILLING_PORT": "6000"}
    with pytest.raises(PortsTaken, match="BILLING_PORT and JOBS_PORT are the same"):
        check_ports(PROCESSES, environment, with_postgres=False, patience=0)


def test_a_variable_that_holds_no_port_is_told() -> None:
    with pytest.raises(BadPort, match="GATEWAY_PORT"):
        check_ports(GATEWAY, {"GATEWAY_PORT": "http"}, with_postgres=False, patience=0)
