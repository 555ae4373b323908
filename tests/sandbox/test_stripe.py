"""The real Stripe SDK against the sandbox."""

import asyncio
import time
from typing import Any

import pytest
import requests
import stripe

from tests.sandbox.gateway import Gateway, wait_until
from tests.sandbox.running import ANA, Answered, RunningSandbox

PRICE = "price_sandbox_monthly"


def subscribe(sandbox: RunningSandbox, **more: Any) -> dict[str, Any]:
    paid: dict[str, Any] = sandbox.post("/sandbox/subscribe", **{"phone": ANA, **more})
    return paid


def types(sandbox: RunningSandbox, event_ids: list[str]) -> list[str]:
    events = {e["id"]: e["type"] for e in sandbox.call("GET", "/sandbox/events")["events"]}
    return [events[each] for each in event_ids]


def test_customers_are_made_found_changed_and_deleted(sandbox: RunningSandbox) -> None:
    customers = sandbox.stripe().v1.customers
    made = customers.create({"phone": ANA, "email": "a@example.org", "metadata": {"user_id": "7"}})
    assert customers.retrieve(made.id).phone == ANA
    assert [c.id for c in customers.list({"email": "a@example.org"})] == [made.id]
    assert customers.list({"email": "b@example.org"}).data == []
    changed = customers.update(made.id, {"name": "Ana", "metadata": {"user_id": "", "a": "b"}})
    assert changed.to_dict()["metadata"] == {"a": "b"}
    assert customers.delete(made.id).deleted is True
    assert customers.retrieve(made.id).deleted is True
    assert customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError) as caught:
        customers.delete(made.id)
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_a_wrong_key_is_refused(sandbox: RunningSandbox) -> None:
    with pytest.raises(stripe.AuthenticationError):
        sandbox.stripe("sk_test_wrong").v1.customers.create({})


def test_an_unknown_object_and_an_unknown_address_are_not_found(sandbox: RunningSandbox) -> None:
    client = sandbox.stripe()
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription: 'sub_0'"):
        client.v1.subscriptions.retrieve("sub_0")
    with pytest.raises(stripe.InvalidRequestError, match="No such customer") as caught:
        client.v1.subscriptions.list({"customer": "cus_0"})
    assert (caught.value.http_status, caught.value.param) == (400, "customer")
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.v1.coupons.list()


def test_the_same_idempotency_key_gets_the_same_answer(sandbox: RunningSandbox) -> None:
    customers = sandbox.stripe().v1.customers
    first = customers.create({"name": "Ana"}, {"idempotency_key": "k1"})
    again = customers.create({"name": "Ana"}, {"idempotency_key": "k1"})
    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(customers.list().data) == 1
    with pytest.raises(stripe.IdempotencyError):
        customers.create({"name": "Eva"}, {"idempotency_key": "k1"})


def test_a_failure_is_kept_under_its_key_like_any_answer(sandbox: RunningSandbox) -> None:
    """https://docs.stripe.com/api/idempotent_requests: "including 500 errors"."""
    customers = sandbox.stripe().v1.customers
    sandbox.fault(provider="stripe", kind="fail", status=500, times=1)
    for replayed in (None, "true"):
        with pytest.raises(stripe.APIError) as failed:
            customers.create({"name": "Ana"}, {"idempotency_key": "k1"})
        assert failed.value.http_status == 500
        if replayed:
            assert failed.value.headers is not None
            assert failed.value.headers["Idempotent-Replayed"] == replayed
    assert customers.create({"name": "Ana"}, {"idempotency_key": "k2"}).name == "Ana"


@pytest.mark.parametrize("status", [409, 429])
def test_what_was_not_carried_out_is_not_kept(sandbox: RunningSandbox, status: int) -> None:
    customers = sandbox.stripe().v1.customers
    sandbox.fault(provider="stripe", kind="fail", status=status, times=1)
    with pytest.raises(stripe.StripeError):
        customers.create({"name": "Ana"}, {"idempotency_key": "k1"})
    assert customers.create({"name": "Ana"}, {"idempotency_key": "k1"}).name == "Ana"


