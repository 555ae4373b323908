"""Twilio's webhooks: who signed them, and which job each becomes."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, parse_qsl

from twilio.request_validator import RequestValidator

from gateway import keys
from gateway.post import Post, Refused, malformed, unsupported
from gateway.verification import VALID, Verification
from kit.ids import parse_uuid
from kit.refusals import InvalidArgument
from protos.jobs.v1.jobs_pb2 import NewJob
from protos.jobs.v1.payloads_pb2 import JobPayload, ProcessInboundSms, ProcessSmsStatus, SmsMedia

SIGNATURE_HEADER: Final = "X-Twilio-Signature"
BODY_CAP: Final = 64 * 1024
# Twilio's longest posts, ten pictures and add-ons, have about sixty fields.
MOST_FIELDS: Final = 500
# https://www.twilio.com/docs/messaging/guides/accepted-mime-types: ten files at most.
MOST_MEDIA: Final = 10

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_SID: Final = re.compile(r"[A-Za-z0-9]{2,64}", re.ASCII)
_STATUS: Final = re.compile(r"[a-z_-]{1,32}", re.ASCII)
_ERROR_CODE: Final = re.compile(r"\d{1,10}", re.ASCII)
_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_URL: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:]*))"
    r"(?P<port>:\d+)?(?P<rest>[/?#].*|)",
    re.IGNORECASE | re.DOTALL,
)


class Fields(dict[str, list[str]]):
    """The fields of a post, every value of each kept; a multi-dict as the SDK asks for one."""

    def getall(self, name: str) -> list[str]:
        """Every value of `name`, as received."""
        return self[name]

    def first(self, name: str) -> str:
        """The first value of `name`, "" where there is none."""
        return self.get(name, [""])[0]


def verify_twilio(
    tokens: Sequence[str],
    signature: str,
    url: str,
    fields: Fields,
    json_body: bytes | None = None,
) -> Verification:
    """Whether the holder of one of `tokens` signed this post.

    url: scheme to query, byte for byte what Twilio was told to post to.
    fields: of a form post, all of them. json_body: the raw body of a post that is no form; then the
    signature covers the URL alone, and the body by its hash in the query.

    Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security. The SDK's own `validate`
    rewrites the URL on the way, breaks on a port behind credentials and fails with TypeError where
    a JSON body has no hash, so only its HMAC is used.
    """
    if json_body is not None:
        hashes = parse_qs(url.partition("?")[2]).get("bodySHA256", [])
        if len(hashes) != 1:
            return Verification(False, "no_body_hash")
        if not _same(hashlib.sha256(json_body).hexdigest(), hashes[0].lower()):
            return Verification(False, "body_hash_differs")
    params = Fields() if json_body is not None else fields
    matches = [
        _same(RequestValidator(token).compute_signature(form, params), signature)
        for token in tokens
        for form in _port_forms(url)
    ]
    return VALID if any(matches) else Verification(False, "signature_differs")


def _port_forms(url: str) -> set[str]:
    """The URL as it is, without its port, and with it: Twilio signs either form."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return {url}
    scheme, host, port, rest = parts.group("scheme", "host", "port", "rest")
    named = port or (":443" if scheme.lower() == "https" else ":80")
    return {url, f"{scheme}://{host}{rest}", f"{scheme}://{host}{named}{rest}"}


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode())


