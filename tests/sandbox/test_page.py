"""The phone page and the doors around it."""

import re

import pytest
import requests

from tests.sandbox.running import ANA, RunningSandbox


def test_the_page_says_that_nothing_leaves_and_loads_nothing_from_elsewhere(
    sandbox: RunningSandbox,
) -> None:
    page, headers = sandbox.page("/")
    assert "Nothing leaves this machine" in page
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    for path in ("/", "/phone.css", "/phone.js"):
        content, _ = sandbox.page(path)
        assert not re.search(r"https?://\w", content)
        assert "innerHTML" not in content


def test_every_control_of_the_page_has_a_label(sandbox: RunningSandbox) -> None:
    page, _ = sandbox.page("/")
    controls = re.findall(r'<(?:input|textarea)[^>]* id="([^"]+)"', page)
    assert controls
    assert all(f'for="{name}"' in page for name in controls)
    assert 'lang="en"' in page
    assert 'aria-live="polite"' in page


def test_the_page_learns_the_number_to_text_and_the_state_of_the_subscription(
    sandbox: RunningSandbox,
) -> None:
    status = sandbox.call("GET", "/sandbox/status")
    assert status["from_number"] == sandbox.settings.from_number
    phone = sandbox.call("GET", f"/sandbox/phones/{ANA}")
    assert phone == {"number": ANA, "messages": [], "subscription": None}
    paid = sandbox.post("/sandbox/subscribe", phone=ANA, link="none")
    shown = sandbox.call("GET", f"/sandbox/phones/{ANA}")["subscription"]
    assert (shown["id"], shown["status"]) == (paid["subscription"], "active")


def test_another_site_cannot_use_the_visitors_browser(sandbox: RunningSandbox) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/sandbox/reset", "/sandbox/texts", "/sandbox/checkout/x", "/sandbox/portal/x"):
        answer = requests.post(sandbox.url + path, headers=foreign, data="{}", timeout=5)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "field"),
    [("/nothing", "error"), ("/2010-04-01/Accounts/x/Calls.json", "code"), ("/v1/files", "error")],
)
def test_an_unknown_address_is_refused_in_the_providers_words(
    sandbox: RunningSandbox, path: str, field: str
) -> None:
    answer = requests.get(sandbox.url + path, timeout=5)
    assert answer.status_code == 404
    assert field in answer.json()


@pytest.mark.parametrize("body", ["[1]", "{", '{"advance_seconds": "soon"}'])
def test_a_control_request_that_makes_no_sense_is_refused(
    sandbox: RunningSandbox, body: str
) -> None:
    answer = requests.post(f"{sandbox.url}/sandbox/clock", data=body, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]
