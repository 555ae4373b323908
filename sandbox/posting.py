"""One post of a webhook over the wire."""

import json
from sqlite3 import Row
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from sandbox.faults import Faults
from sandbox.settings import SandboxSettings

NOBODY_LISTENS: Final = "nobody listens"
"""Why there is no status where the gateway does not run."""

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

Verdict = Literal["delivered", "retry", "give_up"]


class Carriage(Protocol):
    """How one provider posts its webhooks."""

    provider: str
    timeout_seconds: float
    retry_seconds: tuple[float, ...]

    def request(self, url: str, content: str, token: str) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of a post; `url` is the signed URL, `token` never changes."""

    def judge(self, status: int | None) -> Verdict:
        """Say what an HTTP status means; None is a time-out or a broken connection."""

    def settled(self, reference: str, delivered: bool) -> None:
        """Learn that the last post about `reference` got through, or was given up."""


class Poster:
    """Posts to this machine and to the gateway, as the faults in force let it."""

    def __init__(self, settings: SandboxSettings, faults: Faults) -> None:
        self._settings = settings
        self._faults = faults

    async def open(self, most: int) -> None:
        """Begin to post; at most so many at once."""
        self._session = aiohttp.ClientSession(
            trust_env=False, connector=aiohttp.TCPConnector(limit=most)
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def post(self, carriage: Carriage, row: Row) -> tuple[int | None, str | None]:
        """Post one delivery; return the HTTP status, or None and why there is none."""
        facts = json.loads(row["facts"])
        struck = {f.kind: f for f in self._faults.take("attempt", carriage.provider, facts)}
        if fault := struck.get("fail"):
            return fault.status, "failed by fault"
        target = self._target(row["url"])
        if target is None:
            return 0, "not an address of this machine or of the gateway"
        body, headers = carriage.request(row["url"], row["content"], row["token"])
        try:
            async with self._session.post(
                URL(target, encoded=True),
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=carriage.timeout_seconds),
            ) as response:
                await response.content.read(65_536)
                status = response.status
        except aiohttp.ClientConnectorError:
            return None, NOBODY_LISTENS
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return None, type(error).__name__
        if struck:
            return None, "answer lost by fault"
        return status, None

    def _target(self, url: str) -> str | None:
        """Where a signed URL is really posted: the gateway, or another port of this machine."""
        public = self._settings.public_url.rstrip("/")
        gateway = self._settings.gateway_url.rstrip("/")
        if url.startswith((public + "/", public + "?")) or url == public:
            return gateway + url[len(public) :]
        parts = urlsplit(url)
        local = parts.hostname in _LOOPBACK | {urlsplit(gateway).hostname}
        return url if local and parts.scheme in ("http", "https") else None
