"""A whole line, as `respite up` runs it, on a day on which everything happens once."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import grpc
import psycopg
from psycopg.types.json import Jsonb

from kit.channel import channel
from kit.tls import TlsFiles
from protos.identity.v1 import identity_pb2 as identity
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from protos.profile.v1 import profile_pb2 as profile
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from respite.home import Home, read_variables
from respite.processes import PROCESSES
from respite.providers import SANDBOX_ACCOUNT_SID, SANDBOX_FROM_NUMBER
from sandbox.signing import stripe_signature, twilio_signature
from tests.respite.stack import Stack
from tests.world.waiting import until

ANA: Final = "+12025550143"
BO: Final = "+12025550167"
CY: Final = "+12025550189"
DI: Final = "+12025550121"
EVE: Final = "+12025550132"
OPERATORS_PHONE: Final = "+12025550176"
NAME: Final = "Anastasia Quillfeather"
WORDS: Final = "marmalade lighthouse"
EVES_SID: Final = "SM" + "e" * 32
STRANGE_SIGNATURE: Final = "c3RyYW5nZXItYXQtdGhlLWRvb3I="
MODEL_KEY: Final = "sk-sandbox"
PERSONS: Final = (ANA, BO, CY, DI, EVE, OPERATORS_PHONE, *NAME.split(), *WORDS.split())
"""Whatever is a person's: each word would be one too many."""

_FORM: Final = "application/x-www-form-urlencoded"
_UNHANDLED: Final = {
    "id": "evt_watching",
    "object": "event",
    "type": "product.created",
    "livemode": False,
}


class Line:
    """One run. Whatever a person or a provider does goes by the sandbox."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.home = Path(stack.environment["RESPITE_HOME"])
        self.signatures: list[str] = []
        self._open: list[grpc.Channel] = []

    def port(self, variable: str) -> int:
        """The port that this variable moves."""
        return int(self.stack.environment[variable])

    @property
    def metrics_ports(self) -> dict[str, int]:
        """The health ports, by process."""
        return {
            each.name: self.port(each.health.variable) for each in PROCESSES if each.has_metrics
        }

    def metrics(self) -> dict[str, str]:
        """What each process serves under /metrics."""
        pages = {}
        for name, port in self.metrics_ports.items():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
                pages[name] = answer.read().decode()
        return pages

    def texts(self, number: str, body: str) -> None:
        """A person texts the line."""
        self.sandbox("POST", "/sandbox/texts", {"from": number, "body": body})

    def sent(self, number: str) -> list[str]:
        """The ids of the texts that a phone sent, oldest first."""
        return [each["sid"] for each in self._messages(number) if each["direction"] == "in"]

    def received(self, number: str) -> list[Mapping[str, Any]]:
        """What a phone was sent, oldest first."""
        return [each for each in self._messages(number) if each["direction"] == "out"]

    def _messages(self, number: str) -> Sequence[Mapping[str, Any]]:
        path = f"/sandbox/phones/{urllib.parse.quote(number, safe='')}"
        shown: Sequence[Mapping[str, Any]] = self.sandbox("GET", path)["messages"]
        return shown

    def logs(self) -> dict[str, bytes]:
        """What every process has logged, PostgreSQL among them."""
        return {path.name: path.read_bytes() for path in self.home.rglob("*.log")}

    def database_urls(self) -> dict[str, str]:
        """What stands in the environment of the processes to open databases with, by variable."""
        found = {}
        for pid in self.stack.processes():
            for variable in Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0"):
                name, _, value = variable.partition("=")
                if name.endswith("DATABASE_URL"):
                    found[name] = value
        return found

    def passwords(self) -> set[str]:
        """Those in them."""
        urls = self.database_urls().values()
        return {urllib.parse.urlsplit(url).password or "" for url in urls} - {""}

    def receives(self, number: str, count: int) -> None:
        """Waits until a phone was sent so many texts."""
        until(lambda: len(self.received(number)) >= count, f"{count} texts to {number}", 60)

    def sandbox(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One call of the sandbox's own API."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port('SANDBOX_PORT')}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def posts(self, path: str, body: str, headers: Mapping[str, str]) -> int:
        """Posts to the gateway; the status."""
        address = f"http://127.0.0.1:{self.port('GATEWAY_PORT')}{path}"
        request = urllib.request.Request(address, data=body.encode(), headers=dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    def channel_as(self, caller: str, service: str) -> grpc.Channel:
        """A channel to a service, with the certificate of `caller`."""
        name = f"{service}.v1.{service.capitalize()}Service"
        address = f"dns:///localhost:{self.port(f'{service.upper()}_PORT')}"
        opened = channel(address, TlsFiles.of(self.home / "certs", caller), service=name)
        self._open.append(opened)
        return opened

    def rests(self) -> None:
        """Waits until nothing that is due is left to do."""
        stub = JobsServiceStub(self.channel_as("operator", "jobs"))

        def is_at_rest() -> bool:
            waiting = self.sandbox("GET", "/sandbox/status")["webhooks_waiting"]
            stats = stub.GetQueueStats(jobs.GetQueueStatsRequest()).types
            return not waiting and not any(each.ready + each.running for each in stats)

        until(is_at_rest, "rest", 60)

    def close(self) -> None:
        """Closes the channels."""
        for opened in self._open:
            opened.close()


@contextmanager
def line_of(environment: Mapping[str, str], output: Path) -> Iterator[Line]:
    """`respite up`, ready; stopped as by Ctrl-C."""
    stack = Stack(environment, output)
    try:
        stack.await_ready()
        line = Line(stack)
        yield line
        line.close()
    finally:
        status = stack.stop()
    assert status == 0, stack.said


def live_through_a_day(line: Line) -> None:
    """A person who texts, is known by name, pays, and is in a crisis; one whose text cannot be
    sent, or does not arrive; one who opted out and is in a crisis; one who writes twice before an
    answer; one by a way of their own; and strangers at every door."""
    line.texts(ANA, f"hello, {WORDS}")
    line.receives(ANA, 1)
    _is_known_by_name(line)
    line.sandbox("POST", "/sandbox/subscribe", {"phone": ANA, "link": "phone"})
    line.receives(ANA, 2)
    line.texts(ANA, f"I want to die, {WORDS}")
    line.receives(ANA, 3)
    line.sandbox("POST", "/sandbox/faults", _failing(21211, BO))
    line.texts(BO, "hello")
    line.rests()
    line.sandbox("POST", "/sandbox/faults", _failing(30003, CY))
    line.texts(CY, "hello")
    line.receives(CY, 1)
    line.rests()
    line.texts(CY, "STOP")
    line.rests()
    line.texts(CY, f"I want to die, {WORDS}")
    _writes_twice(line)
    _signs_for_themselves(line)
    _come_strangers(line)
    _is_quoted_by_the_database(line)
    line.rests()


def _failing(code: int, number: str) -> dict[str, Any]:
    return {
        "provider": "twilio",
        "kind": "error_code",
        "code": code,
        "times": 1,
        "match": {"To": number},
    }


def _is_known_by_name(line: Line) -> None:
    users = IdentityServiceStub(line.channel_as("worker", "identity"))
    user = users.GetUserByPhone(identity.GetUserByPhoneRequest(phone_number=ANA)).user
    named = identity.UpdateUserRequest(user=identity.User(user_id=user.user_id, name=NAME))
    named.update_mask.paths.append("name")
    users.UpdateUser(named)
    known = profile.UpdateProfileRequest(
        profile=profile.Profile(user_id=user.user_id, first_name=NAME)
    )
    known.update_mask.paths.append("first_name")
    ProfileServiceStub(line.channel_as("worker", "profile")).UpdateProfile(known)


def _writes_twice(line: Line) -> None:
    """Both texts wait when the answer is begun, because until then nobody may begin it; and it is
    the first one's, whose job is there before the second is sent."""
    queue = JobsServiceStub(line.channel_as("operator", "jobs"))
    queue.PauseType(jobs.PauseTypeRequest(type="answer_sms"))

    def are_there(*states: jobs.JobState.ValueType) -> bool:
        found = queue.ListJobs(jobs.ListJobsRequest(type="answer_sms", page_size=1000)).jobs
        return set(states) <= {each.state for each in found}

    line.texts(DI, "hello")
    until(lambda: are_there(jobs.JOB_STATE_READY), "the first answer's job", 60)
    line.texts(DI, "are you there?")
    until(
        lambda: are_there(jobs.JOB_STATE_READY, jobs.JOB_STATE_BLOCKED), "two texts that wait", 60
    )
    queue.ResumeType(jobs.ResumeTypeRequest(type="answer_sms"))
    line.receives(DI, 1)


