"""Every look-up of conversation uses its index, also among many texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import psycopg
import pytest

from kit.database import Database, DbReader, DbWriter
from kit.migrations import drift
from kit.paging import Page
from services.conversation.message import Disposition, MessageKind
from services.conversation.model.admission import Limits, admit_texts, spent_by
from services.conversation.model.conversation import Look, conversations_of
from services.conversation.model.inbound import InboundText, record_inbound, texts_by_sid
from services.conversation.model.messages import (
    list_messages,
    outbound_messages,
    unanswered_messages,
)
from services.conversation.model.model_use import TokenLimits
from services.conversation.model.outbound import Draft, Prepared, prepare_outbound
from services.conversation.model.questions import questions_of
from services.conversation.model.reports import (
    Receipt,
    Status,
    record_delivery,
    record_send_accepted,
)
from services.conversation.model.sending import Begin, begin_send
from services.conversation.model.summaries import Summary, save_summary, unsummarized_messages
from services.conversation.tables import metadata
from tests.conversation.requests import NOON
from tests.databases import Databases
from tests.plans import plans_of, plans_of_writes, settle_down, statements_of_writes

pytestmark = pytest.mark.slow

# The first of a hundred people (of 5,000), each with 500 texts of which every tenth is unanswered.
ANA = UUID("00000000-0000-0000-0000-000000000001")

PEOPLE = [UUID(int=int(f"{n}", 16)) for n in range(1, 101)]
SIDS = [f"SM{n}-{n}" for n in range(1, 101)]
KEYS = [f"k{n}-401" for n in range(1, 101)]

Read = Callable[[DbReader], object]

_FILL = """
INSERT INTO conversation.conversation_state (user_id, message_count)
  SELECT lpad(p::text, 32, '0')::uuid, 500 FROM generate_series(1, 5000) p;
INSERT INTO conversation.messages (message_id, user_id, sequence, direction, kind, state, body,
  provider_sid, disposition, dismissed_at, admission, admission_at, event_at)
  SELECT gen_random_uuid(), lpad(p::text, 32, '0')::uuid, n, 'inbound', 'text', 'received', 'hi',
    'SM' || p || '-' || n, 'to_answer', CASE WHEN n % 10 > 0 THEN now() END,
    CASE WHEN n % 10 > 0 THEN 'admitted' END,
    CASE WHEN n % 10 > 0 THEN timestamptz '2026-11-23 12:00+00' - n * interval '1 hour' END,
    timestamptz '2026-11-23 12:00+00' - n * interval '1 minute'
  FROM generate_series(1, 100) p, generate_series(1, 400) n;
INSERT INTO conversation.messages (message_id, user_id, sequence, direction, kind, state, body,
  segments, request_key, event_at)
  SELECT gen_random_uuid(), lpad(p::text, 32, '0')::uuid, n, 'outbound', 'answer', 'prepared',
    'hello', 1, 'k' || p || '-' || n,
    timestamptz '2026-11-23 12:00+00' - n * interval '1 minute'
  FROM generate_series(1, 100) p, generate_series(401, 500) n;
INSERT INTO conversation.send_turns (message, turn_at)
  SELECT id, event_at FROM conversation.messages WHERE direction = 'outbound' AND sequence > 401;
INSERT INTO conversation.send_clocks (pace, free_at)
  VALUES ('all', timestamptz '2026-11-23 12:00:10+00');
INSERT INTO conversation.outbound_minutes (minute, texts)
  SELECT timestamptz '2026-11-23 12:00+00' - n * interval '1 minute', 1
  FROM generate_series(0, 1500) n;
INSERT INTO conversation.model_uses (request_key, user_id, day, tokens)
  SELECT p || ':' || n, lpad(p::text, 32, '0')::uuid, date '2026-11-23' - n % 2, 2000
  FROM generate_series(1, 5000) p, generate_series(1, 6) n;
INSERT INTO conversation.model_days (day, shard, tokens)
  SELECT date '2026-11-23' - n, s, 1000 FROM generate_series(0, 400) n, generate_series(0, 7) s;
"""


@dataclass(frozen=True, slots=True)
class Ids:
    """A person, a text of theirs that waits longest, a text of ours that was not sent."""

    person: UUID
    question: UUID
    ours: UUID

    @property
    def receipt(self) -> Receipt:
        return Receipt(self.ours, f"SM{self.ours}")

    @property
    def status(self) -> Status:
        return Status(self.ours, f"SM{self.ours}", "delivered", "")


def texts_of(admin_url: str, first: int, last: int) -> list[Ids]:
    with psycopg.connect(admin_url) as admin:
        rows = admin.execute(
            "SELECT q.user_id, q.message_id, o.message_id FROM conversation.messages q"
            "  JOIN conversation.messages o ON o.user_id = q.user_id AND o.sequence = 401"
            " WHERE q.sequence = 400 AND q.user_id = ANY(%s)",
            [PEOPLE[first - 1 : last]],
        ).fetchall()
    return [Ids(*row) for row in rows]


def record(db: DbWriter, ids: Sequence[Ids]) -> None:
    kind = Disposition.TO_ANSWER
    texts = [InboundText(each.person, f"SMnew{each.person}", "hi", (), NOON, kind) for each in ids]
    record_inbound(db, texts, NOON)


def prepare(db: DbWriter, ids: Sequence[Ids]) -> None:
    drafts = [
        Draft(each.person, f"k{each.person}", "hi", frozenset({each.question}), MessageKind.ANSWER)
        for each in ids
    ]
    assert all(isinstance(each, Prepared) for each in prepare_outbound(db, drafts, NOON))


@pytest.fixture(scope="module")
def many_texts(databases: Databases) -> Iterator[str]:
    """The admin's URL of a database of 50,000 texts."""
    databases.truncate("conversation")
    admin_url = databases["conversation"].admin
    with psycopg.connect(admin_url, autocommit=True) as admin:
        # or VACUUM finds commits that are not on disk, and marks no page as visible to all
        admin.execute("SET synchronous_commit = on")
        admin.execute(_FILL)
        settle_down(admin, "conversation.messages")
    yield admin_url
    databases.truncate("conversation")


