"""Twilio's Messages resource, as far as a text line uses it.

Source: https://www.twilio.com/docs/messaging/api/message-resource
"""

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from sqlite3 import Row
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Faults
from sandbox.messages import API_VERSION, Messages, Outbound, Search
from sandbox.provider import Call, Provider
from sandbox.settings import SandboxSettings
from sandbox.store import Store
from sandbox.twilio_dialect import refusal
from sandbox.twilio_lists import media_list, senders

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_ACCOUNT: Final = f"/{API_VERSION}/Accounts/{{account}}"
_LONGEST_BODY: Final = 1600
# https://www.twilio.com/docs/iam/test-credentials#test-sms-messages-parameters-To
_MAGIC_RECIPIENTS: Final = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}


class Twilio:
    """The Messages resource of one account."""

    def __init__(
        self,
        settings: SandboxSettings,
        store: Store,
        faults: Faults,
        messages: Messages,
        provider: Provider,
    ) -> None:
        self._settings = settings
        self._store = store
        self._faults = faults
        self._messages = messages
        self._provider = provider

    def routes(self) -> list[Route]:
        """The routes of the API."""
        return [
            self._provider.route("POST", _ACCOUNT + "/Messages.json", self._create),
            self._provider.route("GET", _ACCOUNT + "/Messages.json", self._list),
            self._provider.route("GET", _ACCOUNT + "/Messages/{sid}.json", self._fetch),
            self._provider.route("GET", _ACCOUNT + "/Messages/{sid}/Media.json", self._media),
            self._provider.route("GET", "/v1/Services/{service}/PhoneNumbers", self._senders),
        ]

    def _create(self, call: Call) -> Response:
        if not self.authorized(call):
            return refusal(401, 20003)
        wanted = call.params
        sender, service = wanted.get("From"), wanted.get("MessagingServiceSid")
        recipient, body = wanted.get("To", ""), wanted.get("Body", "")
        callback = wanted.get("StatusCallback")
        code = self._objection(recipient, body, sender, service, callback)
        if code is not None:
            return refusal(400, code, to=recipient, sender=sender or "", callback=callback)
        lag = call.fault("list_lag")
        failing = next((fault for fault in call.faults if fault.on_delivery), None)
        message = self._messages.send(
            Outbound(
                sender=sender or self._settings.from_number,
                recipient=recipient,
                body=body,
                service_sid=service,
                callback=callback,
                error_code=None if failing is None else int(failing.code or 0),
                listed_in=0.0 if lag is None else lag.seconds or 10.0,
                num_media=sum(1 for name in wanted if name.startswith("MediaUrl")),
            )
        )
        resource = self._resource(message)
        if service and not sender:
            resource["from"] = None
        return JSONResponse(resource, 201)

    def _objection(
        self,
        recipient: str,
        body: str,
        sender: str | None,
        service: str | None,
        callback: str | None,
    ) -> int | None:
        """The error code of a text that Twilio would not take, in the order it checks."""
        if not recipient:
            return 21604
        if not sender and not service:
            return 21603
        if not body:
            return 21602
        if not _E164.fullmatch(recipient):
            return 21211
        if recipient in _MAGIC_RECIPIENTS:
            return _MAGIC_RECIPIENTS[recipient]
        if sender and recipient == sender:
            return 21266
        if sender and sender != self._settings.from_number:
            return 21606
        if len(body) > _LONGEST_BODY:
            return 21617
        if callback is not None and not _is_url(callback):
            return 21609
        if self._faults.standing("opt_out_management") and self._opted_out(recipient):
            return 21610
        return None

    def _opted_out(self, number: str) -> bool:
        return self._store.row("SELECT 1 FROM opt_outs WHERE number = ?", (number,)) is not None

    def _fetch(self, call: Call) -> Response:
        if not self.authorized(call):
            return refusal(401, 20003)
        message = self._messages.find(call.path_params["sid"])
        if message is None:
            return refusal(404, 20404, path=call.path)
        return JSONResponse(self._resource(message))

    def _list(self, call: Call) -> Response:
        if not self.authorized(call):
            return refusal(401, 20003)
        try:
            search = _search(call.params)
        except ValueError:
            return refusal(400, 20001, "Invalid parameter in the list request")
        found = self._messages.search(search)
        shown = found[: search.limit - 1]
        return JSONResponse(self._page(call, shown, more=len(found) > len(shown)))

    def _media(self, call: Call) -> Response:
        if not self.authorized(call):
            return refusal(401, 20003)
        message = self._messages.find(call.path_params["sid"])
        if message is None:
            return refusal(404, 20404, path=call.path)
        created = _rfc2822(message["created"])
        return JSONResponse(media_list(call.path, message["num_media"], created))

    def _senders(self, call: Call) -> Response:
        if not self.authorized(call):
            return refusal(401, 20003)
        told = self._settings
        return JSONResponse(senders(call.path, told.account_sid, told.from_number))

    def _page(self, call: Call, shown: Sequence[Row], *, more: bool) -> dict[str, Any]:
        number = int(call.params.get("Page") or 0)
        size = _page_size(call.params)
        kept = {k: v for k, v in call.params.items() if k not in ("Page", "PageToken", "PageSize")}

        def uri(**place: Any) -> str:
            return f"{call.path}?{urlencode({**kept, 'PageSize': size, **place})}"

        start = number * size
        following = uri(Page=number + 1, PageToken=f"PA{shown[-1]['seq']}") if more else None
        return {
            "first_page_uri": uri(Page=0),
            "end": start + max(0, len(shown) - 1),
            "previous_page_uri": uri(Page=number - 1) if number == 1 else None,
            "messages": [self._resource(message) for message in shown],
            "uri": uri(Page=number),
            "page_size": size,
            "start": start,
            "next_page_uri": following,
            "page": number,
        }

    def authorized(self, call: Call) -> bool:
        """Whether a call shows the account's credentials."""
        scheme, _, credentials = call.headers.get("authorization", "").partition(" ")
        try:
            user, _, token = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        known = any(
            hmac.compare_digest(token.encode(), right.encode())
            for right in self._settings.auth_tokens
        )
        account = self._settings.account_sid
        mine = user == account == call.path_params.get("account", account)
        return scheme.lower() == "basic" and mine and known

    def _resource(self, message: Row) -> dict[str, Any]:
        sent_out = message["direction"] != "inbound"
        uri = f"/{API_VERSION}/Accounts/{self._settings.account_sid}/Messages/{message['sid']}"
        return {
            "body": message["body"],
            "num_segments": str(message["segments"]),
            "direction": message["direction"],
            "from": message["sender"],
            "to": message["recipient"],
            "date_updated": _rfc2822(message["updated"]),
            "price": None,
            "error_message": _error_message(message["error_code"]),
            "uri": f"{uri}.json",
            "account_sid": self._settings.account_sid,
            "num_media": str(message["num_media"]),
            "status": message["status"],
            "messaging_service_sid": message["service_sid"] if sent_out else None,
            "sid": message["sid"],
            "date_sent": _rfc2822(message["sent"]),
            "date_created": _rfc2822(message["created"]),
            "error_code": message["error_code"],
            "price_unit": "USD",
            "api_version": API_VERSION,
            "subresource_uris": {
                "media": f"{uri}/Media.json",
                "feedback": f"{uri}/Feedback.json",
            },
        }


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _rfc2822(moment: int | None) -> str | None:
    if moment is None:
        return None
    return format_datetime(datetime.fromtimestamp(moment, UTC))


def _error_message(code: int | None) -> str | None:
    return None if code is None else f"Delivery failed with error {code}"


def _page_size(params: Any) -> int:
    return max(1, min(1000, int(params.get("PageSize") or 50)))


def _search(params: Any) -> Search:
    """Read the list parameters; raises ValueError. One more than a page is looked for."""
    first, last = _moment(params.get("DateSent>")), _moment(params.get("DateSent<"))
    if day := params.get("DateSent"):
        first = _moment(day)
        last = (first or 0) + (0 if "T" in day else int(timedelta(days=1).total_seconds()) - 1)
    token = str(params.get("PageToken") or "")
    return Search(
        recipient=params.get("To") or None,
        sender=params.get("From") or None,
        sent_from=first,
        sent_to=last,
        before=int(token.removeprefix("PA")) if token else None,
        limit=_page_size(params) + 1,
    )


def _moment(text: str | None) -> int | None:
    """Seconds since the epoch of a date (its midnight, UTC) or of an ISO 8601 time."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp())