def _signs_for_themselves(line: Line) -> None:
    """Posts whose signatures are known to the test."""
    made = read_variables(Home(line.home).secrets)
    form = {
        "MessageSid": EVES_SID,
        "AccountSid": SANDBOX_ACCOUNT_SID,
        "From": EVE,
        "To": SANDBOX_FROM_NUMBER,
        "Body": f"hello, {WORDS}",
    }
    address = f"http://localhost:{line.port('GATEWAY_PORT')}/twilio/sms"
    signature = twilio_signature(made["TWILIO_AUTH_TOKEN"], address, list(form.items()))
    line.signatures.append(signature)
    headers = {"X-Twilio-Signature": signature, "Content-Type": _FORM}
    assert line.posts("/twilio/sms", urllib.parse.urlencode(form), headers) == 200
    payload = json.dumps({**_UNHANDLED, "data": {"object": {"name": NAME}}})
    signature = stripe_signature(
        [made["STRIPE_WEBHOOK_SECRET"]], payload.encode(), int(time.time())
    )
    line.signatures.append(signature.rpartition("v1=")[2])
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    assert line.posts("/stripe", payload, headers) == 200


def _come_strangers(line: Line) -> None:
    """Somebody posts without a valid signature; one call is made wrongly, and one without right."""
    form = urllib.parse.urlencode({"From": ANA, "Body": WORDS, "MessageSid": "SM1"})
    signed = {"X-Twilio-Signature": STRANGE_SIGNATURE, "Content-Type": _FORM}
    assert line.posts("/twilio/sms", form, signed) == 403
    for caller, number in (("gateway", ANA), ("worker", f"tel {ANA}")):
        users = IdentityServiceStub(line.channel_as(caller, "identity"))
        try:
            users.EnsureUser(identity.EnsureUserRequest(phone_number=number))
        except grpc.RpcError:
            continue
        raise AssertionError("a stranger was let in")


def _is_quoted_by_the_database(line: Line) -> None:
    """A statement fails whose error, by default, quotes the row."""
    url = line.database_urls()["IDENTITY_DATABASE_URL"]
    with psycopg.connect(url) as connection, contextlib.suppress(psycopg.errors.UniqueViolation):
        connection.execute(
            "INSERT INTO identity.users SELECT (jsonb_populate_record(u, %s)).*"
            " FROM identity.users u WHERE phone_number = %s",
            (Jsonb({"user_id": str(uuid.uuid4())}), ANA),
        )
        raise AssertionError("a number is known twice")
