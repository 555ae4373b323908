"""The assistant reports a crisis in texts that the rules took for none."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY

from protos.jobs.v1.payloads_pb2 import InboundCrisisSource, ProcessInboundSms, RecordCrisis
from services.jobs.safety.crisis import PASSIVE, SUICIDE, Crisis
from services.jobs.safety.replies import crisis_reply
from services.jobs.workflows import process_inbound_sms, record_crisis
from services.jobs.workflows.outcome import Done, FollowUp, Later, Outcome, Retry
from services.jobs.workflows.send_crisis_reply import ledger_key
from services.jobs.workflows.table import WORKFLOWS
from tests.jobs.workflows.acting import ANA, OUT, Acting
from tests.jobs.workflows.test_answer_sms import answers

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unhurried_ledger")]

HINT = "I wrote the letters for the kids and cleaned the house"
REPORT = Crisis(SUICIDE, "en")
BODY = crisis_reply(SUICIDE, "en", ANA)
ASSISTANT = InboundCrisisSource.INBOUND_CRISIS_SOURCE_ASSISTANT


@pytest.fixture
def ana(acting: Acting) -> str:
    """Somebody whose assistant reports whatever she writes."""
    acting.agent.words = REPORT
    return acting.person()


def sid_of(acting: Acting, user_id: str) -> str:
    """The provider's id of the newest text."""
    said = acting.act(lambda ctx: ctx.conversation.get(user_id))
    return [each for each in said.recent_messages if not each.request_key][-1].provider_sid


def reported(outcome: Outcome, sid: str) -> tuple[FollowUp, FollowUp]:
    """What a report must ask for: the reply and the record, under the keys of the rules."""
    assert isinstance(outcome, Done)
    reply, record = outcome.follow_ups
    assert [reply.key, record.key] == [f"crisis-reply:{sid}", f"crisis:{sid}"]
    assert reply.payload.send_crisis_reply.source == ASSISTANT
    assert record.payload.record_crisis.source == ASSISTANT
    return reply, record


def runs(acting: Acting, job: FollowUp) -> Outcome:
    """One attempt of a job that was asked for, and of what it asks to be written down."""
    kind = job.payload.WhichOneof("type")
    assert kind is not None
    outcome = acting.run(WORKFLOWS[kind], getattr(job.payload, kind), key=job.key)
    if isinstance(outcome, Done):
        for each in outcome.follow_ups:
            if each.payload.HasField("record_crisis_reply"):
                runs(acting, each)
    return outcome


def reply_in_the_ledger(acting: Acting, sid: str) -> str:
    found = acting.act(lambda ctx: ctx.conversation.find_prepared(ledger_key(sid)))
    assert found is not None
    return acting.ledger(found.message_id)[0]


def is_open(acting: Acting, user_id: str) -> bool:
    return acting.profile(user_id).crisis_open


def test_the_fixed_reply_and_the_record_take_the_place_of_an_answer(
    acting: Acting, ana: str
) -> None:
    acting.texts(ana, HINT)
    sid = sid_of(acting, ana)
    counted = REGISTRY.get_sample_value("respite_crisis_texts_total", {"source": "assistant"}) or 0
    reply, record = reported(answers(acting, ana), sid)
    assert acting.unanswered(ana) == []
    runs(acting, reply)
    runs(acting, record)
    assert acting.provider.received(ANA) == [BODY]
    assert reply_in_the_ledger(acting, sid) == "ACCEPTED"
    assert is_open(acting, ana)
    now = REGISTRY.get_sample_value("respite_crisis_texts_total", {"source": "assistant"})
    assert now == counted + 1
    assert answers(acting, ana, "answer:2") == Done("nothing unanswered")


def test_nothing_is_spent_on_reported_texts(acting: Acting, ana: str) -> None:
    """Ten texts a minute are answered; a report gives back what its texts had taken."""
    for _ in range(10):
        acting.texts(ana, HINT)
    answers(acting, ana)
    acting.agent.words = "I hear you."
    for _ in range(10):
        acting.texts(ana, "and you?")
    answers(acting, ana, "answer:2")
    assert len(acting.agent.turns[-1].texts) == 10


@pytest.mark.parametrize("lost", ["the settlement", "the answer to prepare"])
def test_a_worker_that_dies_after_a_report_leaves_it_to_the_next_whatever_the_model_says_then(
    acting: Acting, ana: str, lost: str
) -> None:
    acting.texts(ana, HINT)
    sid = sid_of(acting, ana)
    if lost == "the answer to prepare":
        acting.trouble.make("*/PrepareOutboundMessage", "loses the answer", times=1)
        assert isinstance(answers(acting, ana), Later)
    else:
        reported(answers(acting, ana), sid)
    acting.agent.words = "How was your day?"
    acting.wait(seconds=1)
    acting.texts(ana, "are you there?")
    again = answers(acting, ana, repeated=True)
    assert isinstance(again, Done)
    assert [each.key.partition(":")[0] for each in again.follow_ups] == [
        "send",
        "crisis-reply",
        "crisis",
    ]
    reply, record = reported(Done("", again.follow_ups[1:]), sid)
    assert reply.payload.send_crisis_reply.kind == SUICIDE
    runs(acting, reply)
    runs(acting, record)
    assert acting.provider.received(ANA) == [BODY]


