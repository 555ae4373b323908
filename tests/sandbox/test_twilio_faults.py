"""What goes wrong at Twilio when it is told to."""

from typing import Any

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from tests.sandbox.gateway import PUBLIC_URL, Gateway, wait_until
from tests.sandbox.running import ANA, Answered, RunningSandbox

LINE = "+15005550006"
CALLBACK = f"{PUBLIC_URL}/twilio/status"


def send(sandbox: RunningSandbox, timeout: float = 5.0, **more: Any) -> Any:
    client = sandbox.twilio(timeout=timeout)
    return client.messages.create(**{"to": ANA, "from_": LINE, "body": "hello", **more})


def test_a_failure_has_its_status_code_and_retry_after(sandbox: RunningSandbox) -> None:
    sandbox.fault("twilio", "fail", status=429, retry_after=7, times=1)
    client = sandbox.twilio()
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(to=ANA, from_=LINE, body="x")
    assert (caught.value.status, caught.value.code) == (429, 20429)
    assert client.http_client.headers["Retry-After"] == "7"
    assert send(sandbox).status == "queued", "it was to fail once"
    assert len(sandbox.phone()) == 1


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_may_be_a_proxys_page(sandbox: RunningSandbox, status: int) -> None:
    sandbox.fault("twilio", "fail", status=status, body="<h1>Bad gateway</h1>", times=1)
    with pytest.raises(TwilioRestException) as caught:
        send(sandbox)
    assert (caught.value.status, caught.value.code) == (status, status)


def test_an_error_code_strikes_the_matching_recipient_only(sandbox: RunningSandbox) -> None:
    sandbox.fault("twilio", "error_code", code=21610, match={"To": ANA})
    with pytest.raises(TwilioRestException) as caught:
        send(sandbox)
    assert (caught.value.status, caught.value.code) == (400, 21610)
    assert send(sandbox, to="+12025550102").status == "queued"
    assert sandbox.twilio().messages.list(to=ANA) == []


@pytest.mark.parametrize(
    ("fault", "states"),
    [
        ({"code": 30006}, ["queued", "sent", "undelivered"]),
        ({"code": 21610, "at": "delivery"}, ["queued", "failed"]),
    ],
)
def test_a_delivery_failure_comes_after_the_message_was_accepted(
    sandbox: RunningSandbox, gateway: Gateway, fault: dict[str, Any], states: list[str]
) -> None:
    sandbox.fault("twilio", "error_code", times=1, **fault)
    sid = send(sandbox, status_callback=CALLBACK).sid
    posts = gateway.wait_for("/twilio/status", len(states))
    assert [post.form["MessageStatus"] for post in posts] == states
    assert [post.form.get("ErrorCode") for post in posts][-2:] == [None, str(fault["code"])]
    message = sandbox.twilio().messages(sid).fetch()
    assert (message.status, message.error_code) == (states[-1], fault["code"])
    assert sandbox.phone()[0]["error_code"] == fault["code"]


def test_a_message_can_be_accepted_while_its_answer_is_lost(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    sandbox.fault("twilio", "drop_after_accept", times=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        send(sandbox, status_callback=CALLBACK)
    assert [m.body for m in sandbox.twilio().messages.list(to=ANA)] == ["hello"]
    assert len(gateway.wait_for("/twilio/status", 3)) == 3
    assert sandbox.call("GET", "/sandbox/requests")["requests"][0]["status"] is None


def test_a_request_that_hangs_does_nothing(sandbox: RunningSandbox) -> None:
    sandbox.fault("twilio", "timeout", times=1)
    with pytest.raises(requests.exceptions.ReadTimeout):
        send(sandbox, timeout=0.2)
    assert sandbox.phone() == []


def test_a_hang_ends_by_itself_without_an_answer(sandbox: RunningSandbox) -> None:
    sandbox.fault("twilio", "timeout", seconds=0.1, times=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        send(sandbox)


def test_a_delayed_request_is_done_all_the_same(sandbox: RunningSandbox) -> None:
    sandbox.fault("twilio", "delay", seconds=0.3, times=1)
    assert send(sandbox).status == "queued"
    sandbox.fault("twilio", "delay", seconds=0.5, times=1)
    with pytest.raises(requests.exceptions.ReadTimeout):
        send(sandbox, timeout=0.1)
    wait_until(lambda: len(sandbox.phone()) == 2, "the delayed create")


def test_the_list_may_lag_behind(sandbox: RunningSandbox) -> None:
    client = sandbox.twilio()

    def listed() -> list[str]:
        return [each.sid for each in client.messages.list(to=ANA)]

    def lags(seconds: float) -> bool:
        sandbox.fault("twilio", "list_lag", seconds=seconds, times=1)
        sid = send(sandbox).sid
        at_first = listed()
        assert client.messages(sid).fetch().sid == sid
        wait_until(lambda: sid in listed(), "the list to catch up")
        return sid not in at_first

    # A machine that is busy for longer than that gets another try.
    assert any(lags(seconds) for seconds in (0.4, 3, 15))


def test_faults_add_up_and_count_down_oldest_first(sandbox: RunningSandbox) -> None:
    first = sandbox.fault("twilio", "fail", status=503, times=1)
    sandbox.fault("twilio", "fail", status=500, times=1)
    seen = []
    for _ in range(2):
        with pytest.raises(TwilioRestException) as caught:
            send(sandbox)
        seen.append(caught.value.status)
    assert seen == [503, 500]
    faults = sandbox.call("GET", "/sandbox/faults")["faults"]
    assert [(f["times"], f["hits"]) for f in faults] == [(0, 1), (0, 1)]
    sandbox.call("DELETE", f"/sandbox/faults/{first}")
    assert len(sandbox.call("GET", "/sandbox/faults")["faults"]) == 1
    sandbox.call("DELETE", "/sandbox/faults")
    assert sandbox.call("GET", "/sandbox/faults")["faults"] == []


@pytest.mark.parametrize(
    "spec",
    [
        {"provider": "twilio"},
        {"provider": "mail", "kind": "fail"},
        {"provider": "twilio", "kind": "explode"},
        {"provider": "twilio", "kind": "fail", "tiems": 1},
        {"provider": "twilio", "kind": "script"},
        {"provider": "webhooks", "kind": "script"},
        {"provider": "twilio", "kind": "error_code"},
        {"provider": "twilio", "kind": "fail", "at": "noon"},
        {"provider": "twilio", "kind": "fail", "match": ["To"]},
    ],
)
def test_a_fault_that_could_never_happen_is_refused(
    sandbox: RunningSandbox, spec: dict[str, Any]
) -> None:
    with pytest.raises(Answered) as caught:
        sandbox.post("/sandbox/faults", **spec)
    assert caught.value.status == 400


def test_opt_out_management_answers_for_us_and_refuses_sends(
    sandbox: RunningSandbox, gateway: Gateway
) -> None:
    sandbox.fault("twilio", "opt_out_management")
    sandbox.text("stop", wait=True)
    assert gateway.of("/twilio/sms")[0].form["OptOutType"] == "STOP"
    assert "unsubscribed" in sandbox.phone()[-1]["body"]
    with pytest.raises(TwilioRestException) as caught:
        send(sandbox)
    assert caught.value.code == 21610
    sandbox.text("START", wait=True)
    assert send(sandbox).status == "queued"
    sandbox.text("I cannot stop crying", wait=True)
    assert "OptOutType" not in gateway.of("/twilio/sms")[-1].form
