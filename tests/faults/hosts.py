"""Three hosts on one machine: network namespaces on a switch that is one too.

Each host has the names of services in a hosts file of its own, as a cluster's DNS would give them:
jobs is on every host, the other services on the first. PostgreSQL and the providers are outside, on
the machine itself.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from kit.postgres import EmbeddedPostgres
from respite import certs
from respite.development import development_environment, made_secrets
from respite.home import CHECKOUT, Home
from respite.migrate import migrate_all
from respite.processes import BY_NAME, SERVICES, environment_of
from tests.databases import FAST
from tests.faults.line import Another, until

HOSTS: Final = (1, 2, 3)
OUTSIDE: Final = 9
ON_EVERY_HOST: Final = ("jobs", "worker", "gateway")
ON_THE_FIRST: Final = ("identity", "profile", "conversation", "billing")
PUBLIC_URL: Final = "https://line.test"


class Network:
    """A switch, and a cable from it to each host and to the machine itself.

    Addresses are from what RFC 2544 sets aside for testing. Every host knows the others' hardware
    addresses, so that nothing finds out from a missing one that a host is gone: what is sent to it
    vanishes, as behind a router.
    """

    def __init__(self) -> None:
        self._number = random.randrange(256)
        self._name = f"respite{self._number}"
        self._folders: list[Path] = []

    def address(self, host: int) -> str:
        return f"198.18.{self._number}.{host}"

    def namespace(self, host: int) -> str:
        return f"{self._name}-{host}"

    def build(self) -> None:
        """Raises CalledProcessError where the kernel lacks something."""
        _ip("netns", "add", self._name)
        self._on_switch("link", "add", "switch", "type", "bridge")
        self._on_switch("link", "set", "switch", "up")
        for host in HOSTS:
            _ip("netns", "add", self.namespace(host))
            self._write_names(self.namespace(host))
        for host in (*HOSTS, OUTSIDE):
            self._plug_in(host)
        for host in (*HOSTS, OUTSIDE):
            for other in {*HOSTS, OUTSIDE} - {host}:
                self._on(
                    host, "neigh", "replace", self.address(other), "lladdr", _hardware(other),
                    "dev", self._cable(host), "nud", "permanent",
                )  # fmt: skip

    def cut(self, host: int) -> None:
        """What the host sends and is sent vanishes; its own link stays up."""
        self._on_switch("link", "set", f"port{host}", "nomaster")

    def rejoin(self, host: int) -> None:
        """Ends `cut`."""
        self._on_switch("link", "set", f"port{host}", "master", "switch")

    def remove(self) -> None:
        """Takes everything away, however much of it there is."""
        for namespace in (self._name, *map(self.namespace, HOSTS)):
            subprocess.run(["ip", "netns", "delete", namespace], check=False, capture_output=True)
        for folder in self._folders:
            shutil.rmtree(folder)

    def _plug_in(self, host: int) -> None:
        cable = self._cable(host)
        self._on_switch("link", "add", f"port{host}", "type", "veth", "peer", "name", cable)
        self._on_switch("link", "set", f"port{host}", "master", "switch", "up")
        place = "1" if host == OUTSIDE else self.namespace(host)
        self._on_switch("link", "set", cable, "netns", place)
        self._on(host, "link", "set", cable, "address", _hardware(host))
        self._on(host, "address", "add", f"{self.address(host)}/24", "dev", cable)
        self._on(host, "link", "set", cable, "up")
        if host != OUTSIDE:
            self._on(host, "link", "set", "lo", "up")

    def _cable(self, host: int) -> str:
        return f"rsp{self._number}-{host}"

    def _on(self, host: int, *words: str) -> None:
        _ip(*(() if host == OUTSIDE else ("-n", self.namespace(host))), *words)

    def _on_switch(self, *words: str) -> None:
        _ip("-n", self._name, *words)

    def _write_names(self, namespace: str) -> None:
        """`ip netns exec` lays this over /etc/hosts."""
        folder = Path("/etc/netns") / namespace
        folder.mkdir(parents=True)
        self._folders.append(folder)
        names = [("127.0.0.1", "localhost")]
        names += [(self.address(host), "jobs") for host in HOSTS]
        names += [(self.address(HOSTS[0]), name) for name in ON_THE_FIRST]
        (folder / "hosts").write_text("".join(f"{where} {name}\n" for where, name in names))


def why_not() -> str:
    """Why this machine cannot have hosts in it; "" if it can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "there is no `ip` (iproute2)"
    network = Network()
    try:
        network.build()
    except (subprocess.CalledProcessError, OSError) as error:
        return f"this kernel has no namespaces, bridges or veth for us: {error}"
    finally:
        network.remove()
    return ""


