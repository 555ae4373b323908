"""What Twilio posts: texts that came in, in its own form fields, signed as it signs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlencode
from uuid import uuid4

import phonenumbers

from sandbox.delivery import Courier, Webhook
from sandbox.faults import Faults
from sandbox.messages import API_VERSION, Messages, Outbound
from sandbox.posting import Verdict
from sandbox.settings import SandboxSettings
from sandbox.signing import twilio_signature
from sandbox.store import Store

OptOutType = Literal["STOP", "START", "HELP"]

# Twilio's default keywords: https://help.twilio.com/articles/223134027
_KEYWORDS: Final[dict[str, OptOutType]] = {
    **dict.fromkeys(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), "STOP"
    ),
    **dict.fromkeys(("START", "YES", "UNSTOP"), "START"),
    **dict.fromkeys(("HELP", "INFO"), "HELP"),
}
_CONFIRMATIONS: Final[dict[OptOutType, str]] = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from"
    " this number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP"
    " for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


class TwilioCarriage:
    """Posts signed forms; repeats what got no answer or a 5xx, as with #rc=3&rp=5xx,ct,rt."""

    provider = "twilio"

    def __init__(self, settings: SandboxSettings) -> None:
        self._token = settings.auth_tokens[0]
        self.timeout_seconds = settings.twilio_timeout_seconds
        self.retry_seconds = settings.twilio_retry_seconds

    def request(self, url: str, content: str, token: str) -> tuple[bytes, dict[str, str]]:
        """Return the form and its headers; the signature covers `url`, query included."""
        fields = [(str(name), str(value)) for name, value in json.loads(content)]
        return urlencode(fields).encode(), {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": twilio_signature(self._token, url, fields),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }

    def judge(self, status: int | None) -> Verdict:
        """2xx is good; no answer or 5xx is tried again; anything else is final."""
        if status is None or status >= 500:
            return "retry"
        return "delivered" if 200 <= status < 300 else "give_up"

    def settled(self, reference: str, delivered: bool) -> None:
        """Twilio keeps no account of delivered webhooks."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text somebody wrote. `body` None leaves the field out, as Twilio does for some MMS."""

    sender: str
    body: str | None
    sid: str = field(default_factory=lambda: f"SM{uuid4().hex}")
    recipient: str | None = None
    media: Sequence[str] = ()
    opt_out_type: str | None = None
    service_sid: str | None = None
    times: int = 1


class Inbox:
    """Takes texts from phones and posts them to the gateway."""

    def __init__(
        self,
        settings: SandboxSettings,
        store: Store,
        faults: Faults,
        messages: Messages,
        courier: Courier,
    ) -> None:
        self._settings = settings
        self._store = store
        self._faults = faults
        self._messages = messages
        self._courier = courier

    def take(self, text: Text) -> list[int]:
        """Record a text and post its webhook `times` times at once; return the delivery ids.

        A SID that is already known is posted again and recorded once.
        """
        recipient = text.recipient or self._settings.from_number
        opt_out = text.opt_out_type
        with self._store.transaction():
            known = self._messages.find(text.sid) is not None
            self._messages.receive(
                text.sid,
                Outbound(
                    sender=text.sender,
                    recipient=recipient,
                    body=text.body or "",
                    num_media=len(text.media),
                ),
            )
            if opt_out is None and self._faults.standing("opt_out_management"):
                opt_out = self._manage_opt_out(text, recipient, known)
            fields = self._fields(text, recipient, opt_out)
            return [
                self._courier.enqueue(
                    Webhook(
                        source="sms",
                        reference=text.sid,
                        lane=text.sender if copy == 0 else f"{text.sid}#{copy}",
                        url=self._settings.public_url.rstrip("/") + "/twilio/sms",
                        content=json.dumps(fields),
                        facts=dict(fields),
                    )
                )
                for copy in range(max(1, text.times))
            ]

    def _manage_opt_out(self, text: Text, recipient: str, known: bool) -> OptOutType | None:
        """Do what Twilio does by itself with its keywords, and answer in its words."""
        keyword = _KEYWORDS.get((text.body or "").strip().upper())
        if keyword is None or known:
            return keyword
        if keyword == "STOP":
            self._store.execute("INSERT OR IGNORE INTO opt_outs VALUES (?)", (text.sender,))
        elif keyword == "START":
            self._store.execute("DELETE FROM opt_outs WHERE number = ?", (text.sender,))
        self._messages.reply(
            Outbound(sender=recipient, recipient=text.sender, body=_CONFIRMATIONS[keyword])
        )
        return keyword

    def _fields(
        self, text: Text, recipient: str, opt_out_type: str | None
    ) -> list[tuple[str, str]]:
        """The form fields Twilio sends, in its order, blanks included."""
        message = self._messages.one(text.sid)
        home = _country(text.sender)
        inland = home == "US"
        fields = [
            ("ToCountry", _country(recipient)),
            ("ToState", ""),
            ("SmsMessageSid", text.sid),
            ("NumMedia", str(len(text.media))),
            ("ToCity", ""),
            ("FromZip", "20001" if inland else ""),
            ("SmsSid", text.sid),
            ("FromState", "DC" if inland else ""),
            ("SmsStatus", "received"),
            ("FromCity", "WASHINGTON" if inland else ""),
        ]
        if text.body is not None:
            fields.append(("Body", text.body))
        fields.append(("FromCountry", home))
        fields.append(("To", recipient))
        if text.service_sid is not None:
            fields.append(("MessagingServiceSid", text.service_sid))
        if opt_out_type is not None:
            fields.append(("OptOutType", opt_out_type))
        fields += [
            ("ToZip", ""),
            ("NumSegments", str(message["segments"])),
            ("MessageSid", text.sid),
            ("AccountSid", self._settings.account_sid),
            ("From", text.sender),
            ("ApiVersion", API_VERSION),
        ]
        for number, url in enumerate(text.media):
            fields.append((f"MediaUrl{number}", url))
            fields.append((f"MediaContentType{number}", "image/jpeg"))
        return fields


def _country(number: str) -> str:
    try:
        code = phonenumbers.parse(number, None).country_code
    except phonenumbers.NumberParseException:
        return "US"
    return phonenumbers.region_code_for_country_code(code or 1)
