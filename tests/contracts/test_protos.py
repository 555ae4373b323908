"""What the protos promise: every RPC has a caller, is implemented, and stands for itself."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from kit.access import AccessRules
from protos.billing.v1 import billing_pb2
from protos.conversation.v1 import conversation_pb2
from protos.identity.v1 import identity_pb2
from protos.jobs.v1 import jobs_pb2, payloads_pb2
from protos.profile.v1 import profile_pb2
from services.billing.service import BillingServicer
from services.conversation.service import ConversationServicer
from services.identity.service import IdentityServicer
from services.jobs.service import JobsServicer
from services.jobs.types import JOB_TYPES
from services.jobs.workflows.table import WORKFLOWS
from services.profile.service import ProfileServicer

SERVICERS = {
    identity_pb2.DESCRIPTOR.services_by_name["IdentityService"]: IdentityServicer,
    profile_pb2.DESCRIPTOR.services_by_name["ProfileService"]: ProfileServicer,
    conversation_pb2.DESCRIPTOR.services_by_name["ConversationService"]: ConversationServicer,
    billing_pb2.DESCRIPTOR.services_by_name["BillingService"]: BillingServicer,
    jobs_pb2.DESCRIPTOR.services_by_name["JobsService"]: JobsServicer,
}
METHODS = [method for service in SERVICERS for method in service.methods]
TWINS = [method for method in METHODS if method.name.startswith("Batch")]
DEEDS_OF_SUPPORT = {"RetryJob", "CancelJob", "ResolveCrisis", "LinkCustomer", "HoldAssistant"}
CALLERS = {
    "identity", "profile", "conversation", "billing", "jobs", "worker", "gateway", "sandbox",
}  # fmt: skip


def name_of(method: MethodDescriptor) -> str:
    return str(method.full_name)


def allowed_calls() -> set[tuple[str, str]]:
    """Which process may call at least one method of which other, by the access options."""
    calls: set[tuple[str, str]] = set()
    for service in SERVICERS:
        called = service.full_name.partition(".")[0]
        for rule in AccessRules.of(service).rules.values():
            calls |= {(caller, called) for caller in rule.services if caller != called}
    return calls


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_every_rpc_says_who_may_call_it(method: MethodDescriptor) -> None:
    service: ServiceDescriptor = method.containing_service
    rules = AccessRules.of(service)
    assert not rules.without_rule
    rule = rules.rule_for(f"/{service.full_name}/{method.name}")
    assert rule is not None
    assert set(rule.services) <= CALLERS
    assert set(rule.roles) <= {"support", "admin"}


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_every_rpc_that_is_declared_is_implemented(method: MethodDescriptor) -> None:
    assert method.name in vars(SERVICERS[method.containing_service])


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_every_rpc_has_a_request_and_a_response_of_its_own(method: MethodDescriptor) -> None:
    assert method.input_type.name == f"{method.name}Request"
    assert method.output_type.name == f"{method.name}Response"


@pytest.mark.parametrize("method", METHODS, ids=name_of)
def test_operators_may_change_only_what_is_theirs(method: MethodDescriptor) -> None:
    """The roles of design section 6: support reads, and does the few things named there."""
    service: ServiceDescriptor = method.containing_service
    rule = AccessRules.of(service).rule_for(f"/{service.full_name}/{method.name}")
    assert rule is not None
    if "support" in rule.roles:
        reads = method.name.startswith(("Get", "List", "Check"))
        assert reads or method.name in DEEDS_OF_SUPPORT


@pytest.mark.parametrize("twin", TWINS, ids=name_of)
def test_a_batch_twin_is_its_one_item_call_many_times(twin: MethodDescriptor) -> None:
    """The convention by which `kit.gatherer` finds and reads twins."""
    service: ServiceDescriptor = twin.containing_service
    requests = twin.input_type.fields_by_name["requests"]
    [single] = [each for each in service.methods if each.input_type is requests.message_type]
    assert list(twin.input_type.fields_by_name) == ["requests"]
    results = twin.output_type.fields_by_name["results"]
    assert list(twin.output_type.fields_by_name) == ["results"]
    assert requests.is_repeated
    assert results.is_repeated
    result = results.message_type
    assert result is not None
    [oneof] = result.oneofs
    assert oneof.name == "result"
    response, error = oneof.fields
    assert (response.name, error.name) == ("response", "error")
    assert response.message_type is single.output_type
    status = service.file.message_types_by_name["ItemStatus"]
    assert error.message_type is status
    assert list(status.fields_by_name) == ["code", "reason", "message", "retry_delay"]
    rules = AccessRules.of(service)
    rule, own = (rules.rule_for(f"/{service.full_name}/{each.name}") for each in (single, twin))
    assert rule is not None
    assert own is not None
    assert (own.services, own.roles) == (rule.services, ())


def test_every_payload_has_a_job_type_and_a_workflow() -> None:
    fields = {field.name for field in payloads_pb2.JobPayload.DESCRIPTOR.fields}
    assert fields == set(JOB_TYPES) == set(WORKFLOWS)


@pytest.mark.parametrize("name", ["CrisisKind", "CrisisSource"])
def test_the_kinds_and_sources_of_a_crisis_are_the_same_in_jobs_and_profile(name: str) -> None:
    ours = payloads_pb2.DESCRIPTOR.enum_types_by_name[f"Inbound{name}"].values_by_name
    theirs = profile_pb2.DESCRIPTOR.enum_types_by_name[name].values_by_name
    assert {each.removeprefix("INBOUND_") for each in ours} == set(theirs)


def test_what_is_kept_of_a_crisis_has_no_words_of_the_person() -> None:
    kept = profile_pb2.RecordCrisisRequest.DESCRIPTOR.fields_by_name
    assert set(kept) == {"user_id", "kind", "event_time", "request_key", "source"}
    job = payloads_pb2.RecordCrisis.DESCRIPTOR.fields_by_name
    assert set(job) == {"message_sid", "sender", "kind", "event_time", "source"}
