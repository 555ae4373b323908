"""Reading the trail of operators: how every service answers ListAuditRecords."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

import sqlalchemy as sa
from google.protobuf.message import Message

from kit.database import Database, DbReader
from kit.paging import Page
from kit.wire import timestamp

ResponseT = TypeVar("ResponseT", bound=Message)


class ListAuditRecordsRequest(Protocol):
    """What each contract's request has."""

    page_size: int
    page_token: str


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One deed of an operator.

    caller: "respite://user/<user_id>". method: full name, "/profile.v1.ProfileService/GetProfile".
    subject: the id that the call was about, "" where it was about none. detail: a few words of the
    service, may be "". create_time: aware, UTC, of the database.
    """

    record_id: UUID
    caller: str
    method: str
    subject: str
    detail: str
    create_time: datetime


def answer_list(
    database: Database,
    table: sa.Table,
    request: ListAuditRecordsRequest,
    kind: type[ResponseT],
) -> ResponseT:
    """ListAuditRecords of the service whose trail is `table`; a replica may answer.

    kind: its response. Raises InvalidArgument for a page that cannot be.
    """
    page = Page.parse(request.page_size, request.page_token)
    with database.list_reader() as db:
        records, token = list_records(db, table, page)
    return trail_to_proto(kind, records, token)


def list_records(
    db: DbReader, table: sa.Table, page: Page, *, caller: str = "", subject: str = ""
) -> tuple[Sequence[AuditRecord], str]:
    """One page of the trail, newest first, and its next_page_token ("" on the last page).

    caller, subject: only records of that operator, about that id; "" means any.
    """
    stmt = sa.select(
        table.c.id, table.c.caller, table.c.method, table.c.subject, table.c.detail,
        table.c.created_at,
    )  # fmt: skip
    if caller:
        stmt = stmt.where(table.c.caller == caller)
    if subject:
        stmt = stmt.where(table.c.subject == subject)
    rows = db.rows(page.select(stmt, table.c.id, descending=True))
    return page.cut([AuditRecord(*row) for row in rows], key=lambda record: (record.record_id,))


def trail_to_proto(
    kind: type[ResponseT], records: Sequence[AuditRecord], next_page_token: str
) -> ResponseT:
    """A page of the trail in a contract's own messages; its detail, where those have a place."""
    answer: Any = kind()
    answer.next_page_token = next_page_token
    for record in records:
        message = answer.audit_records.add(
            record_id=str(record.record_id),
            caller=record.caller,
            method=record.method,
            subject=record.subject,
            create_time=timestamp(record.create_time),
        )
        if "detail" in message.DESCRIPTOR.fields_by_name:
            message.detail = record.detail
    whole: ResponseT = answer
    return whole