class Hosts:
    """The line on three hosts."""

    def __init__(self, network: Network, output: Path, closing: ExitStack) -> None:
        self._network = network
        self._output = output
        path = Path(tempfile.mkdtemp(prefix="respite-hosts-"))
        path.chmod(0o711)
        closing.callback(shutil.rmtree, path)
        self._home = Home(path)
        certs.make(self._home.certificates)
        self._made = made_secrets(self._home)
        self.token = self._made["TWILIO_AUTH_TOKEN"]
        self.database = self._start_postgres(closing)
        self._started: dict[tuple[int, str], Another] = {}
        sandbox = self._start(OUTSIDE, "sandbox", closing)
        services = [self._start(HOSTS[0], name, closing) for name in ON_THE_FIRST]
        rest = [self._start(host, name, closing) for host in HOSTS for name in ON_EVERY_HOST]
        for each in (sandbox, *services, *rest):
            until(each.is_ready, "every process to be ready", 240)

    def gateway(self, host: int) -> str:
        """Where a host's gateway takes posts."""
        return f"http://{self._network.address(host)}:{BY_NAME['gateway'].port.number}"  # type: ignore[union-attr]

    @property
    def sandbox(self) -> str:
        """Where the sandbox is."""
        return f"http://{self._network.address(OUTSIDE)}:{BY_NAME['sandbox'].health.number}"

    def is_ready(self, host: int, name: str) -> bool:
        """Whether a process on a host takes work."""
        return self._started[host, name].is_ready()

    def pid(self, host: int, name: str) -> int:
        """Its process id, which is in the name that a worker gives itself."""
        return self._started[host, name].running.pid

    def _start_postgres(self, closing: ExitStack) -> str:
        """A server that listens outside too; the superuser's URL as hosts see it."""
        address = self._network.address(OUTSIDE)
        rules = self._home.path / "pg_hba.conf"
        rules.write_text(
            "host all all 127.0.0.1/32 scram-sha-256\nhost all all samenet scram-sha-256\n"
        )
        rules.chmod(0o644)
        settings = {**FAST, "listen_addresses": f"127.0.0.1,{address}", "hba_file": str(rules)}
        server = EmbeddedPostgres(self._home.postgres, settings)
        closing.callback(server.stop)
        url = server.start(0).replace("127.0.0.1", address)
        migrate_all(self._environment(OUTSIDE, url))
        return url

    def _environment(self, host: int, database: str) -> dict[str, str]:
        outside = self._network.address(OUTSIDE)
        given = {
            "PATH": os.environ["PATH"],
            "BIND_HOST": self._network.address(host),
            "PUBLIC_URL": PUBLIC_URL,
            "SANDBOX_URL": f"http://{outside}:{BY_NAME['sandbox'].health.number}",
            "TWILIO_BASE_URL": f"http://{outside}:{BY_NAME['sandbox'].health.number}",
            "STRIPE_BASE_URL": f"http://{outside}:{BY_NAME['sandbox'].health.number}",
            "GATEWAY_URL": self.gateway(HOSTS[0]),
            "LOG_LEVEL": "WARNING",
        }
        given |= {
            f"{name.upper()}_ADDRESS": f"dns:///{name}:{BY_NAME[name].port.number}"  # type: ignore[union-attr]
            for name in SERVICES
        }
        return development_environment(self._home, given, self._made, database)

    def _start(self, host: int, name: str, closing: ExitStack) -> Another:
        process = BY_NAME[name]
        told = environment_of(process, self._environment(host, self.database))
        told = {variable: value for variable, value in told.items() if variable != "SANDBOX_URL"}
        output = self._output / f"host{host}"
        output.mkdir(exist_ok=True)
        through: Sequence[str] = ()
        if host != OUTSIDE:
            through = ("ip", "netns", "exec", self._network.namespace(host))
        started = Another(process, told | {"PYTHONPATH": str(CHECKOUT)}, output, through)
        closing.callback(started.close)
        self._started[host, name] = started
        return started


@contextmanager
def three_hosts(output: Path) -> Iterator[tuple[Network, Hosts]]:
    """The line on three hosts, every process of it ready."""
    with ExitStack() as closing:
        network = Network()
        closing.callback(network.remove)
        network.build()
        yield network, Hosts(network, output, closing)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def _hardware(host: int) -> str:
    return f"02:00:00:00:00:{host:02x}"
