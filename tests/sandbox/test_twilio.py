"""The real Twilio SDK against the sandbox."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.gateway import PUBLIC_URL, Gateway, wait_until
from tests.sandbox.running import ANA, RunningSandbox

LINE = "+15005550006"
CALLBACK = f"{PUBLIC_URL}/twilio/status?message=0193%2F7&n=1"


def send(sandbox: RunningSandbox, body: str = "hello", **more: Any) -> Any:
    return sandbox.twilio().messages.create(**{"to": ANA, "from_": LINE, "body": body, **more})


def test_a_created_message_is_queued_and_then_delivered(sandbox: RunningSandbox) -> None:
    message = send(sandbox, "é" * 161)
    assert (message.status, message.direction, message.error_code) == (
        "queued",
        "outbound-api",
        None,
    )
    assert len(message.sid) == 34
    assert message.sid.startswith("SM")
    assert message.num_segments == "2"
    assert (message.to, message.from_, message.body) == (ANA, LINE, "é" * 161)
    assert abs(datetime.now(UTC) - message.date_created) < timedelta(minutes=1)
    assert message.date_sent is None
    assert message.uri.endswith(f"/Messages/{message.sid}.json")
    wait_until(lambda: sandbox.phone()[0]["status"] == "delivered")
    fetched = sandbox.twilio().messages(message.sid).fetch()
    assert fetched.status == "delivered"
    assert fetched.date_sent is not None


def test_the_async_client_creates_fetches_and_lists(sandbox: RunningSandbox) -> None:
    async def story() -> tuple[str, str, list[str]]:
        client = sandbox.async_twilio()
        try:
            made = await client.messages.create_async(to=ANA, from_=LINE, body="hello")
            found = await client.messages(made.sid).fetch_async()
            listed = await client.messages.list_async(to=ANA, page_size=1)
            return made.sid, found.sid, [each.sid for each in listed]
        finally:
            await client.http_client.close()

    made, found, listed = asyncio.run(story())
    assert found == made
    assert listed == [made]


def test_status_callbacks_are_signed_with_their_query_and_come_in_order(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    message = send(sandbox, status_callback=CALLBACK + "#rc=3&rp=all")
    posts = gateway.wait_for("/twilio/status", 3)
    assert [post.form["MessageStatus"] for post in posts] == ["queued", "sent", "delivered"]
    assert all(post.valid for post in posts)
    assert {post.query for post in posts} == {"message=0193%2F7&n=1"}
    assert posts[0].form == {
        "ApiVersion": "2010-04-01",
        "SmsSid": message.sid,
        "SmsStatus": "queued",
        "MessageSid": message.sid,
        "MessageStatus": "queued",
        "AccountSid": sandbox.settings.account_sid,
        "From": LINE,
        "To": ANA,
    }


def test_a_message_of_a_messaging_service_is_accepted_without_a_sender(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    message = sandbox.twilio().messages.create(
        to=ANA, messaging_service_sid="MG" + "0" * 32, body="hi", status_callback=CALLBACK
    )
    assert (message.status, message.from_) == ("accepted", None)
    post = gateway.wait_for("/twilio/status", 3)[0]
    assert post.form["MessagingServiceSid"] == "MG" + "0" * 32


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": "+1555"}, 21211),
        ({"to": "hello"}, 21211),
        ({"to": "+15005550004"}, 21610),
        ({"to": "+15005550009"}, 21614),
        ({"to": LINE}, 21266),
        ({"from_": "+12025550199"}, 21606),
        ({"body": "a" * 1601}, 21617),
        ({"body": ""}, 21602),
        ({"status_callback": "no url"}, 21609),
    ],
)
def test_what_twilio_would_not_take_is_refused_with_its_code(
    sandbox: RunningSandbox, change: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as caught:
        send(sandbox, **change)
    assert (caught.value.status, caught.value.code) == (400, code)
    assert sandbox.phone() == []


def test_a_message_needs_a_recipient_and_a_sender(sandbox: RunningSandbox) -> None:
    url = f"{sandbox.url}/2010-04-01/Accounts/{sandbox.settings.account_sid}/Messages.json"
    auth = (sandbox.settings.account_sid, "token-two")
    answers = [
        requests.post(url, data=data, auth=auth, timeout=60).json()
        for data in ({"From": LINE, "Body": "x"}, {"To": ANA, "Body": "x"})
    ]
    assert [answer["code"] for answer in answers] == [21604, 21603]
    assert answers[0] == {
        "code": 21604,
        "message": "A 'To' phone number is required.",
        "more_info": "https://www.twilio.com/docs/errors/21604",
        "status": 400,
    }


def test_both_tokens_of_a_rotation_are_accepted_and_no_other(sandbox: RunningSandbox) -> None:
    assert sandbox.twilio("token-two").messages.list() == []
    with pytest.raises(TwilioRestException) as caught:
        sandbox.twilio("wrong").messages.create(to=ANA, from_=LINE, body="x")
    assert (caught.value.status, caught.value.code) == (401, 20003)


def test_an_unknown_message_is_not_found(sandbox: RunningSandbox) -> None:
    with pytest.raises(TwilioRestException) as caught:
        sandbox.twilio().messages("SM" + "0" * 32).fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)


def test_lists_are_newest_first_and_paged(sandbox: RunningSandbox) -> None:
    bodies = [f"text {number}" for number in range(7)]
    for body in bodies:
        send(sandbox, body)
    client = sandbox.twilio()
    assert [m.body for m in client.messages.list(page_size=3)] == bodies[::-1]
    assert [m.body for m in client.messages.list(page_size=3, limit=4)] == bodies[:2:-1]
    assert sandbox.counts("twilio")["GET /2010-04-01/Accounts/{account}/Messages.json"] == 5
    page = client.messages.page(page_size=3)
    second = page.next_page()
    assert [m.body for m in second.previous_page()] == bodies[:3:-1]


def test_lists_filter_by_number_and_time_and_show_both_directions(
    sandbox: RunningSandbox,
) -> None:
    sandbox.text("in", sid="SM1")
    send(sandbox, "out")
    send(sandbox, "other", to="+12025550102")
    client, now = sandbox.twilio(), datetime.now(UTC)
    assert [(m.body, m.direction) for m in client.messages.list(to=ANA)] == [
        ("out", "outbound-api")
    ]
    assert [(m.body, m.direction) for m in client.messages.list(from_=ANA)] == [("in", "inbound")]
    assert [m.sid for m in client.messages.list(to=LINE)] == ["SM1"]
    minute = timedelta(minutes=1)
    assert len(client.messages.list(date_sent_after=now - minute)) == 3
    assert client.messages.list(date_sent_after=now + minute) == []
    assert client.messages.list(date_sent_before=now - minute) == []
    assert len(client.messages.list(date_sent=now.date())) == 0, "a date is its midnight to the SDK"
    assert len(client.messages.list(date_sent_after=now.date())) == 3
    url = f"{sandbox.url}/2010-04-01/Accounts/{sandbox.settings.account_sid}/Messages.json"
    auth = (sandbox.settings.account_sid, "token-one")
    today = requests.get(
        url, params={"DateSent": now.date().isoformat()}, auth=auth, timeout=60
    ).json()
    assert len(today["messages"]) == 3


def test_a_moved_clock_moves_the_times_twilio_stamps(sandbox: RunningSandbox) -> None:
    sandbox.post("/sandbox/clock", advance_seconds=86_400)
    assert send(sandbox).date_created - datetime.now(UTC) > timedelta(hours=23)
    assert sandbox.call("GET", "/sandbox/clock")["offset_seconds"] == 86_400


def test_requests_are_recorded_with_their_parameters(sandbox: RunningSandbox) -> None:
    send(sandbox, validity_period=600)
    recorded = sandbox.call("GET", "/sandbox/requests?provider=twilio")["requests"]
    assert [(r["method"], r["params"]["ValidityPeriod"], r["status"]) for r in recorded] == [
        ("POST", "600", 201)
    ]
