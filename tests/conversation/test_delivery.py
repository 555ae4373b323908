"""Delivery states never go backwards, whatever comes in whatever order."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.conversation.delivery import GIVEN_UP, MessageState, advanced, state_of_word

PROGRESS = ["queued", "sending", "sent", "delivered", "read"]
FINAL = {
    MessageState.DELIVERED,
    MessageState.UNDELIVERED,
    MessageState.FAILED,
    MessageState.CANCELED,
    MessageState.READ,
}
OUTBOUND = [state for state in MessageState if state is not MessageState.RECEIVED]
words = st.sampled_from([*PROGRESS, "accepted", "scheduled", "undelivered", "failed", "canceled"])


def after(start: MessageState, *said: str) -> MessageState:
    state = start
    for word in said:
        reported = state_of_word(word)
        assert reported is not None
        state = advanced(state, reported)
    return state


@pytest.mark.parametrize("order", list(itertools.permutations(PROGRESS)))
def test_any_order_of_a_texts_progress_ends_read(order: tuple[str, ...]) -> None:
    assert after(MessageState.SENDING, *order) is MessageState.READ


@given(st.sampled_from(OUTBOUND), st.lists(words, max_size=8))
def test_a_final_state_stays(start: MessageState, said: list[str]) -> None:
    state = start
    for word in said:
        moved = after(state, word)
        if state in FINAL and moved is not state:
            assert (state, moved) == (MessageState.DELIVERED, MessageState.READ)
        state = moved


@given(st.lists(words.filter(lambda word: word not in {"undelivered", "failed", "canceled"})))
def test_without_failures_the_order_does_not_matter(said: list[str]) -> None:
    assert after(MessageState.SENDING, *said) is after(MessageState.SENDING, *sorted(said))


@given(st.sampled_from(OUTBOUND), words)
def test_a_repeat_changes_nothing(start: MessageState, word: str) -> None:
    assert after(start, word, word) is after(start, word)


def test_what_we_gave_up_gives_way_to_what_the_provider_knows() -> None:
    assert {after(state, "queued") for state in GIVEN_UP} == {
        MessageState.ACCEPTED,
        MessageState.FAILED,
    }
    assert state_of_word("Delivered") is MessageState.DELIVERED
    assert state_of_word("no such word") is None


class Ledger(RuleBasedStateMachine):
    """One text's life: the words of the provider and our own decisions, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state = MessageState.PREPARED
        self.seen: list[MessageState] = []

    @initialize(begun=st.booleans())
    def start(self, begun: bool) -> None:
        self.state = MessageState.SENDING if begun else MessageState.PREPARED

    @rule(word=words)
    def provider_says(self, word: str) -> None:
        self.state = after(self.state, word)
        self.seen.append(self.state)

    @rule(state=st.sampled_from(sorted(GIVEN_UP)))
    def we_give_up(self, state: MessageState) -> None:
        if self.state in {MessageState.PREPARED, MessageState.SENDING}:
            self.state = state
        self.seen.append(self.state)

    @invariant()
    def no_state_comes_back(self) -> None:
        path = [state for state, _ in itertools.groupby(self.seen)]
        assert len(path) == len(set(path))

    @invariant()
    def what_was_delivered_is_never_a_failure(self) -> None:
        if MessageState.DELIVERED in self.seen:
            assert self.seen[-1] in {MessageState.DELIVERED, MessageState.READ}


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=100, stateful_step_count=15, deadline=None)
