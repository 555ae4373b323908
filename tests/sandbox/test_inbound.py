"""Texts from a phone on their way to the gateway."""

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.gateway import PUBLIC_URL, Gateway, wait_until
from tests.sandbox.running import ANA, Answered, RunningSandbox

pytestmark = pytest.mark.slow

# The field names of a real inbound text, as nyaruka/courier's tests keep it.
REAL_FIELDS = (
    "ToCountry ToState SmsMessageSid NumMedia ToCity FromZip SmsSid FromState SmsStatus FromCity"
    " Body FromCountry To ToZip NumSegments MessageSid AccountSid From ApiVersion"
).split()


def test_a_text_is_posted_signed_with_every_field_twilio_sends(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    answer = sandbox.text("Hello & goodbye é 😀\n", sid="SM1", wait=True)
    assert (answer["sid"], answer["status"]) == ("SM1", "received")
    assert [d["state"] for d in answer["deliveries"]] == ["delivered"]
    [post] = gateway.of("/twilio/sms")
    assert post.valid
    assert list(post.form) == REAL_FIELDS
    assert post.form["Body"] == "Hello & goodbye é 😀\n"
    assert (post.form["From"], post.form["To"]) == (ANA, sandbox.settings.from_number)
    assert (post.form["ToCity"], post.form["FromState"]) == ("", "DC")
    assert post.headers["content-type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    [message] = sandbox.phone()
    assert (message["sid"], message["direction"], message["status"]) == ("SM1", "in", "received")


def test_optional_fields_are_sent_when_they_are_given(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    sandbox.post(
        "/sandbox/texts",
        **{"from": "+34600000000", "media": ["https://x/1.jpg", "https://x/2.jpg"]},
        opt_out_type="STOP",
        messaging_service_sid="MG1",
        to="+15005550009",
        wait=True,
    )
    form = gateway.of("/twilio/sms")[0].form
    assert "Body" not in form
    assert (form["NumMedia"], form["MediaUrl1"]) == ("2", "https://x/2.jpg")
    assert (form["OptOutType"], form["MessagingServiceSid"]) == ("STOP", "MG1")
    assert (form["FromCountry"], form["FromCity"], form["To"]) == ("ES", "", "+15005550009")


def test_a_text_delivered_again_is_recorded_once(sandbox: RunningSandbox, gateway: Gateway) -> None:
    # An id of its own: a post of an earlier test may still be on its way.
    sandbox.text("hi", sid="SMagain", times=5, wait=True)
    sandbox.text("hi", sid="SMagain", wait=True)
    posts = [post.form["MessageSid"] for post in gateway.of("/twilio/sms")]
    assert posts.count("SMagain") == 6
    assert len(sandbox.phone()) == 1


def test_texts_of_one_person_arrive_in_order(sandbox: RunningSandbox, gateway: Gateway) -> None:
    for number in range(20):
        sandbox.text(f"text {number}")
    posts = gateway.wait_for("/twilio/sms", 20)
    assert [post.form["Body"] for post in posts] == [f"text {number}" for number in range(20)]


def test_a_webhook_is_tried_again_with_the_same_token_until_it_is_taken(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    gateway.answers += [500, 503]
    answer = sandbox.text("hi", wait=True)
    posts = gateway.of("/twilio/sms")
    assert len(posts) == 3
    assert len({post.headers["i-twilio-idempotency-token"] for post in posts}) == 1
    assert answer["deliveries"][0]["attempt"] == 3


@pytest.mark.parametrize(("statuses", "attempts"), [([500] * 9, 4), ([403], 1)])
def test_a_webhook_nobody_takes_is_given_up_and_recorded(
    sandbox: RunningSandbox, gateway: Gateway, statuses: list[int], attempts: int
) -> None:
    gateway.answers += statuses
    answer = sandbox.text("hi", sid="SM1", wait=True)
    assert len(gateway.of("/twilio/sms")) == attempts
    [delivery] = sandbox.call("GET", "/sandbox/texts/SM1")["deliveries"]
    assert delivery == answer["deliveries"][0]
    assert (delivery["state"], delivery["last_status"]) == ("gave_up", statuses[0])
    assert len(sandbox.phone()) == 1, "Twilio has it all the same"


def test_a_gateway_that_hangs_is_tried_again(gateway: Gateway) -> None:
    impatient = RunningSandbox(
        gateway.url, twilio_timeout_seconds=0.5, twilio_retry_seconds=(0.01,) * 100
    )
    gateway.hold.clear()
    impatient.text("hi", sid="SM1")
    gateway.wait_for("/twilio/sms", 2)
    gateway.hold.set()
    wait_until(lambda: impatient.webhooks("sms")[0]["state"] == "delivered")
    impatient.stop()


def test_webhooks_can_be_duplicated(sandbox: RunningSandbox, gateway: Gateway) -> None:
    sandbox.fault("webhooks", "duplicate", copies=3, match={"source": "sms", "From": ANA}, times=1)
    sandbox.text("hi", sid="SM1")
    gateway.wait_for("/twilio/sms", 4)
    sandbox.text("again", wait=True)
    assert len(gateway.of("/twilio/sms")) == 5


def test_a_webhook_can_be_overtaken_by_the_next(sandbox: RunningSandbox, gateway: Gateway) -> None:
    sandbox.fault("twilio", "reorder", seconds=30, times=1)
    for body in ("first", "second", "third"):
        sandbox.text(body)
    posts = gateway.wait_for("/twilio/sms", 3)
    assert posts[0].form["Body"] == "second"
    assert {post.form["Body"] for post in posts} == {"first", "second", "third"}


def test_a_webhook_held_back_alone_comes_when_its_time_is_up(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    sandbox.fault("webhooks", "reorder", seconds=0.1, times=1)
    sandbox.text("only", wait=True)
    assert len(gateway.of("/twilio/sms")) == 1


def test_a_delayed_webhook_comes_late(sandbox: RunningSandbox, gateway: Gateway) -> None:
    def is_overtaken(seconds: float) -> bool:
        gateway.posts.clear()
        sandbox.fault("webhooks", "delay", seconds=seconds, times=1)
        sandbox.text("late", sender="+12025550102")
        sandbox.text("soon", wait=True)
        first, second = gateway.wait_for("/twilio/sms", 2)
        return (first.form["Body"], second.form["Body"]) == ("soon", "late")

    # A machine that is busy for longer than that gets another try.
    assert any(is_overtaken(seconds) for seconds in (0.3, 3, 15))


def test_a_lost_webhook_never_comes(sandbox: RunningSandbox, gateway: Gateway) -> None:
    sandbox.fault("webhooks", "lose", times=1)
    answer = sandbox.text("hi", wait=True)
    assert answer["deliveries"][0]["state"] == "gave_up"
    assert gateway.posts == []
    assert [m.body for m in sandbox.twilio().messages.list(from_=ANA)] == ["hi"]


@pytest.mark.parametrize("kind", ["timeout", "drop_after_accept"])
def test_an_answer_lost_on_the_way_makes_a_second_post(
    sandbox: RunningSandbox, gateway: Gateway, kind: str
) -> None:
    sandbox.fault("webhooks", kind, times=1)
    sandbox.text("hi", wait=True)
    assert len(gateway.of("/twilio/sms")) == 2


def test_an_attempt_can_fail_before_it_reaches_the_gateway(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    sandbox.fault("webhooks", "fail", status=502, times=2)
    answer = sandbox.text("hi", wait=True)
    assert (answer["deliveries"][0]["attempt"], len(gateway.of("/twilio/sms"))) == (3, 1)


def test_nothing_is_posted_to_another_machine(sandbox: RunningSandbox) -> None:
    client = sandbox.twilio()
    callback = "https://elsewhere.example.com/status"
    client.messages.create(
        to=ANA, from_=sandbox.settings.from_number, body="x", status_callback=callback
    )
    found = wait_until(lambda: [w for w in sandbox.webhooks("status") if w["state"] == "gave_up"])
    assert "not an address of this machine" in found[0]["last_error"]


@pytest.mark.parametrize("body", [{}, {"from": ANA, "bdoy": "x"}, {"from": ""}])
def test_a_text_that_makes_no_sense_is_refused(
    sandbox: RunningSandbox, body: dict[str, Any]
) -> None:
    with pytest.raises(Answered) as caught:
        sandbox.post("/sandbox/texts", **body)
    assert caught.value.status == 400


def test_stopping_and_starting_loses_nothing(gateway: Gateway, tmp_path: Path) -> None:
    where: dict[str, Any] = {"database": str(tmp_path / "box" / "sandbox.db"), "pace_seconds": 0.2}
    patient: dict[str, Any] = {
        "twilio_retry_seconds": (0.1,) * 200,
        "stripe_retry_seconds": (0.1,) * 200,
    }
    first = RunningSandbox(gateway.url, **patient, **where)
    gateway.answers += [503] * 1000
    first.text("hi", sid="SM1")
    first.fault("twilio", "fail", status=503, match={"method": "GET"})
    first.post("/sandbox/clock", advance_seconds=60)
    paid = first.post("/sandbox/subscribe", phone=ANA)
    first.twilio().messages.create(
        to=ANA,
        from_=first.settings.from_number,
        body="x",
        status_callback=f"{PUBLIC_URL}/twilio/status",
    )
    gateway.wait_for("/twilio/sms", 2)
    first.stop()
    gateway.answers.clear()
    gateway.posts.clear()
    second = RunningSandbox(gateway.url, **where)
    try:
        assert gateway.wait_for("/twilio/sms", 1)[0].form["MessageSid"] == "SM1"
        gateway.wait_for_event("customer.subscription.created")
        wait_until(
            lambda: (
                {"queued", "sent", "delivered"}
                <= {post.form["MessageStatus"] for post in gateway.of("/twilio/status")}
            )
        )
        assert second.phone()[-1]["status"] == "delivered"
        assert second.stripe().v1.subscriptions.retrieve(paid["subscription"]).status == "active"
        assert second.call("GET", "/sandbox/clock")["offset_seconds"] == 60
        assert len(second.call("GET", "/sandbox/faults")["faults"]) == 1
    finally:
        second.stop()
    assert (tmp_path / "box" / "sandbox.db").stat().st_mode & 0o077 == 0


def test_hanging_up_lets_the_server_stop(gateway: Gateway) -> None:
    box = RunningSandbox(gateway.url)
    box.fault("openai", "timeout", seconds=600)
    caller = threading.Thread(target=_ignore, args=(box,))
    caller.start()
    wait_until(lambda: box.counts("openai"))
    box.stop()
    caller.join(60)
    assert not caller.is_alive()


def _ignore(box: RunningSandbox) -> None:
    try:
        box.call("POST", "/v1/responses", {})
    except OSError:
        return
