"""The life of a subscription, as the sandbox lives it."""

from typing import Any

import pytest

from tests.sandbox.gateway import Gateway
from tests.sandbox.running import ANA, Answered, RunningSandbox

MONTH = 31 * 86_400
UPDATED = "customer.subscription.updated"


class Life:
    """A subscription, what was done to it last, and the events that this made."""

    def __init__(self, sandbox: RunningSandbox, **more: Any) -> None:
        self.sandbox = sandbox
        paid = sandbox.post("/sandbox/subscribe", phone=ANA, **more)
        self.id, self.customer = paid["subscription"], paid["customer"]
        self.session = paid["session"]
        self.event_ids = paid["event_ids"]

    def does(self, action: str, **body: Any) -> dict[str, Any]:
        answer = self.sandbox.act(self.id, action, **body)
        self.event_ids = answer["event_ids"]
        subscription: dict[str, Any] = answer["subscription"]
        return subscription

    @property
    def events(self) -> list[dict[str, Any]]:
        known = {e["id"]: e for e in self.sandbox.call("GET", "/sandbox/events")["events"]}
        return [known[each] for each in self.event_ids]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def now(self) -> Any:
        return self.sandbox.stripe().v1.subscriptions.retrieve(self.id)

    def previous(self) -> dict[str, Any]:
        [event] = [event for event in self.events if event["type"] == UPDATED]
        before: dict[str, Any] = event["data"]["previous_attributes"]
        return before

    def invoices(self) -> list[Any]:
        return list(self.sandbox.stripe().v1.invoices.list({"subscription": self.id}).data)


def test_a_trial_converts(sandbox: RunningSandbox) -> None:
    life = Life(sandbox, trial=True)
    sub = life.now
    assert (sub.status, sub["items"].data[0].current_period_end) == ("trialing", sub.trial_end)
    assert (life.invoices()[0].amount_paid, life.invoices()[0].status) == (0, "paid")
    life.does("trial_will_end")
    assert life.types == ["customer.subscription.trial_will_end"]
    assert life.does("convert")["status"] == "active"
    assert life.types == [
        "invoice.created",
        "invoice.finalized",
        UPDATED,
        "charge.succeeded",
        "invoice.paid",
        "invoice.payment_succeeded",
    ]
    assert life.previous()["status"] == "trialing"
    assert life.invoices()[0].amount_paid == 1900


