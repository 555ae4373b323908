"""One post as it came over the wire, and how it is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException


class Refused(HTTPException):
    """A post that is answered with `status`.

    reason: snake_case, for the log and the metric and never for the caller.
    """

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(status.value)
        self.reason = reason


def malformed(reason: str) -> Refused:
    """The refusal of a post that cannot be read, or lacks what every such post has."""
    return Refused(HTTPStatus.BAD_REQUEST, reason)


@dataclass(frozen=True, slots=True)
class Post:
    """A received post.

    path, query: byte for byte as in the request line, without and after the "?".
    """

    path: bytes
    query: bytes
    headers: Headers
    body: bytes

    @property
    def target(self) -> str:
        """Path and query. Raises Refused where they are not UTF-8."""
        return _utf8(self.path + b"?" + self.query if self.query else self.path)

    def content_type(self) -> str:
        """The media type in lower case, "" where there is none, or several, or an odd one.

        Raises Refused for a charset other than UTF-8.
        """
        values = self.headers.getlist("content-type")
        if len(values) != 1 or not values[0].isascii():
            return ""
        message = Message()
        message["content-type"] = values[0]
        charset = message.get_content_charset("utf-8")
        if charset not in {"utf-8", "utf8", "us-ascii"}:
            raise unsupported()
        # The email package takes what it cannot read for text/plain, which nobody accepts here.
        return message.get_content_type()

    def text(self) -> str:
        """The body as text. Raises Refused where it is not UTF-8."""
        return _utf8(self.body)

    def json_object(self) -> dict[str, object]:
        """The body as a JSON object. Raises Refused where it is none."""
        try:
            value = json.loads(self.text())
        except (ValueError, RecursionError) as error:
            raise malformed("not_json") from error
        if not isinstance(value, dict):
            raise malformed("not_an_object")
        return value


def unsupported() -> Refused:
    """The refusal of a Content-Type that the provider does not use."""
    return Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_content_type")


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise malformed("not_utf8") from error