def test_a_worker_that_dies_before_the_reply_is_in_the_ledger_has_done_nothing(
    acting: Acting, ana: str
) -> None:
    acting.texts(ana, HINT)
    acting.trouble.make("*/PrepareOutboundMessage", "refuses", times=1)
    assert isinstance(answers(acting, ana), Later)
    assert acting.unanswered(ana) == [HINT]
    reported(answers(acting, ana, repeated=True), sid_of(acting, ana))


def test_once_the_reply_is_on_its_way_a_repeated_job_asks_for_nothing(
    acting: Acting, ana: str
) -> None:
    acting.texts(ana, HINT)
    reply, _ = reported(answers(acting, ana), sid_of(acting, ana))
    runs(acting, reply)
    assert answers(acting, ana, repeated=True) == Done("nothing unanswered")


@pytest.mark.parametrize("fails", ["the model", "profile", "OpenTurn"])
def test_a_reply_waits_for_nothing_that_fails_on_a_newer_text(
    acting: Acting, ana: str, fails: str
) -> None:
    acting.texts(ana, HINT)
    first = reported(answers(acting, ana), sid_of(acting, ana))
    acting.texts(ana, "still there?")
    if fails == "the model":
        acting.agent.words = None
    else:
        acting.trouble.make("/profile.*" if fails == "profile" else f"*/{fails}", "refuses")
    assert isinstance(answers(acting, ana, attempt=2), Retry | Later)
    assert [each.key for each in acting.enqueued] == [each.key for each in first]
    acting.trouble.clear()
    runs(acting, acting.enqueued[0])
    assert acting.provider.received(ANA) == [BODY]
    assert acting.unanswered(ana) == ["still there?"]


def test_who_opts_out_meanwhile_is_not_texted_and_operators_are_alerted(
    acting: Acting, ana: str
) -> None:
    acting.texts(ana, HINT)
    sid = sid_of(acting, ana)
    reply, record = reported(answers(acting, ana), sid)
    acting.consents(ana, OUT)
    outcome = runs(acting, reply)
    assert isinstance(outcome, Done)
    assert outcome.follow_ups[0].key == f"alert:crisis-opted-out:{sid}"
    runs(acting, record)
    assert acting.provider.texts == []
    assert reply_in_the_ledger(acting, sid) == "WITHHELD"
    assert is_open(acting, ana)


def test_several_texts_of_a_turn_get_one_reply(acting: Acting, ana: str) -> None:
    for body in ("hi", HINT, "goodnight"):
        acting.texts(ana, body)
        acting.wait(seconds=1)
    reported(answers(acting, ana), sid_of(acting, ana))
    assert acting.unanswered(ana) == []


def test_rules_and_assistant_on_one_text_give_one_reply(acting: Acting, ana: str) -> None:
    """As when rules of another version read the text again after its first worker died."""
    acting.texts(ana, "I want to die")
    sid = sid_of(acting, ana)
    text = ProcessInboundSms(message_sid=sid, sender=ANA, body="I want to die")
    by_rules = acting.run(process_inbound_sms.run, text)
    assert isinstance(by_rules, Done)
    runs(acting, by_rules.follow_ups[0])
    by_model = reported(answers(acting, ana), sid)
    assert [each.key for each in by_rules.follow_ups[:2]] == [each.key for each in by_model]
    assert acting.unanswered(ana) == []
    runs(acting, by_model[0])
    assert acting.provider.received(ANA) == [BODY]


def test_a_reply_in_spanish_and_abroad_is_found_again_by_its_words(acting: Acting) -> None:
    number = "+525512345678"
    user_id = acting.person(number)
    acting.agent.words = Crisis(PASSIVE, "es")
    acting.texts(user_id, "ya deje todo listo")
    first = answers(acting, user_id)
    assert isinstance(first, Done)
    again = answers(acting, user_id, repeated=True)
    assert again == Done("nothing unanswered", first.follow_ups)


def test_a_person_who_is_being_erased_gets_no_reply(acting: Acting, ana: str) -> None:
    acting.texts(ana, HINT)
    acting.act(lambda ctx: ctx.identity.begin_erasure(ana))
    assert answers(acting, ana) == Done("no such person")


def test_a_source_that_only_a_newer_version_knows_is_left_to_its_workers(acting: Acting) -> None:
    job = RecordCrisis(message_sid="SM1x", sender=ANA, kind=SUICIDE, source=99)  # type: ignore[arg-type]
    assert acting.run(record_crisis.run, job) == Retry("UNKNOWN_CRISIS_SOURCE")