def test_a_failed_payment_makes_it_past_due_and_a_late_one_active(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    life = Life(sandbox)
    before = life.now["items"].data[0].current_period_end
    late = life.does("fail_payment")
    assert late["status"] == "past_due"
    assert life.types[-2:] == ["charge.failed", "invoice.payment_failed"]
    assert (life.previous()["status"], "items" in life.previous()) == ("active", True)
    assert late["items"]["data"][0]["current_period_start"] == before
    invoice = life.invoices()[0]
    assert (invoice.status, invoice.attempt_count, invoice.amount_paid) == ("open", 1, 0)
    assert (late["latest_invoice"], invoice.next_payment_attempt is None) == (invoice.id, False)
    life.does("fail_payment")
    assert life.types == ["charge.failed", "invoice.payment_failed"]
    assert life.invoices()[0].attempt_count == 2
    life.does("require_action")
    assert life.types == ["invoice.payment_action_required"]
    assert life.does("mark_unpaid")["status"] == "unpaid"
    assert life.does("recover")["status"] == "active"
    assert life.types == [
        "charge.succeeded",
        "invoice.paid",
        "invoice.payment_succeeded",
        UPDATED,
    ]
    assert life.invoices()[0].status == "paid"
    gateway.wait_for_event("invoice.payment_action_required")


def test_a_failure_can_lie_in_the_past(sandbox: RunningSandbox) -> None:
    life = Life(sandbox)
    life.does("fail_payment", at=1_700_000_000)
    assert life.invoices()[-1].created == 1_700_000_000


def test_a_voided_invoice_ends_the_delay(sandbox: RunningSandbox) -> None:
    life = Life(sandbox)
    life.does("fail_payment")
    assert life.does("void_invoice")["status"] == "active"
    assert life.types == ["invoice.voided", UPDATED]
    assert life.invoices()[0].status == "void"


def test_a_plan_changes(sandbox: RunningSandbox) -> None:
    life = Life(sandbox)
    changed = life.does("change_plan", price="price_sandbox_yearly")
    item = changed["items"]["data"][0]
    assert (item["price"]["id"], item["plan"]["interval"]) == ("price_sandbox_yearly", "year")
    assert item["current_period_end"] - item["current_period_start"] > 360 * 86_400
    assert life.previous()["items"]["data"][0]["price"]["id"] == "price_sandbox_monthly"
    assert life.invoices()[0].amount_paid == 19_000


def test_it_is_paused_and_resumed(sandbox: RunningSandbox) -> None:
    life = Life(sandbox)
    paused = life.does("pause")
    assert paused["status"] == "paused"
    assert paused["status_details"]["paused"]["subscription"]["type"] == "pause_requested"
    assert life.types == [UPDATED, "customer.subscription.paused"]
    assert life.does("resume")["status"] == "active"
    assert "customer.subscription.resumed" in life.types
    assert "invoice.paid" in life.types
    with pytest.raises(Answered) as caught:
        life.does("resume")
    assert caught.value.status == 409


def test_it_ends_with_its_period(sandbox: RunningSandbox) -> None:
    life = Life(sandbox)
    leaving = life.does("cancel_at_period_end")
    end = leaving["items"]["data"][0]["current_period_end"]
    assert (leaving["status"], leaving["cancel_at"]) == ("active", end)
    assert life.previous()["cancel_at_period_end"] is False
    answer = sandbox.post("/sandbox/clock", advance_seconds=MONTH)
    assert len(answer["event_ids"]) == 1
    assert (life.now.status, life.now.ended_at) == ("canceled", end)


def test_it_is_canceled_at_once(sandbox: RunningSandbox) -> None:
    life = Life(sandbox)
    gone = life.does("delete")
    assert gone["status"] == "canceled"
    assert life.types == ["customer.subscription.deleted"]
    with pytest.raises(Answered) as caught:
        life.does("cancel")
    assert caught.value.status == 409


def test_time_renews_what_is_active_and_converts_what_is_on_trial(sandbox: RunningSandbox) -> None:
    paying, trying = Life(sandbox), Life(sandbox, trial=3)
    sandbox.post("/sandbox/clock", advance_seconds=2 * MONTH)
    assert len(paying.invoices()) == 3
    assert trying.now.status == "active"
    assert trying.invoices()[-1].amount_paid == 0
    now = sandbox.stripe().v1.events.list({"limit": 1}).data[0].created
    assert paying.now["items"].data[0].current_period_end > now


def test_a_payment_is_refunded_and_disputed(sandbox: RunningSandbox) -> None:
    life = Life(sandbox)
    life.does("refund", amount=900)
    assert life.types == ["refund.created", "charge.refunded"]
    charge = life.events[1]["data"]["object"]
    assert (charge["amount_refunded"], charge["refunded"]) == (900, False)
    life.does("refund")
    assert life.events[1]["data"]["object"]["refunded"] is True
    with pytest.raises(Answered):
        life.does("refund")
    life.does("dispute", reason="fraudulent")
    dispute = life.events[0]["data"]["object"]
    assert (life.types, dispute["charge"]) == (["charge.dispute.created"], charge["id"])


def test_a_payment_may_settle_later(sandbox: RunningSandbox) -> None:
    good, bad = Life(sandbox, payment="pending"), Life(sandbox, payment="pending")
    assert good.now.status == "incomplete"
    assert good.events[-1]["data"]["object"]["payment_status"] == "unpaid"
    for life, outcome, status in (
        (good, "succeeded", "active"),
        (bad, "failed", "incomplete_expired"),
    ):
        path = f"/sandbox/sessions/{life.session}/async_payment_{outcome}"
        life.event_ids = sandbox.post(path)["event_ids"]
        assert life.types[-1] == f"checkout.session.async_payment_{outcome}"
        assert life.now.status == status
        with pytest.raises(Answered):
            sandbox.post(path)


def test_any_state_and_shape_can_be_set(sandbox: RunningSandbox) -> None:
    life = Life(sandbox)
    life.does("set", fields={"status": "hibernating", "current_period_end": 1_700_000_000})
    assert (life.now.status, life.now.current_period_end) == ("hibernating", 1_700_000_000)
    assert life.previous() == {"status": "active", "current_period_end": None}


def test_an_unknown_action_or_subscription_is_not_found(sandbox: RunningSandbox) -> None:
    life = Life(sandbox)
    for path in (f"{life.id}/explode", "sub_0/cancel"):
        with pytest.raises(Answered) as caught:
            sandbox.post(f"/sandbox/subscriptions/{path}")
        assert caught.value.status == 404