class TwilioWebhooks:
    """The two routes of Twilio.

    public_url: scheme, host and port (and path, where a proxy takes one off) of the URLs that
    Twilio was given. Headers say nothing about it: anybody can forge them.
    accounts: by AccountSid the auth tokens that may sign, several while one is being replaced.
    """

    def __init__(self, public_url: str, accounts: Mapping[str, Sequence[str]]) -> None:
        self._public_url = public_url.rstrip("/")
        self._accounts = accounts

    def sms(self, post: Post) -> NewJob:
        """The job for an inbound text. Raises Refused."""
        fields = self._verified(post)
        sms = ProcessInboundSms(
            message_sid=_sid(fields),
            account_sid=fields.first("AccountSid"),
            sender=_required(fields, "From"),
            recipient=_required(fields, "To"),
            body=fields.first("Body"),
            media=_media(fields),
            opt_out_type=fields.first("OptOutType").upper(),
        )
        return NewJob(
            key=keys.inbound_sms(sms.message_sid), payload=JobPayload(process_inbound_sms=sms)
        )

    def status(self, post: Post) -> NewJob:
        """The job for a status of a text that we sent. Raises Refused."""
        fields = self._verified(post)
        status = (fields.first("MessageStatus") or fields.first("SmsStatus")).lower()
        if not _STATUS.fullmatch(status):
            raise malformed("no_message_status")
        error_code = fields.first("ErrorCode")
        if error_code and not _ERROR_CODE.fullmatch(error_code):
            raise malformed("bad_error_code")
        payload = ProcessSmsStatus(
            message_sid=_sid(fields),
            message_id=_message_id(post),
            status=status,
            error_code=error_code,
        )
        return NewJob(
            key=keys.sms_status(payload.message_sid, status),
            payload=JobPayload(process_sms_status=payload),
        )

    def _verified(self, post: Post) -> Fields:
        kind = post.content_type()
        if kind not in {_FORM, _JSON}:
            raise unsupported()
        fields = _form_fields(post) if kind == _FORM else _json_fields(post)
        verification = self._verify(post, fields, post.body if kind == _JSON else None)
        if not verification.valid:
            raise Refused(HTTPStatus.FORBIDDEN, verification.reason)
        return fields

    def _verify(self, post: Post, fields: Fields, json_body: bytes | None) -> Verification:
        signatures = post.headers.getlist(SIGNATURE_HEADER)
        if len(signatures) != 1:
            return Verification(False, "several_signatures")
        tokens = self._accounts.get(fields.first("AccountSid"))
        if tokens is None:
            return Verification(False, "unknown_account")
        url = self._public_url + post.target
        return verify_twilio(tokens, signatures[0], url, fields, json_body)


def _form_fields(post: Post) -> Fields:
    text = post.text()
    if _LONE_PERCENT.search(text):
        raise malformed("bad_escape")
    try:
        # The limit counts before anything is split. "strict": %FF is no text.
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError as error:
        raise malformed("not_utf8") from error
    except ValueError as error:
        raise malformed("too_many_fields") from error
    return _gathered(pairs)


def _json_fields(post: Post) -> Fields:
    """The texts and numbers at the top level of the object; whatever is deeper is not read."""
    value = post.json_object()
    return _gathered(
        [(name, str(each)) for name, each in value.items() if type(each) in {str, int}]
    )


def _gathered(pairs: Sequence[tuple[str, str]]) -> Fields:
    fields = Fields()
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise malformed("nul_character")
        if any("\ud800" <= character <= "\udfff" for character in name + value):
            raise malformed("lone_surrogate")
        fields.setdefault(name, []).append(value)
    return fields


def _required(fields: Fields, name: str) -> str:
    value = fields.first(name)
    if not value:
        raise malformed(f"no_{name.lower()}")
    return value


def _sid(fields: Fields) -> str:
    sid = fields.first("MessageSid")
    if not _SID.fullmatch(sid):
        raise malformed("no_message_sid")
    return sid


def _media(fields: Fields) -> list[SmsMedia]:
    """What is there, whatever NumMedia says."""
    return [
        SmsMedia(url=url, content_type=fields.first(f"MediaContentType{number}"))
        for number in range(MOST_MEDIA)
        if (url := fields.first(f"MediaUrl{number}"))
    ]


def _message_id(post: Post) -> str:
    """Our own id of the text, which the sender of the text put into the StatusCallback's query."""
    values = parse_qs(post.query.decode(), keep_blank_values=True).get("message_id", [""])
    if values == [""]:
        return ""
    try:
        (only,) = values
        return str(parse_uuid(only, "message_id"))
    except (ValueError, InvalidArgument) as error:
        raise malformed("bad_message_id") from error