def test_a_refusal_is_kept_too_unless_it_was_of_the_form(sandbox: RunningSandbox) -> None:
    sessions = sandbox.stripe().v1.billing_portal.sessions
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="No such customer") as refused:
            sessions.create({"customer": "cus_0"}, {"idempotency_key": "k1"})
    assert refused.value.headers is not None
    assert refused.value.headers["Idempotent-Replayed"] == "true"


def test_a_checkout_that_was_expired_cannot_be_paid_and_stripe_tells_of_it(
    sandbox: RunningSandbox,
) -> None:
    client = sandbox.stripe()
    subscribe(sandbox)
    price = client.v1.prices.list().data[0].id
    asked: Any = {
        "mode": "subscription",
        "line_items": [{"price": price, "quantity": 1}],
        "success_url": "https://example.org",
    }
    page = client.v1.checkout.sessions.create(asked)
    assert client.v1.checkout.sessions.expire(page.id).status == "expired"
    assert requests.post(str(page.url), timeout=60).status_code == 409
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        client.v1.checkout.sessions.expire(page.id)
    [event] = client.v1.events.list({"type": "checkout.session.expired"}).data
    told = event.data.object
    assert (told["id"], told["status"], told["url"]) == (page.id, "expired", None)


def test_subscriptions_are_found_by_metadata(sandbox: RunningSandbox) -> None:
    paid = subscribe(sandbox, user_id="u-7")
    subscribe(sandbox, user_id="u-8")
    search = sandbox.stripe().v1.subscriptions.search
    found = search({"query": "metadata['user_id']:'u-7'"})
    assert [each.id for each in found.data] == [paid["subscription"]]
    assert search({"query": "metadata['user_id']:'u-9'"}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="parse your search query"):
        search({"query": "user_id"})


def test_a_subscription_has_todays_shape(sandbox: RunningSandbox) -> None:
    paid = subscribe(sandbox, user_id="u-7")
    client = sandbox.stripe()
    [sub] = client.v1.subscriptions.list(
        {
            "customer": paid["customer"],
            "status": "all",
            "expand": ["data.items.data.price", "data.latest_invoice.payments"],
        }
    ).data
    item = sub["items"].data[0]
    assert sub.status == "active"
    assert sub.metadata["user_id"] == "u-7"
    assert "current_period_end" not in sub
    assert 27 * 86_400 < item.current_period_end - item.current_period_start < 32 * 86_400
    assert (item.price.id, item.plan.id, item.quantity) == (PRICE, PRICE, 1)
    invoice = sub.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == (
        "paid",
        1900,
        "subscription_create",
    )
    assert invoice.parent is not None
    assert invoice.parent.subscription_details is not None
    assert invoice.parent.subscription_details.subscription == sub.id
    assert "subscription" not in invoice
    line = invoice.lines.data[0]
    assert line.period.end == item.current_period_end
    assert line.pricing is not None
    assert line.pricing.price_details is not None
    assert line.pricing.price_details.price == PRICE
    assert invoice.payments is not None
    intent = str(invoice.payments.data[0].payment.payment_intent)
    [charge] = client.v1.charges.list({"payment_intent": intent}).data
    assert (charge.amount, charge.paid, charge.customer) == (1900, True, paid["customer"])


def test_lists_filter_by_status_customer_and_subscription(sandbox: RunningSandbox) -> None:
    client = sandbox.stripe()
    first, second = subscribe(sandbox), subscribe(sandbox, phone="+12025550102")
    sandbox.act(first["subscription"], "cancel")
    listed = client.v1.subscriptions.list
    assert [s.id for s in listed()] == [second["subscription"]]
    assert [s.id for s in listed({"status": "canceled"})] == [first["subscription"]]
    assert len(listed({"status": "all"}).data) == 2
    assert listed({"customer": first["customer"]}).data == []
    sandbox.act(second["subscription"], "fail_payment")
    invoices = client.v1.invoices.list
    assert len(invoices({"customer": second["customer"]}).data) == 2
    [unpaid] = invoices({"subscription": second["subscription"], "status": "open"}).data
    assert client.v1.invoices.retrieve(unpaid.id).attempt_count == 1


