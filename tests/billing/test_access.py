"""Who has access: the golden table, and what must hold for any subscription whatever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.access import Access, Reason, Subscription, access_at, best

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
WEEK = 7 * DAY
KNOWN_TO_GRANT = ("active", "trialing", "past_due", "canceled")
KNOWN = (*KNOWN_TO_GRANT, "incomplete", "incomplete_expired", "unpaid", "paused")


def subscription(status: str, **facts: datetime | None) -> Subscription:
    return replace(Subscription("sub_1", status), **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (None, Access(False, Reason.NO_SUBSCRIPTION)),
        (subscription("active"), Access(True, Reason.SUBSCRIBED)),
        (subscription("trialing"), Access(True, Reason.SUBSCRIBED)),
        (
            subscription("active", cancel_time=NOW + DAY),
            Access(True, Reason.SUBSCRIBED, NOW + DAY),
        ),
        # Stripe has not said yet that it ended: its word counts, not our arithmetic.
        (subscription("active", cancel_time=NOW - DAY), Access(True, Reason.SUBSCRIBED)),
        (subscription("active", current_period_end=NOW - DAY), Access(True, Reason.SUBSCRIBED)),
        (
            subscription("past_due", unpaid_since=NOW),
            Access(True, Reason.GRACE, NOW + WEEK),
        ),
        (
            subscription("past_due", unpaid_since=NOW - WEEK + SECOND),
            Access(True, Reason.GRACE, NOW + SECOND),
        ),
        (subscription("past_due", unpaid_since=NOW - WEEK), Access(False, Reason.PAST_DUE)),
        (subscription("past_due"), Access(False, Reason.PAST_DUE)),
        (
            subscription("past_due", paid_until=NOW + DAY),
            Access(False, Reason.PAST_DUE),
        ),
        (
            subscription("canceled", paid_until=NOW + SECOND),
            Access(True, Reason.PAID_PERIOD, NOW + SECOND),
        ),
        (subscription("canceled", paid_until=NOW), Access(False, Reason.NOT_ACTIVE)),
        (subscription("canceled"), Access(False, Reason.NOT_ACTIVE)),
        (
            subscription("canceled", current_period_end=NOW + DAY),
            Access(False, Reason.NOT_ACTIVE),
        ),
        (subscription("canceled", unpaid_since=NOW), Access(False, Reason.NOT_ACTIVE)),
        (subscription("incomplete"), Access(False, Reason.NOT_ACTIVE)),
        (subscription("incomplete_expired"), Access(False, Reason.NOT_ACTIVE)),
        (subscription("unpaid", paid_until=NOW + DAY), Access(False, Reason.NOT_ACTIVE)),
        (subscription("unpaid", unpaid_since=NOW), Access(False, Reason.NOT_ACTIVE)),
        (subscription("paused", current_period_end=NOW + DAY), Access(False, Reason.NOT_ACTIVE)),
        (subscription("Active"), Access(False, Reason.NOT_ACTIVE)),
        (subscription("active "), Access(False, Reason.NOT_ACTIVE)),
        (subscription("hibernating"), Access(False, Reason.NOT_ACTIVE)),
        (subscription(""), Access(False, Reason.NOT_ACTIVE)),
    ],
)
def test_the_rules_of_access(held: Subscription | None, expected: Access) -> None:
    assert access_at(held, NOW) == expected


def test_the_grace_is_as_long_as_it_is_set() -> None:
    late = subscription("past_due", unpaid_since=NOW - 2 * DAY)
    assert access_at(late, NOW, grace=3 * DAY).until == NOW + DAY
    assert not access_at(late, NOW, grace=2 * DAY).granted


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (subscription("active"), subscription("past_due", unpaid_since=NOW)),
        (subscription("trialing"), subscription("canceled", paid_until=NOW + DAY)),
        (
            subscription("canceled", paid_until=NOW + 20 * DAY),
            subscription("past_due", unpaid_since=NOW),
        ),
        (
            subscription("past_due", unpaid_since=NOW),
            subscription("canceled", paid_until=NOW + DAY),
        ),
        (subscription("canceled", paid_until=NOW + SECOND), subscription("paused")),
        (
            subscription("active", current_period_end=NOW + 2 * DAY),
            subscription("active", current_period_end=NOW + DAY),
        ),
        (
            subscription("incomplete", current_period_end=NOW + DAY),
            subscription("canceled", paid_until=NOW - DAY, current_period_end=NOW - DAY),
        ),
        (
            subscription("active", current_period_end=NOW),
            subscription("novel", current_period_end=NOW + DAY),
        ),
    ],
)
def test_the_best_access_counts_then_the_latest_period_end(
    better: Subscription, worse: Subscription
) -> None:
    # ids that would decide the other way
    better, worse = (
        replace(better, subscription_id="sub_a"),
        replace(worse, subscription_id="sub_z"),
    )
    assert best([worse, better], NOW) == better
    assert best([better, worse], NOW) == better


def test_of_no_subscriptions_none_is_best() -> None:
    assert best([], NOW) is None


MOMENTS = st.integers(-2000, 2000).map(lambda days: NOW + days * DAY)
MAYBE = st.none() | MOMENTS
SUBSCRIPTIONS = st.builds(
    Subscription,
    st.from_regex(r"sub_[a-z]{3}", fullmatch=True),
    st.sampled_from(KNOWN) | st.text(max_size=12),
    current_period_end=MAYBE,
    trial_end=MAYBE,
    cancel_time=MAYBE,
    paid_until=MAYBE,
    unpaid_since=MAYBE,
)


@given(SUBSCRIPTIONS, MOMENTS)
def test_a_status_that_nobody_here_knows_never_grants(held: Subscription, at: datetime) -> None:
    if held.status not in KNOWN_TO_GRANT:
        assert access_at(held, at) == Access(False, Reason.NOT_ACTIVE)


@given(SUBSCRIPTIONS, MOMENTS)
def test_access_that_has_an_end_has_it_later_and_is_over_then(
    held: Subscription, at: datetime
) -> None:
    access = access_at(held, at)
    if not access.granted:
        assert access.until is None
    elif access.until is not None:
        assert access.until > at
        assert held.status in ("active", "trialing") or not access_at(held, access.until).granted


@given(st.lists(SUBSCRIPTIONS, max_size=4), MOMENTS, st.timedeltas(timedelta(0), 900 * DAY))
def test_the_one_that_is_kept_answers_for_all_at_every_later_time(
    held: list[Subscription], synced: datetime, later: timedelta
) -> None:
    at = synced + later
    kept = best(held, synced)
    assert access_at(kept, at).granted == any(access_at(one, at).granted for one in held)


@given(st.permutations([0, 1, 2, 3]), st.lists(SUBSCRIPTIONS, min_size=4, max_size=4), MOMENTS)
def test_the_order_in_which_stripe_lists_them_does_not_matter(
    order: list[int], held: list[Subscription], at: datetime
) -> None:
    held = [replace(one, subscription_id=f"sub_{n}") for n, one in enumerate(held)]
    assert best([held[n] for n in order], at) == best(held, at)
