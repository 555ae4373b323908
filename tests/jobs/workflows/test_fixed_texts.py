"""Every fixed text is plain, short, and says what it has to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind, Notice
from services.jobs.agent.guardrails import is_safe, plain, septets
from services.jobs.safety.replies import crisis_reply
from services.jobs.workflows import notices
from services.jobs.workflows.fixed_words import answers_no_text

KINDS = [kind for kind in InboundCrisisKind.values() if kind]
ONE_SEGMENT = 160
TWO_SEGMENTS = 306


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", ["+12025550101", "+442079460123"])
def test_a_crisis_reply_is_plain_and_two_segments_at_most(
    kind: InboundCrisisKind.ValueType, language: str, number: str
) -> None:
    body = crisis_reply(kind, language, number)
    assert plain(body) == body
    assert septets(body) <= TWO_SEGMENTS
    assert all(way in body for way in ("988", "741741", "911", "HOME"))
    assert is_safe(body)


def test_crisis_replies_differ_by_kind_and_say_what_the_kind_needs() -> None:
    abuse = crisis_reply(InboundCrisisKind.INBOUND_CRISIS_KIND_ABUSE, "en", "+12025550101")
    medical = crisis_reply(
        InboundCrisisKind.INBOUND_CRISIS_KIND_MEDICAL_EMERGENCY, "en", "+12025550101"
    )
    assert "1-800-799-7233" in abuse
    assert medical.startswith("Call 911 now")
    assert len({crisis_reply(kind, "en", "+12025550101") for kind in KINDS}) == len(KINDS)


def test_a_number_from_abroad_is_told_that_the_lines_are_american() -> None:
    kind = InboundCrisisKind.INBOUND_CRISIS_KIND_SUICIDE
    assert "Outside the US" in crisis_reply(kind, "en", "+442079460123")
    assert "where there is no 988" in crisis_reply(kind, "en", "+442079460123")
    assert "El 988 es de EE.UU." in crisis_reply(kind, "es", "+525512345678")
    assert "Outside the US" in crisis_reply(kind, "en", "+18765551234"), "Jamaica shares +1"
    for at_home in ("+12025550101", "+17875551234", "+16135550123"):
        assert "Outside the US" not in crisis_reply(kind, "en", at_home)


@pytest.mark.parametrize("notice", [notice for notice in Notice.values() if notice])
def test_a_notice_is_plain_and_one_segment(notice: Notice.ValueType) -> None:
    body = notices.NOTICES[notice]
    assert plain(body) == body
    assert septets(body) <= ONE_SEGMENT


def test_the_apology_carries_the_crisis_numbers_and_help_says_who_answers() -> None:
    apology = notices.NOTICES[Notice.NOTICE_APOLOGY]
    assert all(way in apology for way in ("988", "741741", "911"))
    helping = notices.NOTICES[Notice.NOTICE_HELP]
    assert all(word in helping for word in ("AI", "STOP", "rates", "988"))
    assert "START" in notices.NOTICES[Notice.NOTICE_OPT_OUT_CONFIRMATION]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("words", [notices.subscribe_invitation, notices.mending_invitation])
def test_an_invitation_is_plain_and_one_segment_beside_its_link(
    words: Callable[[str, str], str], language: str
) -> None:
    body = words("https://example.org/cs_1", language)
    assert plain(body) == body
    assert septets(words("", language)) <= ONE_SEGMENT + len("https://example.org/cs_1")
    assert "988" in body


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_is_said_where_a_payment_is_to_be_mended_and_there_is_no_page_is_plain(
    language: str,
) -> None:
    body = notices.mending_notice(language)
    assert plain(body) == body
    assert septets(body) <= TWO_SEGMENTS
    assert "988" in body


@pytest.mark.parametrize("body", [*notices.REACTIVATIONS, notices.CRISIS_FOLLOW_UP])
def test_a_text_that_we_start_is_plain_and_one_segment(body: str) -> None:
    assert plain(body) == body
    assert septets(body) <= ONE_SEGMENT


def test_each_text_that_asks_a_person_back_says_how_to_stop() -> None:
    assert all("STOP" in body for body in notices.REACTIVATIONS)
    assert len(set(notices.REACTIVATIONS)) == 3


@pytest.mark.parametrize("number", ["+12025550101", "+34600000000"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_answers_no_text_is_known_by_its_words(number: str, language: str) -> None:
    """After a restore it is no answer to what the person asked."""
    for kind in InboundCrisisKind.values():
        assert answers_no_text(crisis_reply(kind, language, number))
    assert answers_no_text(notices.check_in("How heavy is it", 3))
    assert answers_no_text(notices.NOTICES[Notice.NOTICE_HELP])
    for answer in (
        notices.NOTICES[Notice.NOTICE_APOLOGY],
        notices.ONLY_TEXT,
        notices.next_question("How heavy is it", 2, 3),
        "Rest a little.",
    ):
        assert not answers_no_text(answer)