def test_lists_are_paged_newest_first(sandbox: RunningSandbox) -> None:
    customers = sandbox.stripe().v1.customers
    made = [customers.create({"name": str(number)}).id for number in range(5)]
    assert [c.id for c in customers.list({"limit": 2}).auto_paging_iter()] == made[::-1]
    page = customers.list({"limit": 2, "starting_after": made[3]})
    assert ([c.id for c in page.data], page.has_more) == ([made[2], made[1]], True)
    back = customers.list({"limit": 2, "ending_before": made[1]})
    assert ([c.id for c in back.data], back.has_more) == ([made[3], made[2]], True)
    with pytest.raises(stripe.InvalidRequestError):
        customers.list({"limit": 101})


def test_the_async_client_works(sandbox: RunningSandbox) -> None:
    paid = subscribe(sandbox)

    async def story() -> list[str]:
        client = sandbox.stripe()
        found = await client.v1.subscriptions.list_async({"customer": paid["customer"]})
        return [each.id for each in found.data]

    assert asyncio.run(story()) == [paid["subscription"]]


def test_what_cannot_be_expanded_is_refused(sandbox: RunningSandbox) -> None:
    paid = subscribe(sandbox)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        sandbox.stripe().v1.subscriptions.retrieve(paid["subscription"], {"expand": ["nonsense"]})


@pytest.mark.parametrize(
    ("link", "client_reference", "metadata", "phone"),
    [
        ("metadata", "u-7", {"user_id": "u-7"}, None),
        ("phone", None, {}, ANA),
        ("none", None, {}, None),
    ],
)
def test_a_payment_says_who_paid_only_as_it_was_told(
    sandbox: RunningSandbox,
    gateway: Gateway,
    link: str,
    client_reference: str | None,
    metadata: dict[str, str],
    phone: str | None,
) -> None:
    paid = subscribe(sandbox, user_id="u-7", link=link)
    event = gateway.wait_for_event("checkout.session.completed", paid["session"])
    session = event["data"]["object"]
    assert (session["client_reference_id"], session["metadata"]) == (client_reference, metadata)
    assert session["customer_details"]["phone"] == phone
    assert (session["payment_status"], session["status"]) == ("paid", "complete")
    assert session["subscription"] == paid["subscription"]
    client = sandbox.stripe()
    assert client.v1.subscriptions.retrieve(paid["subscription"]).metadata.to_dict() == metadata
    assert client.v1.customers.retrieve(paid["customer"]).phone == phone


def test_a_known_customer_can_pay_again(sandbox: RunningSandbox) -> None:
    first = subscribe(sandbox)
    sandbox.act(first["subscription"], "cancel")
    again = subscribe(sandbox, link="customer")
    assert again["customer"] == first["customer"]
    assert again["subscription"] != first["subscription"]
    with pytest.raises(Answered):
        subscribe(sandbox, link="customer", phone="+12025550199")


def test_a_checkout_session_made_by_the_api_is_paid_on_its_page(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    client = sandbox.stripe()
    session = client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": PRICE, "quantity": 1}],
            "client_reference_id": "u-7",
            "metadata": {"user_id": "u-7"},
            "subscription_data": {"metadata": {"user_id": "u-7"}, "trial_period_days": 7},
            "success_url": "https://line.example.org/thanks?a=<b>",
            "phone_number_collection": {"enabled": True},
        },
        {"idempotency_key": "checkout-1"},
    )
    assert session.url is not None
    assert session.url.startswith(sandbox.url)
    page = requests.get(session.url, params={"phone": '"><script>'}, timeout=60)
    assert "<script>" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    answer = requests.post(session.url, data={"phone": ANA}, timeout=60)
    assert answer.status_code == 200
    assert "thanks?a=&lt;b&gt;" in answer.text
    done = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    assert done.line_items is not None
    assert done.line_items.data[0].price is not None
    sub = client.v1.subscriptions.retrieve(str(done.subscription))
    assert (sub.status, sub.metadata["user_id"]) == ("trialing", "u-7")
    phone = sandbox.call("GET", f"/sandbox/phones/{ANA}")
    assert phone["subscription"]["status"] == "trialing"
    assert gateway.wait_for_event("checkout.session.completed")
    assert requests.post(session.url, timeout=60).status_code == 409
    assert requests.get(session.url, timeout=60).status_code == 410


