"""A whole line as `respite up` runs it, real processes all of it, and people who text it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import grpc

from kit.certificates import TlsFiles
from kit.channel import channel
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.conversation.v1.conversation_pb2_grpc import ConversationServiceStub
from protos.identity.v1 import identity_pb2 as identity
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from respite.development import development_environment, made_secrets
from respite.home import CHECKOUT, Home
from respite.processes import BY_NAME, PROCESSES, Process, environment_of
from respite.providers import SANDBOX_ACCOUNT_SID, SANDBOX_FROM_NUMBER
from respite.ready import readiness
from services.jobs.settlement import EXPIRED
from services.jobs.types import JOB_TYPES
from tests.ports import free_port
from tests.respite.stack import Stack, clean_environment
from tests.world.loop import Loop
from tests.world.posting import post_form
from tests.world.wire import State, Wire

T = TypeVar("T")

INBOUND = conversation.Direction.DIRECTION_INBOUND

# What the sandbox takes for a key where it is told of none.
MODEL_KEY = "sk-sandbox"


def until(condition: Callable[[], T], what: str | Callable[[], str], seconds: float) -> T:
    """As tests.world.waiting, but it asks less often: what it asks has work to do."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            named = what if isinstance(what, str) else what()
            raise AssertionError(f"waited {seconds:.0f} s in vain for {named}")
        time.sleep(0.2)
    return value


def form_of(sid: str, number: str, body: str) -> dict[str, str]:
    """What Twilio posts about a text to the line."""
    return {
        "MessageSid": sid,
        "AccountSid": SANDBOX_ACCOUNT_SID,
        "From": number,
        "To": SANDBOX_FROM_NUMBER,
        "Body": body,
        "NumMedia": "0",
    }


