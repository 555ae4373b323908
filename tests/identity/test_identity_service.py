"""What callers of identity can rely on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from kit.access import Caller, CurrentCall, calling
from kit.clock import FixedClock
from kit.database import Database
from kit.ids import uuid7
from protos.identity.v1 import identity_pb2 as pb
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from services.identity import model
from services.identity.phone_number import PhoneNumber
from services.identity.service import IdentityServicer
from tests.refused import Refused, invalid, refused_by

refused = partial(refused_by, "identity")
PHONE = "+12025550101"
METHODS = pb.DESCRIPTOR.services_by_name["IdentityService"].methods


def made(identity: IdentityServiceStub, phone_number: str = PHONE) -> pb.User:
    return identity.EnsureUser(pb.EnsureUserRequest(phone_number=phone_number)).user


NOT_FOUND: Refused = (
    grpc.StatusCode.NOT_FOUND,
    "USER_NOT_FOUND",
    [],
)


def test_the_first_text_makes_a_person_and_the_second_finds_them(
    identity: IdentityServiceStub,
) -> None:
    first = identity.EnsureUser(pb.EnsureUserRequest(phone_number=PHONE))
    again = identity.EnsureUser(pb.EnsureUserRequest(phone_number="(202) 555-0101"))
    assert (first.created, again.created) == (True, False)
    assert again.user == first.user
    assert first.user.phone_number == PHONE
    assert first.user.create_time == first.user.update_time


def test_many_first_texts_at_once_make_one_person(identity: IdentityServiceStub) -> None:
    for round_ in range(5):
        request = pb.EnsureUserRequest(phone_number=f"+1202555012{round_}")
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(identity.EnsureUser, [request] * 32))
        assert len({answer.user.user_id for answer in answers}) == 1
        assert sum(answer.created for answer in answers) == 1


def test_two_transactions_that_both_saw_nobody_make_one_person(
    identity: IdentityServiceStub, database: Database, clock: FixedClock
) -> None:
    number = PhoneNumber.parse(PHONE)
    with ThreadPoolExecutor(1) as pool:
        with database.writer() as first:
            mine, created = model.ensure_user(first, number, clock.now())
            other = pool.submit(
                database.transact, lambda db: model.ensure_user(db, number, clock.now())
            )
        theirs, created_again = other.result(timeout=60)
    assert theirs.user_id == mine.user_id
    assert (created, created_again) == (True, False)


def test_a_person_is_found_by_id_and_by_phone(identity: IdentityServiceStub) -> None:
    user = made(identity)
    assert identity.GetUser(pb.GetUserRequest(user_id=user.user_id)).user == user
    by_phone = pb.GetUserByPhoneRequest(phone_number="202-555-0101")
    assert identity.GetUserByPhone(by_phone).user == user


def test_who_is_unknown_is_not_found(identity: IdentityServiceStub) -> None:
    nobody = str(uuid7())
    assert refused(identity.GetUser, pb.GetUserRequest(user_id=nobody)) == NOT_FOUND
    by_phone = pb.GetUserByPhoneRequest(phone_number=PHONE)
    assert refused(identity.GetUserByPhone, by_phone) == NOT_FOUND
    grant = pb.GrantRoleRequest(user_id=nobody, role=pb.ROLE_ADMIN)
    assert refused(identity.GrantRole, grant) == NOT_FOUND
    revoke = pb.RevokeRoleRequest(user_id=nobody, role=pb.ROLE_ADMIN)
    assert refused(identity.RevokeRole, revoke) == NOT_FOUND
    update = pb.UpdateUserRequest(
        user=pb.User(user_id=nobody), update_mask=FieldMask(paths=["name"])
    )
    assert refused(identity.UpdateUser, update) == NOT_FOUND


@pytest.mark.parametrize("number", ["", "12345", "RESPITE", "whatsapp:+12025550101"])
def test_what_is_no_number_is_refused_by_name(identity: IdentityServiceStub, number: str) -> None:
    for call, request in (
        (identity.EnsureUser, pb.EnsureUserRequest(phone_number=number)),
        (identity.GetUserByPhone, pb.GetUserByPhoneRequest(phone_number=number)),
    ):
        assert refused(call, request) == invalid("phone_number")


@pytest.mark.parametrize("bad", ["", "42", "{01890a5d-ac96-774b-bcce-b302099a8057}"])
def test_what_is_no_id_is_refused_by_name(identity: IdentityServiceStub, bad: str) -> None:
    role = pb.ROLE_ADMIN
    for call, request in (
        (identity.GetUser, pb.GetUserRequest(user_id=bad)),
        (identity.GrantRole, pb.GrantRoleRequest(user_id=bad, role=role)),
        (identity.RevokeRole, pb.RevokeRoleRequest(user_id=bad, role=role)),
        (identity.CheckRole, pb.CheckRoleRequest(user_id=bad, role=role)),
        (identity.DeleteUser, pb.DeleteUserRequest(user_id=bad)),
    ):
        assert refused(call, request) == invalid("user_id")
    update = pb.UpdateUserRequest(user=pb.User(user_id=bad), update_mask=FieldMask(paths=["name"]))
    assert refused(identity.UpdateUser, update) == invalid("user.user_id")


def test_only_email_and_name_can_be_changed(
    identity: IdentityServiceStub, clock: FixedClock
) -> None:
    user = made(identity)
    clock.advance(timedelta(hours=1))
    wanted = pb.User(user_id=user.user_id, email="ana@example.org", name="Ana 😀")

    def update(*paths: str) -> pb.User:
        mask = FieldMask(paths=paths)
        return identity.UpdateUser(pb.UpdateUserRequest(user=wanted, update_mask=mask)).user

    named = update("name")
    assert (named.name, named.email) == ("Ana 😀", "")
    assert named.update_time.ToDatetime() - user.update_time.ToDatetime() == timedelta(hours=1)
    assert named.create_time == user.create_time
    both = update("email", "name")
    assert (both.name, both.email) == ("Ana 😀", "ana@example.org")
    assert identity.GetUser(pb.GetUserRequest(user_id=user.user_id)).user == both
    wanted.email = ""
    assert update("email").email == ""


@pytest.mark.parametrize(
    "paths", [[], ["phone_number"], ["roles"], ["name", "roles"], ["user_id"], ["*"], ["surname"]]
)
def test_a_mask_of_anything_else_is_refused(
    identity: IdentityServiceStub, paths: list[str]
) -> None:
    user = made(identity)
    request = pb.UpdateUserRequest(
        user=pb.User(user_id=user.user_id, phone_number="+12025550199", name="x"),
        update_mask=FieldMask(paths=paths),
    )
    assert refused(identity.UpdateUser, request) == invalid("update_mask")
    assert identity.GetUser(pb.GetUserRequest(user_id=user.user_id)).user == user


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("email", "ana@"),
        ("email", "@example.org"),
        ("email", "a b@example.org"),
        ("email", "a" * 250 + "@x.org"),
        ("email", "a\0@example.org"),
        ("name", "x" * 201),
        ("name", "two\nlines"),
        ("name", "nul\0"),
    ],
)
def test_values_that_cannot_be_are_refused_by_name(
    identity: IdentityServiceStub, field: str, value: str
) -> None:
    user = pb.User(user_id=made(identity).user_id, **{field: value})  # type: ignore[arg-type]
    request = pb.UpdateUserRequest(user=user, update_mask=FieldMask(paths=[field]))
    assert refused(identity.UpdateUser, request) == invalid(f"user.{field}")


def test_names_of_every_script_are_kept(identity: IdentityServiceStub) -> None:
    user_id = made(identity).user_id
    for name in ("Łukasz Żak", "نی\u200cنا", "क्\u200dष", "山田 太郎", "O’Neil-Ruiz"):
        request = pb.UpdateUserRequest(
            user=pb.User(user_id=user_id, name=name), update_mask=FieldMask(paths=["name"])
        )
        assert identity.UpdateUser(request).user.name == name


def has_role(identity: IdentityServiceStub, user_id: str, role: pb.Role.ValueType) -> bool:
    return identity.CheckRole(pb.CheckRoleRequest(user_id=user_id, role=role)).allowed


def test_an_admin_holds_support_too_and_support_does_not_hold_admin(
    identity: IdentityServiceStub,
) -> None:
    admin, helper = made(identity), made(identity, "+12025550102")
    identity.GrantRole(pb.GrantRoleRequest(user_id=admin.user_id, role=pb.ROLE_ADMIN))
    identity.GrantRole(pb.GrantRoleRequest(user_id=helper.user_id, role=pb.ROLE_SUPPORT))
    assert has_role(identity, admin.user_id, pb.ROLE_ADMIN)
    assert has_role(identity, admin.user_id, pb.ROLE_SUPPORT)
    assert has_role(identity, helper.user_id, pb.ROLE_SUPPORT)
    assert not has_role(identity, helper.user_id, pb.ROLE_ADMIN)


def test_who_is_unknown_or_was_granted_nothing_holds_no_role(identity: IdentityServiceStub) -> None:
    for user_id in (str(uuid7()), made(identity).user_id):
        for role in (pb.ROLE_ADMIN, pb.ROLE_SUPPORT):
            assert not has_role(identity, user_id, role)


def test_granting_and_revoking_may_be_repeated(
    identity: IdentityServiceStub, clock: FixedClock
) -> None:
    user_id = made(identity).user_id
    grant = pb.GrantRoleRequest(user_id=user_id, role=pb.ROLE_ADMIN)
    first = identity.GrantRole(grant).user
    assert list(first.roles) == [pb.ROLE_ADMIN]
    clock.advance(timedelta(minutes=1))
    assert identity.GrantRole(grant).user == first  # its update_time too
    both = identity.GrantRole(pb.GrantRoleRequest(user_id=user_id, role=pb.ROLE_SUPPORT)).user
    assert list(both.roles) == [pb.ROLE_SUPPORT, pb.ROLE_ADMIN]
    assert both.update_time.ToDatetime() > first.update_time.ToDatetime()
    revoke = pb.RevokeRoleRequest(user_id=user_id, role=pb.ROLE_ADMIN)
    assert list(identity.RevokeRole(revoke).user.roles) == [pb.ROLE_SUPPORT]
    assert list(identity.RevokeRole(revoke).user.roles) == [pb.ROLE_SUPPORT]
    assert not has_role(identity, user_id, pb.ROLE_ADMIN)


@pytest.mark.parametrize("role", [pb.ROLE_UNSPECIFIED, 7])
def test_what_is_no_role_is_refused_by_name(identity: IdentityServiceStub, role: Any) -> None:
    user_id = made(identity).user_id
    for call, request in (
        (identity.GrantRole, pb.GrantRoleRequest(user_id=user_id, role=role)),
        (identity.RevokeRole, pb.RevokeRoleRequest(user_id=user_id, role=role)),
        (identity.CheckRole, pb.CheckRoleRequest(user_id=user_id, role=role)),
    ):
        assert refused(call, request) == invalid("role")
    assert refused(identity.ListUsers, pb.ListUsersRequest(role=7)) == invalid("role")  # type: ignore[arg-type]


def test_lists_show_the_last_four_digits_unless_asked_for_more(
    identity: IdentityServiceStub,
) -> None:
    made(identity)
    (masked,) = identity.ListUsers(pb.ListUsersRequest()).users
    assert masked.phone_number == "********0101"
    (whole,) = identity.ListUsers(pb.ListUsersRequest(show_phone_numbers=True)).users
    assert whole.phone_number == PHONE


def test_pages_run_through_everybody_once_oldest_first(identity: IdentityServiceStub) -> None:
    ids = [made(identity, f"+120255502{n:02}").user_id for n in range(7)]
    seen, token, pages = [], "", 0
    while True:
        page = identity.ListUsers(pb.ListUsersRequest(page_size=3, page_token=token))
        seen += [user.user_id for user in page.users]
        pages, token = pages + 1, page.next_page_token
        if not token:
            break
    assert (seen, pages) == (ids, 3)


def test_a_role_lists_its_holders_exactly(identity: IdentityServiceStub) -> None:
    people = [made(identity, f"+120255502{n:02}").user_id for n in range(5)]
    for user_id in people[:3]:
        identity.GrantRole(pb.GrantRoleRequest(user_id=user_id, role=pb.ROLE_SUPPORT))
    identity.GrantRole(pb.GrantRoleRequest(user_id=people[4], role=pb.ROLE_ADMIN))
    first = identity.ListUsers(pb.ListUsersRequest(role=pb.ROLE_SUPPORT, page_size=2))
    assert [user.user_id for user in first.users] == people[:2]
    request = pb.ListUsersRequest(
        role=pb.ROLE_SUPPORT, page_size=2, page_token=first.next_page_token
    )
    rest = identity.ListUsers(request)
    assert ([user.user_id for user in rest.users], rest.next_page_token) == ([people[2]], "")


def test_bad_paging_is_refused_by_name(identity: IdentityServiceStub) -> None:
    for call, request_type in (
        (identity.ListUsers, pb.ListUsersRequest),
        (identity.ListAuditRecords, pb.ListAuditRecordsRequest),
    ):
        assert refused(call, request_type(page_size=-1)) == invalid("page_size")
        assert refused(call, request_type(page_token="nonsense")) == invalid("page_token")


def test_deleting_removes_the_person_and_may_be_repeated(identity: IdentityServiceStub) -> None:
    user = made(identity)
    request = pb.DeleteUserRequest(user_id=user.user_id)
    assert identity.DeleteUser(request).deleted
    assert not identity.DeleteUser(request).deleted
    assert refused(identity.GetUser, pb.GetUserRequest(user_id=user.user_id)) == NOT_FOUND
    again = identity.EnsureUser(pb.EnsureUserRequest(phone_number=PHONE))
    assert again.created
    assert again.user.user_id != user.user_id


def test_the_first_admin_comes_from_the_command_line(
    identity: IdentityServiceStub, database: Database, clock: FixedClock
) -> None:
    for _ in range(2):
        with database.writer() as db:
            user = model.grant_admin(db, PhoneNumber.parse(PHONE), clock.now())
    assert has_role(identity, str(user.user_id), pb.ROLE_ADMIN)
    assert made(identity).user_id == str(user.user_id)


def test_what_an_operator_changes_is_on_record_without_number_or_name(
    identity: IdentityServiceStub, database: Database, clock: FixedClock
) -> None:
    user = made(identity)
    servicer, operator = IdentityServicer(database, clock), Caller("user", str(uuid7()))

    def as_operator(method: str, call: Any, request: Any) -> None:
        name = f"/identity.v1.IdentityService/{method}"
        with calling(CurrentCall(operator, name, user.user_id, audit=False)):
            call(request, None)

    grant = pb.GrantRoleRequest(user_id=user.user_id, role=pb.ROLE_SUPPORT)
    as_operator("GrantRole", servicer.GrantRole, grant)
    update = pb.UpdateUserRequest(
        user=pb.User(user_id=user.user_id, name="Ana"), update_mask=FieldMask(paths=["name"])
    )
    as_operator("UpdateUser", servicer.UpdateUser, update)
    as_operator("GetUser", servicer.GetUser, pb.GetUserRequest(user_id=user.user_id))
    records = identity.ListAuditRecords(pb.ListAuditRecordsRequest()).audit_records
    assert [record.method.rpartition("/")[2] for record in records] == ["UpdateUser", "GrantRole"]
    for record in records:
        assert record.caller == str(operator)
        assert record.subject == user.user_id
        assert "Ana" not in str(record)
        assert PHONE not in str(record)
