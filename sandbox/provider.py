"""How a request to a stand-in provider is read, recorded, made to fail and answered."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.endings import Dropped, Hanging
from sandbox.faults import Fault, Faults
from sandbox.recorder import Recorder

_HANG_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a provider. `faults` are those that strike it and let it pass so far."""

    method: str
    route: str
    path: str
    params: Mapping[str, Any]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    path_params: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, kind: str) -> Fault | None:
        """The first fault of a kind that strikes this request."""
        return next((fault for fault in self.faults if fault.kind == kind), None)


class Dialect:
    """How one provider spells its parameters and its failures."""

    name: str

    def params(self, method: str, query: str, body: bytes) -> dict[str, Any]:
        """Return the request's parameters; never raises."""
        raise NotImplementedError

    def failure(self, fault: Fault) -> Response:
        """Return the error this provider would answer with."""
        raise NotImplementedError


Handler = Callable[[Call], Response]
Failed = Callable[[Call, Response], Response]


def _as_it_is(call: Call, failure: Response) -> Response:
    return failure


class Provider:
    """Makes routes whose requests are recorded and exposed to the faults in force.

    Handlers are plain functions: they run to their end without a pause, so that two requests never
    see each other half done.
    """

    def __init__(
        self, dialect: Dialect, faults: Faults, recorder: Recorder, stopping: asyncio.Event
    ) -> None:
        self._dialect = dialect
        self._faults = faults
        self._recorder = recorder
        self._stopping = stopping

    def route(self, method: str, path: str, handler: Handler, failed: Failed = _as_it_is) -> Route:
        """Return a Starlette route for one method of one path.

        `failed` hears of a failure that a fault made of a request, and returns what is answered.
        """

        async def endpoint(request: Request) -> Response:
            call = await self._read(request, path)
            seq = self._recorder.record(
                self._dialect.name, method, path, call.path, dict(call.params)
            )
            call.faults.extend(self._faults.take("request", self._dialect.name, _facts(call)))
            response = await self._answer(call, handler, failed)
            silent = isinstance(response, Dropped)
            self._recorder.answered(seq, None if silent else response.status_code)
            return response

        return Route(path, endpoint, methods=[method])

    async def _read(self, request: Request, route: str) -> Call:
        body = await request.body()
        return Call(
            method=request.method,
            route=route,
            path=request.url.path,
            params=self._dialect.params(request.method, request.url.query, body),
            headers=request.headers,
            body=body,
            base_url=str(request.base_url).rstrip("/"),
            path_params=request.path_params,
        )

    async def _answer(self, call: Call, handler: Handler, failed: Failed) -> Response:
        for fault in call.faults:
            if fault.kind == "delay":
                await self._sleep(fault.seconds or 1.0)
        for fault in call.faults:
            if fault.kind == "timeout":
                return Hanging(fault.seconds or _HANG_SECONDS, self._stopping)
            if fault.kind == "fail" or (fault.kind == "error_code" and not fault.on_delivery):
                return failed(call, self._dialect.failure(fault))
        response = handler(call)
        return Dropped() if call.fault("drop_after_accept") else response

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _facts(call: Call) -> dict[str, Any]:
    return {**call.params, "method": call.method, "path": call.path, "route": call.route}


def retry_after(fault: Fault) -> dict[str, str]:
    """The Retry-After header a fault asks for, if it does."""
    return {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}


def raw_failure(fault: Fault, default_status: int) -> Response | None:
    """The fault's own body, sent as it is: text as HTML, as a proxy in between would."""
    if not isinstance(fault.body, str):
        return None
    return Response(
        fault.body, fault.status or default_status, retry_after(fault), media_type="text/html"
    )