class Line:
    """One home, the `respite up` that runs in it, and its sandbox."""

    def __init__(self, home: Path, output: Path, **settings: str) -> None:
        """settings: environment variables besides the ports."""
        self._home = Home(home)
        self._output = output
        self._starts = 0
        self._loop = Loop()
        self.environment = clean_environment(home) | settings
        self._model = Wire(int(self.environment["SANDBOX_PORT"]))
        self._loop.run(self._model.start())
        url = f"http://localhost:{self._model.port}/v1"
        self.environment |= {"OPENAI_API_KEY": MODEL_KEY, "OPENAI_BASE_URL": url}
        self.start()

    def start(self) -> None:
        """`respite up`, until it says that it is ready."""
        self._starts += 1
        self.stack = Stack(self.environment, self._output / f"up-{self._starts}.txt")
        self.stack.await_ready()
        self.identity = IdentityServiceStub(self._channel("identity"))
        self.conversation = ConversationServiceStub(self._channel("conversation"))
        self.jobs = JobsServiceStub(self._channel("jobs"))

    def _channel(self, service: str) -> Any:
        files = TlsFiles.of(self._home.certificates, "operator")
        port = self.environment[f"{service.upper()}_PORT"]
        full = f"{service}.v1.{service.capitalize()}Service"
        return channel(f"dns:///localhost:{port}", files, service=full)

    # -- people -------------------------------------------------------------------------------

    def texts(self, number: str, body: str) -> str:
        """The person texts the line; returns the message's id, whatever becomes of its webhook."""
        sid: str = self.call("POST", "/sandbox/texts", {"from": number, "body": body})["sid"]
        return sid

    def post_text(self, port: int, sid: str, number: str, body: str) -> int:
        """Posts a text to a gateway as Twilio does, past the sandbox; returns the HTTP status."""
        token = made_secrets(self._home)["TWILIO_AUTH_TOKEN"]
        public = f"http://localhost:{self.environment['GATEWAY_PORT']}"
        return post_form(f"http://127.0.0.1:{port}", form_of(sid, number, body), token, public)

    def received(self, number: str) -> list[dict[str, Any]]:
        """What the person's phone has received."""
        messages = self.call("GET", f"/sandbox/phones/{number}")["messages"]
        return [each for each in messages if each["direction"] == "out"]

    def transcript(self, number: str) -> list[conversation.Message]:
        """Everything that was said, oldest first."""
        asked = identity.GetUserByPhoneRequest(phone_number=number)
        user_id = self.identity.GetUserByPhone(asked).user.user_id
        request = conversation.ListMessagesRequest(user_id=user_id, page_size=100)
        return list(reversed(self.conversation.ListMessages(request).messages))

    def wrongs(self, number: str) -> str:
        """What is not as after one text and one answer; "" if all is."""
        received = self.received(number)
        said = self.transcript(number)
        directions = [message.direction == INBOUND for message in said]
        if len(received) != 1 or directions != [True, False]:
            return f"{number}: {[each['body'] for each in received]}; inbound: {directions}"
        if said[1].provider_sid != received[0]["sid"]:
            return f"{number}: the transcript has another id than the phone"
        return ""

    # -- the queue and the providers ----------------------------------------------------------

    def rests(self, seconds: float) -> None:
        """Waits until no job is due or running, none waits to be tried again, and no webhook is
        on its way."""
        until(lambda: not self._unrest(), lambda: f"rest; not yet: {self._unrest()}", seconds)

    def _unrest(self) -> Mapping[str, int]:
        waiting = {"webhooks": int(self.call("GET", "/sandbox/status")["webhooks_waiting"])}
        try:
            types = self.jobs.GetQueueStats(jobs.GetQueueStatsRequest()).types
        except grpc.RpcError as error:  # it was killed a moment ago, and this channel pauses
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            return {**waiting, "unknown, for jobs is away": 1}
        for each in types:
            waiting[each.type] = each.ready + each.running + each.blocked
            if JOB_TYPES[each.type].priority < 3:  # not what goes by the clock
                waiting[each.type] += each.scheduled
        return {name: count for name, count in waiting.items() if count}

    def given_up(self) -> list[str]:
        """The types of jobs that were given up: dead letters, and answers that came too late."""
        dead = jobs.ListJobsRequest(state=jobs.JOB_STATE_DEAD, page_size=1000)
        sent = jobs.ListJobsRequest(
            state=jobs.JOB_STATE_COMPLETED, type="send_answer", page_size=1000
        )
        late = [job for job in self.jobs.ListJobs(sent).jobs if job.result == EXPIRED]
        return [job.type for job in (*self.jobs.ListJobs(dead).jobs, *late)]

    def fault(self, provider: str, kind: str, **details: Any) -> int:
        """Makes a provider go wrong."""
        body = {"provider": provider, "kind": kind, **details}
        return int(self.call("POST", "/sandbox/faults", body)["id"])

    def strikes(self, fault: int) -> int:
        """How often a fault has happened."""
        faults = self.call("GET", "/sandbox/faults")["faults"]
        return next(int(each["hits"]) for each in faults if each["id"] == fault)

    def clear_faults(self) -> None:
        """Everything works again."""
        self.call("DELETE", "/sandbox/faults")

    def model(self, state: State) -> None:
        """What the worker's wire to the model is like from now on."""
        self._loop.run(self._model.become(state))

    def texts_sent(self) -> list[str]:
        """To whom the provider has taken texts: a number for each text, the newest first."""
        token = made_secrets(self._home)["TWILIO_AUTH_TOKEN"]
        login = b64encode(f"{SANDBOX_ACCOUNT_SID}:{token}".encode()).decode()
        page: str | None = f"/2010-04-01/Accounts/{SANDBOX_ACCOUNT_SID}/Messages.json?PageSize=1000"
        found: list[str] = []
        while page:
            listed = self.call("GET", page, headers={"Authorization": f"Basic {login}"})
            texts = [each for each in listed["messages"] if each["direction"] != "inbound"]
            found += [str(each["to"]) for each in texts]
            page = listed["next_page_uri"]
        return found

    def webhooks(self, source: str) -> list[dict[str, Any]]:
        """The newest thousand webhooks of one kind and what became of them."""
        found: list[dict[str, Any]] = self.call("GET", f"/sandbox/webhooks?source={source}")[
            "webhooks"
        ]
        return found

    def running(self, job_type: str) -> int:
        """How many jobs of a type are under way."""
        stats = self.jobs.GetQueueStats(jobs.GetQueueStatsRequest()).types
        return sum(each.running for each in stats if each.type == job_type)

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """One request to the sandbox."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.environment['SANDBOX_PORT']}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Accept": "application/json", **(headers or {})},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    # -- processes ----------------------------------------------------------------------------

    def is_ready(self) -> bool:
        """Whether every process takes work."""
        return all(readiness(each, self.environment) == "ready" for each in PROCESSES)

    def kill(self, words: str, number: signal.Signals = signal.SIGKILL) -> None:
        """A signal to the one child of `respite up` whose command line holds these words."""
        ours = [pid for pid, command in self.stack.processes().items() if words in command]
        (pid,) = (pid for pid in ours if _parent(pid) == self.stack.process.pid)
        os.kill(pid, number)

    @contextmanager
    def another(self, name: str) -> Iterator[Another]:
        """One more process of this kind beside that of `respite up`; ready."""
        process = BY_NAME[name]
        public_url = f"http://localhost:{self.environment['GATEWAY_PORT']}"
        given = {**self.environment, "PUBLIC_URL": public_url}
        given |= {port.variable: str(free_port()) for port in process.ports}
        everything = development_environment(self._home, given, made_secrets(self._home), None)
        own = {**environment_of(process, everything), "PYTHONPATH": str(CHECKOUT)}
        started = Another(process, own, self._output)
        try:
            until(started.is_ready, f"another {name}", 60)
            yield started
        finally:
            started.close()

    def close(self) -> None:
        """Ends it in order; the exit status must be that of an orderly end."""
        assert self.stack.stop() == 0, self.stack.said
        self._loop.run(self._model.close())
        self._loop.close()


class Another:
    """A process that the test started. through: the command that starts it, if it is another's."""

    def __init__(
        self,
        process: Process,
        environment: Mapping[str, str],
        output: Path,
        through: Sequence[str] = (),
    ) -> None:
        self._process = process
        self._environment = environment
        self.port = process.port.chosen(environment) if process.port else 0
        with (output / f"another-{process.name}.txt").open("ab") as log:
            self.running = subprocess.Popen(
                [*through, sys.executable, "-P", "-m", "respite.serve", process.name],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def is_ready(self) -> bool:
        """Whether it takes work."""
        return readiness(self._process, self._environment) == "ready"

    def ends(self) -> None:
        """Asks it to drain and waits until it has."""
        self.running.terminate()
        assert self.running.wait(60) == 0

    def close(self) -> None:
        """Ends it at once, if it still runs."""
        self.running.kill()
        self.running.wait(60)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
