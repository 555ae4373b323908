"""Who calls, and whether they may.

Each RPC names in its proto, with the option (access.v1.allow), the services and the operators'
roles that may call it; what names nobody is refused. The caller is the one respite:// URI in the
certificate of the connection.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from kit.caller import (
    Caller,
    CurrentCall,
    begin_call,
    caller_of,
    calling,
    current_call,
    current_caller,
    subject_of,
)
from kit.interception import AsyncGuard, Context, Interceptor
from kit.logging import describe_error, get_logger
from kit.refusals import Refusal
from protos.access.v1 import access_pb2

__all__ = [
    "AccessDenied",
    "AccessInterceptor",
    "AccessRules",
    "AsyncAccessInterceptor",
    "AsyncHasRole",
    "Caller",
    "CurrentCall",
    "HasRole",
    "RolesUnavailable",
    "Rule",
    "caller_of",
    "calling",
    "current_call",
    "current_caller",
    "subject_of",
]

log = get_logger(__name__)

# A role, and the roles whose holders have it too.
_HOLDERS: Mapping[str, tuple[str, ...]] = {"support": ("support", "admin"), "admin": ("admin",)}
_HEALTH = "/grpc.health.v1.Health/"
_REFLECTION = (
    "/grpc.reflection.v1alpha.ServerReflection/",
    "/grpc.reflection.v1.ServerReflection/",
)

HasRole = Callable[[str, str], bool]
AsyncHasRole = Callable[[str, str], Awaitable[bool]]


class AccessDenied(Refusal):
    """The caller may not use this method."""

    code = grpc.StatusCode.PERMISSION_DENIED


class RolesUnavailable(Refusal):
    """The caller's roles cannot be looked up right now; try again."""

    code = grpc.StatusCode.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call one method: services by name, and holders of any of these roles."""

    services: frozenset[str]
    roles: tuple[str, ...]
    audit: bool = False


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The rules of a server's methods by full name, read from the protos once.

    without_rule: methods that name nobody; they are refused, and a test wants none.
    """

    rules: Mapping[str, Rule]
    without_rule: tuple[str, ...]

    @classmethod
    def of(cls, *services: ServiceDescriptor) -> AccessRules:
        """Raises ValueError for a role that does not exist."""
        rules: dict[str, Rule] = {}
        without_rule: list[str] = []
        for service in services:
            for method in service.methods:
                name = f"/{service.full_name}/{method.name}"
                allow = method.GetOptions().Extensions[access_pb2.allow]
                if not (allow.services or allow.roles):
                    without_rule.append(name)
                    continue
                if unknown := set(allow.roles) - set(_HOLDERS):
                    raise ValueError(f"{name} allows roles that do not exist: {sorted(unknown)}")
                holders = dict.fromkeys(r for role in allow.roles for r in _HOLDERS[role])
                rules[name] = Rule(frozenset(allow.services), tuple(holders), allow.audit)
        return cls(MappingProxyType(rules), tuple(without_rule))

    def rule_for(self, method: str) -> Rule | None:
        """The rule of a method; reflection is open to operators with any role."""
        rule = self.rules.get(method)
        if rule is None and method.startswith(_REFLECTION):
            return _REFLECTION_RULE
        return rule


_REFLECTION_RULE = Rule(frozenset(), _HOLDERS["support"])


def _roles_needed(
    rules: AccessRules, caller: Caller | None, method: str
) -> tuple[Caller, tuple[str, ...]]:
    """The caller, and the roles of which it needs one: none for a service that is admitted.

    Raises AccessDenied.
    """
    rule = rules.rule_for(method)
    if caller is not None and rule is not None:
        if caller.kind == "service" and caller.name in rule.services:
            return caller, ()
        if caller.kind == "user" and rule.roles:
            return caller, rule.roles
    raise _denied(caller, method)


def _denied(caller: Caller | None, method: str) -> AccessDenied:
    name = "unnamed" if caller is None else str(caller)
    log.warning("access_denied", caller=name, method=method)
    return AccessDenied()


def _roles_unknown(caller: Caller, method: str, error: Exception) -> RolesUnavailable:
    problem = describe_error(error)
    log.warning("roles_unavailable", caller=str(caller), method=method, error=problem)
    return RolesUnavailable(retry_after=timedelta(seconds=1))


def _current_call(rules: AccessRules, caller: Caller, method: str, request: object) -> CurrentCall:
    rule = rules.rule_for(method)
    # Only operators' calls are audited: services are spared the search for a subject.
    subject = subject_of(request) if caller.kind == "user" else ""
    return CurrentCall(caller, method, subject, rule is not None and rule.audit)


class AccessInterceptor(Interceptor):
    """Enforces the rules of a thread-pool server. Stands inside of what answers refusals.

    has_role: whether a user (by id) holds a role (by name); may raise when it cannot tell.
    """

    def __init__(self, rules: AccessRules, has_role: HasRole) -> None:
        super().__init__()
        self._rules = rules
        self._has_role = has_role

    @contextmanager
    def around(self, method: str, request: Any, context: Context) -> Iterator[None]:
        """Raises AccessDenied or RolesUnavailable before the handler runs."""
        if not method.startswith(_HEALTH):
            self._admit(method, request, caller_of(context))
        yield

    def _admit(self, method: str, request: Any, named: Caller | None) -> None:
        caller, roles = _roles_needed(self._rules, named, method)
        if roles:
            try:
                admitted = any(self._has_role(caller.name, role) for role in roles)
            except Exception as error:
                raise _roles_unknown(caller, method, error) from error
            if not admitted:
                raise _denied(caller, method)
        begin_call(_current_call(self._rules, caller, method, request))


class AsyncAccessInterceptor(AsyncGuard):
    """Enforces the rules of an asyncio server. Stands inside of what answers refusals.

    has_role: whether a user (by id) holds a role (by name); may raise when it cannot tell.
    """

    def __init__(self, rules: AccessRules, has_role: AsyncHasRole) -> None:
        super().__init__()
        self._rules = rules
        self._has_role = has_role

    async def admit(self, method: str, request: Any, context: Context) -> None:
        """Raises AccessDenied or RolesUnavailable."""
        if method.startswith(_HEALTH):
            return
        caller, roles = _roles_needed(self._rules, caller_of(context), method)
        if roles and not await self._holds_one(roles, caller, method):
            raise _denied(caller, method)
        begin_call(_current_call(self._rules, caller, method, request))

    async def _holds_one(self, roles: tuple[str, ...], caller: Caller, method: str) -> bool:
        try:
            for role in roles:
                if await self._has_role(caller.name, role):
                    return True
        except Exception as error:
            raise _roles_unknown(caller, method, error) from error
        return False
