"""People who come from another system keep their names, their access and their opt-out."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from kit.refusals import refusal_of
from kit.wire import timestamp
from protos.billing.v1 import billing_pb2 as billing
from protos.identity.v1 import identity_pb2 as identity
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from protos.profile.v1 import profile_pb2 as profile
from tests.respite.stack import clean_environment, respite
from tests.world.world import World

pytestmark = pytest.mark.slow

OUT = profile.SmsConsent.SMS_CONSENT_OPTED_OUT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def imports(world: World, path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as an operator types it."""
    environment = clean_environment(path.parent) | world.operator_environment(path.parent)
    return respite("import", str(path), *words, environment=environment)


def known_of(world: World, number: str) -> tuple[Message, Message]:
    """What identity and profile hold of a person."""
    request = identity.GetUserByPhoneRequest(phone_number=number)
    return world.identity.GetUserByPhone(request).user, world.profile_of(number)


def customer_of_nobody(world: World, number: str) -> dict[str, Any]:
    """A subscription by which the line cannot tell who pays, as before an import."""
    paid = world.subscribes(number, link="none")
    world.rests()
    return paid


def test_people_are_brought_in_once_and_what_is_refused_is_told(world: World, path: Path) -> None:
    ana, ben, cleo = (world.new_number() for _ in range(3))
    paid = customer_of_nobody(world, ana)
    path.write_text(
        "phone,first_name,time_zone,stripe_customer_id,opted_out_at\n"
        f"{ana},Ana,America/Chicago,{paid['customer']},\n"
        f"{ben},Ben,,,2025-03-14T09:30:00Z\n"
        f"{cleo},Cleo,,cus_unknown,\n"
        "5550123,,,,\n"
    )
    done = imports(world, path)
    assert (done.returncode, done.stdout) == (1, "2 imported, 2 refused\n")
    third, fourth = done.stderr.splitlines()
    assert third.startswith(f"line 4 (number ending in {cleo[-4:]}): billing: CUSTOMER_NOT_FOUND")
    assert fourth.startswith("line 5: phone must be in E.164")
    assert not any(number in done.stderr + done.stdout for number in (ana, ben, cleo))

    ana_is, ben_is = world.profile_of(ana), world.profile_of(ben)
    assert (ana_is.first_name, ana_is.time_zone) == ("Ana", "America/Chicago")
    assert ana_is.journey_phase == profile.JourneyPhase.JOURNEY_PHASE_ACTIVE
    assert (ben_is.first_name, ben_is.sms_consent) == ("Ben", OUT)
    access = world.billing.GetAccess(billing.GetAccessRequest(user_id=ana_is.user_id)).access
    assert access.granted

    before = [known_of(world, number) for number in (ana, ben)]
    assert imports(world, path).stdout == done.stdout
    assert [known_of(world, number) for number in (ana, ben)] == before

    world.sandbox.act(paid["subscription"], "change_plan")
    world.rests()
    assert not world.phone(ana).received, "who has paid for long is not welcomed as new"


def test_what_a_person_told_the_line_stays_unless_the_file_is_to_overwrite(
    world: World, path: Path
) -> None:
    ana = world.new_number()
    path.write_text(f"phone,first_name,zip_code\n{ana},Ana,\n")
    assert imports(world, path).returncode == 0
    path.write_text(f"phone,first_name,zip_code\n{ana},Anna,60614\n")
    assert imports(world, path).returncode == 0
    known = world.profile_of(ana)
    assert (known.first_name, known.zip_code) == ("Ana", "60614")
    assert imports(world, path, "--overwrite").returncode == 0
    assert world.profile_of(ana).first_name == "Anna"


def test_an_imported_opt_out_holds_until_the_person_says_start(world: World, path: Path) -> None:
    ben = world.new_number()
    path.write_text(f"phone,opted_out_at\n{ben},2025-03-14\n")
    assert imports(world, path).returncode == 0
    world.texts(ben, "START")
    world.rests()
    assert imports(world, path).returncode == 0
    assert world.profile_of(ben).sms_consent == profile.SmsConsent.SMS_CONSENT_OPTED_IN


def test_an_operator_opts_people_out_and_never_in(world: World) -> None:
    ben = world.new_number()
    request = identity.EnsureUserRequest(phone_number=ben)
    user = IdentityServiceStub(world.channel_as("identity", "operator")).EnsureUser(request).user
    said = profile.SetSmsConsentRequest(
        user_id=user.user_id,
        state=profile.SmsConsent.SMS_CONSENT_OPTED_IN,
        event_time=timestamp(world.parts.clock.now()),
        request_key=f"by-hand:{user.user_id}",
    )
    for source in (profile.CONSENT_SOURCE_WORD, profile.CONSENT_SOURCE_OPERATOR):
        said.source = source
        with pytest.raises(grpc.RpcError) as refused:
            world.operator_profile.SetSmsConsent(said)
        assert [name for name, _ in refusal_of(refused.value).violations] == ["source"]
    said.state = OUT
    assert world.operator_profile.SetSmsConsent(said).state == OUT
