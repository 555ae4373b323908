"""How Stripe reads parameters, refuses requests, expands ids and pages lists."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.responses import Response

from sandbox.faults import Fault
from sandbox.provider import Dialect, raw_failure, retry_after

Thing = dict[str, Any]

_KEY: Final = re.compile(r"\[([^\]]*)\]")


class StripeRefusal(Exception):
    """A request Stripe refuses: HTTP status, message, and what else the error object carries."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: Thing = {"message": message, "type": kind}
        if code is not None:
            self.error["code"] = code
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param is not None:
            self.error["param"] = param

    @property
    def is_of_form(self) -> bool:
        """Whether the parameters were refused before anything was done."""
        return str(self.error.get("code", "")).startswith("parameter_")

    @property
    def content(self) -> str:
        """The refusal as Stripe writes it."""
        return json.dumps({"error": self.error})

    def response(self, headers: dict[str, str] | None = None) -> Response:
        """The refusal as an answer."""
        return Response(self.content, self.status, headers, "application/json")


class StripeDialect(Dialect):
    """Bracketed form fields in, {"error": {...}} out."""

    name = "stripe"

    def params(self, method: str, query: str, body: bytes) -> dict[str, Any]:
        """Return the nested parameters, all values strings; numbered keys become lists."""
        pairs = parse_qsl(query, True)
        if method in ("POST", "DELETE"):
            pairs += parse_qsl(body.decode(errors="replace"), True)
        return nested(pairs)

    def failure(self, fault: Fault) -> Response:
        """Return the fault's status, 400 for a code and 500 otherwise, with Stripe's type."""
        status = fault.status or (400 if fault.kind == "error_code" else 500)
        if (raw := raw_failure(fault, status)) is not None:
            return raw
        kind = "api_error" if status >= 500 else "invalid_request_error"
        if status == 402:
            kind = "card_error"
        code = None if fault.code is None else str(fault.code)
        if status == 429 and code is None:
            code = "rate_limit"
        message = fault.message or f"The sandbox was told to answer {status}."
        return StripeRefusal(status, message, kind=kind, code=code).response(retry_after(fault))


def nested(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Turn a[b][0][c]=x into {"a": {"b": [{"c": "x"}]}}; a[]=x appends."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head = name.split("[", 1)[0]
        path = [head, *_KEY.findall(name[len(head) :])]
        here = tree
        for key in path[:-1]:
            below = here.setdefault(key or str(len(here)), {})
            if not isinstance(below, dict):
                below = here[key] = {}
            here = below
        here[path[-1] or str(len(here))] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    plain = {key: _listed(item) for key, item in value.items()}
    if plain and all(key.isdigit() for key in plain):
        return [plain[key] for key in sorted(plain, key=int)]
    return plain


def whole(params: Mapping[str, Any], name: str, default: int | None = None) -> int | None:
    """Read an integer parameter; raises StripeRefusal naming it."""
    text = params.get(name)
    if text in (None, ""):
        return default
    try:
        return int(str(text))
    except ValueError:
        raise StripeRefusal(
            400, f"Invalid integer: {text}", code="parameter_invalid_integer", param=name
        ) from None


def truth(value: Any) -> bool:
    """Read a boolean parameter."""
    return str(value).lower() == "true"


def within(created: int, wanted: Any) -> bool:
    """Whether a timestamp fits a `created` parameter: a number or gt, gte, lt, lte bounds."""
    if wanted is None:
        return True
    if not isinstance(wanted, dict):
        return created == int(wanted)
    tests: dict[str, Callable[[int], bool]] = {
        "gt": lambda bound: created > bound,
        "gte": lambda bound: created >= bound,
        "lt": lambda bound: created < bound,
        "lte": lambda bound: created <= bound,
    }
    return all(tests[name](int(bound)) for name, bound in wanted.items() if name in tests)


def page(found: Sequence[Thing], params: Mapping[str, Any], url: str) -> Thing:
    """Return a page of `found`, newest first, as Stripe's list object; limit is 1 to 100."""
    limit = whole(params, "limit", 10) or 0
    if not 1 <= limit <= 100:
        raise StripeRefusal(
            400, "This value must be between 1 and 100.", code="parameter_invalid_integer",
            param="limit",
        )  # fmt: skip
    things = list(found)
    ids = [thing["id"] for thing in things]
    for cursor in ("starting_after", "ending_before"):
        if (anchor := params.get(cursor)) and anchor not in ids:
            raise StripeRefusal(
                400, f"No such object: '{anchor}'", code="resource_missing", param=cursor
            )
    if anchor := params.get("starting_after"):
        things = things[ids.index(anchor) + 1 :]
    if anchor := params.get("ending_before"):
        things = things[: ids.index(anchor)][-limit:]
        return _page(things, ids[0] != things[0]["id"] if things else False, url)
    return _page(things[:limit], len(things) > limit, url)


def _page(things: Sequence[Thing], more: bool, url: str) -> Thing:
    return {"object": "list", "data": list(things), "has_more": more, "url": url}


def expand(
    thing: Thing,
    paths: Any,
    find: Callable[[str], Thing | None],
    include: Callable[[Thing, str], Any],
) -> Thing:
    """Return `thing` with the ids at `paths` replaced by objects.

    `find` returns the object of an id; `include` returns what Stripe shows only when asked, like
    an invoice's payments, or None. Raises StripeRefusal for a path that leads nowhere.
    """
    for path in paths or ():
        _expand(thing, str(path).split("."), str(path), find, include)
    return thing


def _expand(
    here: Any,
    path: list[str],
    whole_path: str,
    find: Callable[[str], Thing | None],
    include: Callable[[Thing, str], Any],
) -> None:
    if isinstance(here, list):
        for item in here:
            _expand(item, path, whole_path, find, include)
        return
    if not isinstance(here, dict):
        return
    name, rest = path[0], path[1:]
    if name not in here:
        extra = include(here, name)
        if extra is None:
            raise StripeRefusal(
                400, f"This property cannot be expanded ({whole_path}).", param="expand"
            )
        here[name] = extra
    value = here[name]
    if isinstance(value, str) and (found := find(value)) is not None:
        value = here[name] = found
    if rest:
        _expand(value, rest, whole_path, find, include)