def test_a_checkout_session_needs_a_mode_lines_and_a_price_that_exists(
    sandbox: RunningSandbox,
) -> None:
    create = sandbox.stripe().v1.checkout.sessions.create
    for params in (
        {"mode": "payment", "line_items": [{"price": PRICE, "quantity": 1}]},
        {"mode": "subscription"},
        {"mode": "subscription", "line_items": [{"price": "gold", "quantity": 1}]},
        {"mode": "subscription", "line_items": [{"price": PRICE}], "customer": "cus_0"},
    ):
        with pytest.raises(stripe.InvalidRequestError):
            create(params)  # type: ignore[arg-type]


def test_the_portal_page_cancels(sandbox: RunningSandbox) -> None:
    paid = subscribe(sandbox)
    client = sandbox.stripe()
    portal = client.v1.billing_portal.sessions.create(
        {"customer": paid["customer"], "return_url": "https://line.example.org"}
    )
    form = {"subscription": paid["subscription"], "action": "cancel_at_period_end"}
    page = requests.post(portal.url, data=form, timeout=60)
    assert "ends with its period" in page.text
    assert client.v1.subscriptions.retrieve(paid["subscription"]).cancel_at_period_end is True


def test_the_api_updates_cancels_and_refunds(sandbox: RunningSandbox) -> None:
    paid = subscribe(sandbox)
    subscriptions = sandbox.stripe().v1.subscriptions
    leaving = subscriptions.update(paid["subscription"], {"cancel_at_period_end": True})
    assert leaving.cancel_at == leaving["items"].data[0].current_period_end
    staying = subscriptions.update(
        paid["subscription"],
        {
            "cancel_at_period_end": False,
            "items": [{"price": "price_sandbox_yearly"}],
            "metadata": {"a": "b"},
        },
    )
    assert (staying.cancel_at, staying.metadata["a"]) == (None, "b")
    assert staying["items"].data[0].price.id == "price_sandbox_yearly"
    client = sandbox.stripe()
    charge = client.v1.charges.list({"customer": paid["customer"]}).data[0]
    assert client.v1.refunds.create({"charge": charge.id, "amount": 100}).amount == 100
    assert client.v1.charges.retrieve(charge.id).amount_refunded == 100
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"charge": charge.id, "amount": 10**6})
    assert subscriptions.cancel(paid["subscription"]).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        subscriptions.cancel(paid["subscription"])