def test_tables_in_the_code_are_those_of_the_migrations(databases: Databases) -> None:
    assert drift("conversation", metadata, databases["conversation"].admin) == []


def conversations_seen(db: DbReader) -> object:
    return conversations_of(db, [Look(each, 20) for each in PEOPLE], TokenLimits(), NOON)


@pytest.mark.parametrize(
    ("read", "index"),
    [
        (lambda db: unanswered_messages(db, PEOPLE), "using messages_unanswered"),
        (lambda db: list_messages(db, ANA, Page(50)), "messages_by_time"),
        (lambda db: list_messages(db, ANA, Page(50, (NOON, 7))), "messages_by_time"),
        (conversations_seen, "messages_by_time"),
        (conversations_seen, "by_user"),
        (conversations_seen, "model_uses_by_user"),
        (conversations_seen, "model_days_pkey"),
        (lambda db: unsummarized_messages(db, ANA, NOON, 100), "messages_by_time"),
        (lambda db: outbound_messages(db, PEOPLE), "messages_message_id"),
        (lambda db: outbound_messages(db, KEYS), "messages_request_key"),
        (lambda db: texts_by_sid(db, SIDS), "messages_provider_sid"),
        (lambda db: spent_by(db, PEOPLE, NOON), "messages_admission"),
        (lambda db: questions_of(db, PEOPLE, PEOPLE), "messages_message_id"),
        (lambda db: questions_of(db, PEOPLE, PEOPLE), "messages_unanswered"),
    ],
)
def test_look_ups_use_their_index(
    database: Database, many_texts: str, read: Read, index: str
) -> None:
    plans = plans_of(database, many_texts, read)
    assert index in plans
    assert "Seq Scan" not in plans


def test_unanswered_texts_are_found_in_order_without_sorting(
    database: Database, many_texts: str
) -> None:
    with database.reader() as db:
        found = unanswered_messages(db, [ANA])[ANA]
    assert [message.sequence for message in found] == list(range(400, 0, -10))
    plans = plans_of(database, many_texts, lambda db: unanswered_messages(db, PEOPLE))
    assert "Sort" not in plans
    assert "Filter" not in plans


def begin(db: DbWriter, ids: Sequence[Ids]) -> object:
    return begin_send(db, [Begin(each.ours, "a", "") for each in ids], Limits(), NOON)


def wait_for_turns(db: DbWriter, ids: Sequence[Ids]) -> object:
    limits = Limits(segments_a_second=1)
    return begin_send(db, [Begin(each.ours, "a", "") for each in ids], limits, NOON)


@pytest.mark.parametrize(
    ("write", "statements"),
    [
        (record, 2),
        (prepare, 5),
        (lambda db, ids: admit_texts(db, [each.question for each in ids], Limits(), NOON), 4),
        (begin, 6),
        (wait_for_turns, 7),
        (lambda db, ids: record_send_accepted(db, [each.receipt for each in ids], NOON), 2),
        (lambda db, ids: record_delivery(db, [each.status for each in ids], NOON), 2),
    ],
    ids=["record", "prepare", "admit", "begin", "wait", "accepted", "delivered"],
)
def test_a_batch_takes_as_many_statements_as_one_item_each_by_its_indexes(
    database: Database,
    many_texts: str,
    write: Callable[..., object],
    statements: int,
) -> None:
    for some in (texts_of(many_texts, 2, 2), texts_of(many_texts, 3, 60)):
        plans = statements_of_writes(database, partial(write, ids=some))
        assert len(plans) == statements
        # The clocks are two rows.
        assert not [plan for plan in plans if "Seq Scan" in plan.replace("Scan on send_clocks", "")]


def test_what_only_the_provider_knew_costs_a_send_one_look_at_its_own_index(
    database: Database, many_texts: str
) -> None:
    plans = statements_of_writes(database, partial(begin, ids=texts_of(many_texts, 3, 60)))
    [look] = [plan for plan in plans if "restored" in plan]
    assert "using messages_restored" in look


def test_a_summary_is_saved_and_what_it_leaves_is_found_by_the_order_of_the_transcript(
    database: Database, many_texts: str
) -> None:
    [ids] = texts_of(many_texts, 1, 1)

    def write(db: DbWriter) -> None:
        assert save_summary(db, Summary(ids.person, "She rests.", 0, ids.question), NOON) == 1
        assert len(unsummarized_messages(db, ids.person, NOON, 1_000)) == 399

    plans = plans_of_writes(database, many_texts, write)
    assert "messages_by_time" in plans
    assert "Seq Scan" not in plans
