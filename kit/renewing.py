"""What a channel is made of whose certificate can be renewed while it is open."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc

from kit.tls import CertificateSource, Material, credentials_of


@dataclass(frozen=True, slots=True)
class Opening:
    """How the channels behind one of ours are made."""

    opened: Callable[[str, grpc.ChannelCredentials, tuple[tuple[str, Any], ...]], Any]
    target: str
    options: tuple[tuple[str, Any], ...]

    def __call__(self, material: Material) -> Any:
        """A channel that shows this certificate."""
        return self.opened(self.target, credentials_of(material), self.options)


class Renewing:
    """The channel in use, of threads or of a loop; replaced when its certificate is renewed.

    grpcio cannot change the certificate of an open channel, and the server would refuse an
    expired one at the next connection.
    """

    def __init__(
        self,
        source: CertificateSource,
        opening: Opening,
        retire: Callable[[Any], None],
        check_seconds: float,
    ) -> None:
        self._source = source
        self._opening = opening
        self._retire = retire
        self._check_seconds = check_seconds
        self._next_check = time.monotonic() + check_seconds
        self.channel = opening(source.material)

    def present(self) -> Any:
        """The channel that the next call takes."""
        now = time.monotonic()
        if now >= self._next_check:
            self._next_check = now + self._check_seconds
            material = self._source.renewed()
            if material is not None:
                replaced, self.channel = self.channel, self._opening(material)
                self._retire(replaced)
        return self.channel


class _Method:
    """A method of the channel in use; stands in for grpcio's multi-callables of every kind."""

    def __init__(self, renewing: Renewing, make: Callable[[Any], Any], deadline: float) -> None:
        self._renewing = renewing
        self._make = make
        self._deadline = deadline
        channel = renewing.present()
        self._bound: tuple[Any, Any] = (channel, make(channel))

    def _present(self) -> Any:
        channel = self._renewing.present()
        made_for, callable_ = self._bound
        if made_for is not channel:
            callable_ = self._make(channel)
            self._bound = (channel, callable_)
        return callable_

    def _timeout(self, timeout: float | None) -> float:
        return self._deadline if timeout is None else timeout

    def __call__(self, request: Any = None, timeout: float | None = None, **options: Any) -> Any:
        return self._present()(request, timeout=self._timeout(timeout), **options)

    def with_call(self, request: Any, timeout: float | None = None, **options: Any) -> Any:
        return self._present().with_call(request, timeout=self._timeout(timeout), **options)

    def future(self, request: Any, timeout: float | None = None, **options: Any) -> Any:
        return self._present().future(request, timeout=self._timeout(timeout), **options)


class RenewingMethods:
    """The four kinds of methods, each bound to the channel in use. Arguments are grpcio's."""

    _renewing: Renewing
    _deadline: float

    def _method(self, kind: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        def make(of: Any) -> Any:
            return getattr(of, kind)(*arguments, **options)

        return _Method(self._renewing, make, self._deadline)

    def unary_unary(self, *arguments: Any, **options: Any) -> Any:
        """A method of this kind."""
        return self._method("unary_unary", arguments, options)

    def unary_stream(self, *arguments: Any, **options: Any) -> Any:
        """A method of this kind."""
        return self._method("unary_stream", arguments, options)

    def stream_unary(self, *arguments: Any, **options: Any) -> Any:
        """A method of this kind."""
        return self._method("stream_unary", arguments, options)

    def stream_stream(self, *arguments: Any, **options: Any) -> Any:
        """A method of this kind."""
        return self._method("stream_stream", arguments, options)