def test_deleting_a_customer_ends_their_subscriptions(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    paid = subscribe(sandbox)
    sandbox.stripe().v1.customers.delete(paid["customer"])
    gateway.wait_for_event("customer.subscription.deleted")
    assert gateway.wait_for_event("customer.deleted")["data"]["object"]["id"] == paid["customer"]


def test_events_are_signed_with_every_secret_and_kept(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    paid = subscribe(sandbox)
    gateway.wait_for_event("checkout.session.completed")
    assert all(post.valid for post in gateway.posts)
    assert gateway.posts[0].headers["stripe-signature"].count("v1=") == 2
    # What an earlier test began may still arrive, and what is answered late arrives twice.
    events = {post.event["id"]: post.event for post in gateway.posts}
    mine = [event for event in events.values() if event["id"] in paid["event_ids"]]
    assert [event["type"] for event in mine] == [
        "invoice.paid",
        "customer.subscription.created",
        "checkout.session.completed",
    ]
    event = mine[1]
    assert (event["api_version"], event["pending_webhooks"]) == ("2026-10-28.endive", 1)
    client = sandbox.stripe()
    wait_until(lambda: client.v1.events.retrieve(event["id"]).pending_webhooks == 0)
    listed = client.v1.events.list({"limit": 2})
    assert [e.id for e in listed.auto_paging_iter()] == paid["event_ids"][::-1]
    invoices = client.v1.events.list({"type": "invoice.*"})
    assert {e.type for e in invoices} == {
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
    }


def test_undelivered_events_are_listed_until_they_are_taken(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    sandbox.fault("webhooks", "fail", status=500, match={"type": "invoice.paid"})
    paid = subscribe(sandbox)
    wait_until(lambda: sandbox.webhooks("stripe")[0]["state"] == "gave_up")
    assert sandbox.webhooks("stripe")[0]["attempt"] == 7
    sandbox.call("DELETE", "/sandbox/faults")
    client = sandbox.stripe()
    [failed] = wait_until(
        lambda: (
            found
            if len(found := client.v1.events.list({"delivery_success": False}).data) == 1
            else None
        )
    )
    assert (failed.type, failed.pending_webhooks) == ("invoice.paid", 1)
    delivered = client.v1.events.list({"delivery_success": True, "limit": 100}).data
    assert len(delivered) == len(paid["event_ids"]) - 1
    # What an earlier test began may still arrive.
    posted = {post.event["id"] for post in gateway.of("/stripe")} & {*paid["event_ids"]}
    assert len(posted) == 2, "what is answered late is posted again"
    since = int(time.time()) - 60
    assert client.v1.events.list({"created": {"lt": since}}).data == []
    assert client.v1.events.list({"delivery_success": False, "created": {"gte": since}}).data
    sandbox.post(f"/sandbox/events/{failed.id}/resend")
    wait_until(lambda: not client.v1.events.list({"delivery_success": False}).data)


def test_events_may_carry_equal_times(sandbox: RunningSandbox) -> None:
    paid = subscribe(sandbox)
    events = sandbox.call("GET", "/sandbox/events")["events"]
    assert [e["id"] for e in events] == paid["event_ids"]
    assert len({e["created"] for e in events}) < len(events)


def test_events_can_be_duplicated_and_reordered(sandbox: RunningSandbox, gateway: Gateway) -> None:
    sandbox.fault("webhooks", "duplicate", match={"type": "invoice.paid"}, times=1)
    sandbox.fault(
        "stripe", "reorder", seconds=30, match={"type": "customer.subscription.created"}, times=1
    )
    subscribe(sandbox)
    posts = gateway.wait_for("/stripe", 4)
    kinds = [post.event["type"] for post in posts]
    # Deliveries, not posts: one that is answered late is posted again.
    deliveries = [made["facts"]["type"] for made in sandbox.webhooks("stripe")]
    assert deliveries.count("invoice.paid") == 2
    assert kinds[0] != "customer.subscription.created"
    assert "customer.subscription.created" in kinds


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        ({"kind": "fail", "status": 500}, stripe.APIError, 500),
        ({"kind": "fail", "status": 429, "retry_after": 3}, stripe.RateLimitError, 429),
        ({"kind": "fail", "status": 402, "code": "card_declined"}, stripe.CardError, 402),
        ({"kind": "error_code", "code": "resource_missing"}, stripe.InvalidRequestError, 400),
        ({"kind": "fail", "status": 503, "body": "<h1>down</h1>"}, stripe.APIError, 503),
    ],
)
def test_a_fault_shows_as_the_sdks_own_error(
    sandbox: RunningSandbox, fault: dict[str, Any], error: type[stripe.StripeError], status: int
) -> None:
    sandbox.post("/sandbox/faults", provider="stripe", times=1, **fault)
    with pytest.raises(error) as caught:
        sandbox.stripe().v1.customers.create({})
    assert caught.value.http_status == status
    if "retry_after" in fault:
        assert (caught.value.headers or {})["Retry-After"] == "3"


def test_a_lost_answer_is_found_again_with_its_key(sandbox: RunningSandbox) -> None:
    sandbox.fault("stripe", "drop_after_accept", times=1)
    customers = sandbox.stripe().v1.customers
    with pytest.raises(stripe.APIConnectionError):
        customers.create({"name": "Ana"}, {"idempotency_key": "k1"})
    found = customers.create({"name": "Ana"}, {"idempotency_key": "k1"})
    assert [c.id for c in customers.list()] == [found.id]


def test_stripe_can_hang(sandbox: RunningSandbox) -> None:
    sandbox.fault("stripe", "timeout", match={"path": "/v1/cust*"}, times=1)
    assert sandbox.stripe().v1.subscriptions.list().data == []
    with pytest.raises(stripe.APIConnectionError):
        sandbox.stripe(timeout=0.2).v1.customers.create({})
    assert sandbox.stripe().v1.customers.list().data == []
