"""Handing a prepared text to the provider by the ledger: never twice, and never lost."""

from __future__ import annotations

from datetime import timedelta

import grpc
import psycopg
import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import AnswerSms, Notice, SendAnswer, SendNotice
from services.jobs.carrier import AccountRefused, NotSent, Refused
from services.jobs.settlement import Claimed, Snooze, Wait, verdict_of
from services.jobs.workflows import answer_sms, send_answer, send_notice
from services.jobs.workflows.outcome import Bury, Done, Later, Retry
from services.jobs.workflows.sending import NOT_FOUND_COUNTS_AFTER
from tests.databases import Databases
from tests.jobs.workflows.acting import ANA, IN, OUT, Acting, done

LATE_ENOUGH = NOT_FOUND_COUNTS_AFTER + timedelta(seconds=1)


def is_unknown(outcome: object) -> bool:
    return isinstance(outcome, Later) and outcome.reason.startswith("UNKNOWN_OUTCOME")


def test_an_accepted_text_is_in_the_ledger_with_the_providers_id(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    assert acting.sends(message) == Done("accepted")
    [text] = acting.provider.texts
    assert (text.to, text.body, text.message_id) == (ANA, "hello", message.message_id)
    assert text.validity == timedelta(minutes=10)
    assert acting.ledger(message.message_id) == ("ACCEPTED", "SM1", "")


def test_a_text_that_was_accepted_is_not_sent_again(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.sends(message)
    assert acting.sends(message) == Done("settled before")
    assert len(acting.provider.texts) == 1


def test_nothing_is_sent_to_a_person_who_has_opted_out(acting: Acting) -> None:
    user_id = acting.person()
    message = acting.prepared(user_id)
    acting.consents(user_id, OUT)
    assert acting.sends(message) == Done("withheld: opted out")
    assert acting.provider.texts == []
    assert acting.ledger(message.message_id)[0] == "WITHHELD"
    acting.wait(minutes=1)
    acting.consents(user_id, IN)
    assert acting.sends(message) == Done("settled before")


def test_a_number_whose_person_opted_out_and_was_erased_is_texted_once_it_asks_to_be(
    acting: Acting,
) -> None:
    erased = acting.person()
    acting.act(lambda ctx: ctx.identity.delete_user(erased, suppress_number=True))
    back = acting.person()
    message = acting.prepared(back)
    assert acting.sends(message) == Done("withheld: opted out before")
    assert acting.provider.texts == []
    assert acting.ledger(message.message_id) == ("WITHHELD", "", "SUPPRESSED")
    acting.consents(back, IN)
    assert acting.sends(acting.prepared(back)) == Done("accepted")


def test_a_text_of_another_person_is_sent_to_nobody(acting: Acting) -> None:
    theirs = acting.prepared(acting.person())
    somebody_else = acting.person("+12025550102")
    job = SendAnswer(user_id=somebody_else, message_id=theirs.message_id)
    assert acting.run(send_answer.run, job) == Bury("TEXT_OF_ANOTHER_PERSON")
    assert acting.provider.texts == []
    assert acting.ledger(theirs.message_id)[0] == "PREPARED"
    answer = AnswerSms(user_id=somebody_else, expired_message_id=theirs.message_id)
    assert acting.run(answer_sms.run, answer) == Done("nothing unanswered")
    assert acting.sends(theirs) == Done("accepted")


def test_the_confirmation_of_an_opt_out_is_sent_all_the_same(acting: Acting) -> None:
    user_id = acting.person()
    acting.consents(user_id, OUT)
    assert acting.sends(acting.prepared(user_id), despite_opt_out=True) == Done("accepted")


@pytest.mark.parametrize("away_first", [False, True])
def test_an_opt_out_that_was_undone_is_not_confirmed_any_more(
    acting: Acting, away_first: bool
) -> None:
    user_id = acting.person()
    acting.consents(user_id, OUT)
    confirmation = acting.prepared(user_id)
    if away_first:
        acting.provider.next.append(NotSent("ClientConnectorError"))
        assert isinstance(acting.sends(confirmation, despite_opt_out=True), Retry)
    acting.wait(seconds=2)
    acting.consents(user_id, IN)
    outcome = acting.sends(confirmation, despite_opt_out=True)
    assert outcome == Done("withheld: opted in since")
    assert acting.provider.texts == []
    assert acting.ledger(confirmation.message_id) == ("WITHHELD", "", "OPTED_IN_SINCE")


def test_the_opt_out_of_a_number_that_is_never_texted_again_is_confirmed(acting: Acting) -> None:
    erased = acting.person()
    acting.act(lambda ctx: ctx.identity.delete_user(erased, suppress_number=True))
    user_id = acting.person()
    acting.consents(user_id, OUT)
    assert acting.sends(acting.prepared(user_id), despite_opt_out=True) == Done("accepted")


def test_a_text_to_nobody_is_withheld(acting: Acting) -> None:
    message = acting.prepared("00000000-0000-7000-8000-000000000000")
    assert acting.sends(message) == Done("withheld: no such person")
    assert acting.ledger(message.message_id)[0] == "WITHHELD"


def test_consent_that_cannot_be_read_holds_a_text_back(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.trouble.make("*/GetProfile", "refuses")
    with pytest.raises(grpc.aio.AioRpcError):
        acting.sends(message)
    assert acting.provider.texts == []
    assert acting.ledger(message.message_id)[0] == "PREPARED"


def test_a_lease_that_is_nearly_over_begins_nothing(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    outcome = acting.sends(message, time_left=lambda: timedelta(seconds=11))
    assert isinstance(outcome, Retry)
    assert outcome.reason == "NO_TIME_LEFT"
    assert acting.ledger(message.message_id)[0] == "PREPARED"
    assert acting.provider.texts == []


def test_a_lease_that_ran_short_before_the_request_gives_the_right_back(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    left = iter([timedelta(seconds=30), timedelta(seconds=5)])
    assert isinstance(acting.sends(message, time_left=lambda: next(left)), Retry)
    assert acting.provider.texts == []
    assert acting.ledger(message.message_id)[0] == "PREPARED"
    assert acting.sends(message) == Done("accepted")


def test_a_text_that_was_surely_not_sent_may_be_sent_at_once(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.provider.next.append(NotSent("TWILIO_20429", timedelta(seconds=7)))
    assert acting.sends(message) == Retry("TWILIO_20429", timedelta(seconds=7))
    assert acting.ledger(message.message_id)[0] == "PREPARED"
    assert acting.sends(message) == Done("accepted")
    assert acting.provider.asked == 0, "nothing had to be looked up"


def test_a_refused_text_is_not_tried_again(acting: Acting) -> None:
    message = acting.prepared(acting.person())
    acting.provider.next.append(Refused("21211"))
    assert acting.sends(message) == Done("refused: 21211")
    assert acting.ledger(message.message_id) == ("FAILED", "", "21211")
    assert acting.sends(message) == Done("settled before")


def test_a_refusal_for_an_opt_out_is_an_opt_out_as_of_the_sending(acting: Acting) -> None:
    user_id = acting.person()
    message = acting.prepared(user_id)
    acting.provider.next.append(Refused("21610"))
    assert acting.sends(message) == Done("refused: 21610")
    assert acting.profile(user_id).sms_consent == OUT
    acting.wait(seconds=1)
    acting.consents(user_id, IN)
    assert acting.profile(user_id).sms_consent == IN


def test_an_opt_out_that_could_not_be_written_down_is_not_forgotten(acting: Acting) -> None:
    user_id = acting.person()
    message = acting.prepared(user_id)
    acting.provider.next += [Refused("21610"), Refused("21610")]
    acting.trouble.make("*/SetSmsConsent", "refuses")
    with pytest.raises(grpc.aio.AioRpcError):
        acting.sends(message)
    acting.trouble.clear()
    assert is_unknown(acting.sends(message))
    acting.clock.advance(LATE_ENOUGH)
    assert acting.sends(message) == Done("refused: 21610")
    assert acting.profile(user_id).sms_consent == OUT


def test_a_text_over_the_hours_limit_waits_for_its_turn_and_operators_hear_of_it_once(
    acting: Acting, databases: Databases
) -> None:
    with psycopg.connect(databases["conversation"].admin) as admin:
        row = "INSERT INTO conversation.outbound_minutes (minute, texts) VALUES (%s, 999)"
        admin.execute(row, [acting.clock.now()])
    user_id = acting.person()
    first, *late = (acting.prepared(user_id) for _ in range(3))
    assert acting.sends(first) == Done("accepted")
    hour = Later(timedelta(minutes=61), "OUTBOUND_LIMIT_REACHED")
    assert [acting.sends(each) for each in late] == [hour, hour]
    assert {acting.ledger(each.message_id)[0] for each in late} == {"PREPARED"}
    alerts = {each.key for each in acting.enqueued}
    assert alerts == {"alert:outbound-limit-reached:2026-11-23T18"}
    acting.clock.advance(hour.delay)
    assert acting.sends(late[0]) == Done("accepted")
    assert len(acting.provider.texts) == 2


def test_an_answer_waits_for_room_and_is_not_asked_for_anew_meanwhile(
    acting: Acting, databases: Databases
) -> None:
    """A wait that outlasts the time of an answer would bury it, and have it answered anew."""
    with psycopg.connect(databases["conversation"].admin) as admin:
        row = "INSERT INTO conversation.outbound_minutes (minute, texts) VALUES (%s, 1000)"
        admin.execute(row, [acting.clock.now()])
    message = acting.prepared(acting.person())
    job = SendAnswer(user_id=message.user_id, message_id=message.message_id)
    outcome = acting.run(send_answer.run, job)
    assert outcome == Later(timedelta(seconds=30), "OUTBOUND_LIMIT_REACHED")
    begun = Claimed("send_answer", 1, timedelta(minutes=9), cancel_requested=False)
    verdict = verdict_of(Snooze(outcome.delay, outcome.reason), begun, 0.5)
    assert isinstance(verdict, Wait)
    assert verdict.stays, "and whatever is answered next comes after it"


def test_an_answer_keeps_its_place_however_long_the_provider_asks_us_to_wait(
    acting: Acting,
) -> None:
    message = acting.prepared(acting.person())
    job = SendAnswer(user_id=message.user_id, message_id=message.message_id)
    acting.provider.next.append(NotSent("TWILIO_20429", timedelta(minutes=5)))
    assert acting.run(send_answer.run, job) == Retry("TWILIO_20429", timedelta(seconds=30))


def test_a_text_that_the_number_cannot_send_yet_waits_for_its_turn(
    acting: Acting, databases: Databases
) -> None:
    with psycopg.connect(databases["conversation"].admin) as admin:
        row = "INSERT INTO conversation.send_clocks (pace, free_at) VALUES ('all', %s)"
        admin.execute(row, [acting.clock.now() + timedelta(seconds=40)])
    message = acting.prepared(acting.person())
    waits = acting.sends(message)
    assert isinstance(waits, Later)
    assert waits.reason == "SEND_RATE_REACHED"
    assert timedelta(seconds=39) <= waits.delay <= timedelta(seconds=40)
    assert acting.ledger(message.message_id)[0] == "PREPARED"
    assert acting.enqueued == [], "nobody hears of it"
    answer = SendAnswer(user_id=message.user_id, message_id=message.message_id)
    kept = Later(timedelta(seconds=30), "SEND_RATE_REACHED")
    assert acting.run(send_answer.run, answer) == kept, "its place before the person's next answer"
    acting.clock.advance(waits.delay)
    assert acting.run(send_answer.run, answer) == Done("accepted")


def test_an_account_that_is_refused_stops_all_and_operators_hear_of_it_once(
    acting: Acting,
) -> None:
    for _ in range(2):
        message = acting.prepared(acting.person())
        acting.provider.next.append(AccountRefused("20003"))
        assert acting.sends(message) == Retry("TWILIO_20003", timedelta(seconds=2))
        assert acting.ledger(message.message_id)[0] == "PREPARED"
        acting.wait(minutes=1)
    assert set(acting.stopped) == {"TWILIO_20003"}
    assert {each.key for each in acting.enqueued} == {
        "alert:sends-stopped-20003:2026-11-23T18:00:00Z"
    }
    assert acting.sends(message) == Done("accepted")


@pytest.mark.parametrize("code", ["21617", "21408", "21602"])
def test_a_refusal_that_is_our_doing_is_told_to_operators_once_a_day(
    acting: Acting, code: str
) -> None:
    message = acting.prepared(acting.person())
    acting.provider.next.append(Refused(code))
    outcome = done(acting.sends(message), f"alert:send-refused-{code}:2026-11-23")
    assert outcome.result == f"refused: {code}"
    assert outcome.follow_ups[0].payload.alert_operators.subject == message.message_id


@pytest.mark.parametrize("code", ["21211", "21214", "21612", "21614"])
def test_a_number_that_takes_no_texts_alerts_nobody(acting: Acting, code: str) -> None:
    acting.provider.next.append(Refused(code))
    assert acting.sends(acting.prepared(acting.person())) == Done(f"refused: {code}")


@pytest.mark.parametrize("code", ["21211", "21614"])
def test_a_number_that_takes_no_texts_is_marked_and_replies_to_it_are_still_tried(
    acting: Acting, code: str
) -> None:
    user_id = acting.person()
    acting.provider.next.append(Refused(code))
    acting.sends(acting.prepared(user_id))
    assert acting.unreachable(user_id) == (code, acting.clock.now())
    assert acting.sends(acting.prepared(user_id)) == Done("accepted")


@pytest.mark.parametrize("code", ["21610", "21612", "21408", "21617"])
def test_another_refusal_says_nothing_of_the_number(acting: Acting, code: str) -> None:
    user_id = acting.person()
    acting.provider.next.append(Refused(code))
    acting.sends(acting.prepared(user_id))
    assert acting.unreachable(user_id) is None


@pytest.mark.parametrize(
    ("notice", "kind"),
    [
        (Notice.NOTICE_OPT_OUT_CONFIRMATION, "KEYWORD_REPLY"),
        (Notice.NOTICE_OPT_IN_CONFIRMATION, "KEYWORD_REPLY"),
        (Notice.NOTICE_HELP, "KEYWORD_REPLY"),
        (Notice.NOTICE_WELCOME, "NOTICE"),
    ],
)
def test_replies_to_words_are_of_the_kind_that_no_limit_holds_back(
    acting: Acting, notice: Notice.ValueType, kind: str
) -> None:
    acting.run(send_notice.run, SendNotice(user_id=acting.person(), notice=notice), key="n")
    said = acting.act(lambda ctx: ctx.conversation.find_prepared("n"))
    assert said is not None
    assert conversation.MessageKind.Name(said.kind) == f"MESSAGE_KIND_{kind}"
