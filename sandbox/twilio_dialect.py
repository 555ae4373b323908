"""How Twilio reads parameters and refuses requests.

Source of the codes: https://www.twilio.com/docs/api/errors
"""

from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, Response

from sandbox.faults import Fault
from sandbox.provider import Dialect, raw_failure, retry_after

_SENTENCES: Final = {
    20003: "Authenticate",
    20404: "The requested resource {path} was not found",
    20429: "Too Many Requests",
    20500: "An internal server error has occurred",
    20503: "Service Unavailable",
    21211: "Invalid 'To' Phone Number: {to}",
    21266: "'To' and 'From' number cannot be the same: {to}",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To'"
    " number: {to}",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The 'From' phone number provided ({sender}) is not a valid message-capable Twilio"
    " phone number for this destination.",
    21609: "The 'StatusCallback' URL {callback} is not a valid URL.",
    21610: "Attempt to send to unsubscribed recipient",
    21612: "Message cannot be sent with the current combination of 'To' ({to}) and 'From'"
    " ({sender}) parameters",
    21614: "'To' number is not a valid mobile number: {to}",
    21617: "The concatenated message body exceeds the 1600 character limit.",
}
_CODE_OF_STATUS: Final = {401: 20003, 404: 20404, 429: 20429, 503: 20503}


def refusal(
    status: int,
    code: int,
    message: str | None = None,
    headers: dict[str, str] | None = None,
    **facts: Any,
) -> Response:
    """Return an error as Twilio writes it."""
    known: dict[str, Any] = {"to": "", "sender": "", "callback": "", "path": "", **facts}
    sentence = message or _SENTENCES.get(code, "The request was refused").format(**known)
    more = f"https://www.twilio.com/docs/errors/{code}"
    content = {"code": code, "message": sentence, "more_info": more, "status": status}
    return JSONResponse(content, status, headers)


class TwilioDialect(Dialect):
    """Form fields in, {code, message, more_info, status} out."""

    name = "twilio"

    def params(self, method: str, query: str, body: bytes) -> dict[str, Any]:
        """Return query and form fields by name, blanks kept."""
        form = body.decode(errors="replace") if method == "POST" else ""
        return dict(parse_qsl(query, True)) | dict(parse_qsl(form, True))

    def failure(self, fault: Fault) -> Response:
        """Return the fault's status and code; error codes are 400 unless told otherwise."""
        status = fault.status or (400 if fault.kind == "error_code" else 500)
        code = int(fault.code or _CODE_OF_STATUS.get(status, 20500))
        return raw_failure(fault, status) or refusal(
            status, code, fault.message, retry_after(fault), to=fault.match.get("To", "")
        )
