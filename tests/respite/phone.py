"""The phone page in a real browser, as a person uses it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Locator, Page, expect, sync_playwright

WAIT = 60_000.0
"""Milliseconds, for whatever the system does in the meantime."""

Scheme = Literal["light", "dark"]


def chromium() -> str:
    """Where the browser is. Skips the test where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium: apt-get install chromium")


class Browser:
    """One browser; each page that is opened remembers nothing of another."""

    def __init__(self, chromium: Chromium) -> None:
        self._chromium = chromium

    @classmethod
    @contextmanager
    def start(cls) -> Iterator[Browser]:
        """Runs it without a window."""
        path = chromium()
        with sync_playwright() as playwright:
            # Its own sandbox needs rights that a container lacks; it only sees this machine.
            launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            yield cls(launched)
            launched.close()

    @contextmanager
    def open(self, url: str, width: int = 1200, height: int = 900) -> Iterator[Phone]:
        """Opens the page; `width` and `height` are of the window, in pixels."""
        context = self._chromium.new_context(
            viewport={"width": width, "height": height}, locale="en-US", timezone_id="UTC"
        )
        page = context.new_page()
        page.set_default_timeout(WAIT)
        phone = Phone(page)
        page.goto(url)
        yield phone
        context.close()


class Phone:
    """The page. `problems` are what its scripts stumbled over."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on(
            "console",
            lambda said: self.problems.append(said.text) if said.type == "error" else None,
        )

    # -- what a person does ----------------------------------------------------------------------

    def choose(self, name: str) -> None:
        """Takes somebody's phone."""
        self.page.get_by_role("button", name=name).click()
        expect(self.page.locator("#owner-name")).to_have_text(name)

    def choose_number(self, number: str) -> None:
        """Takes the phone with this number."""
        self.page.get_by_label("Another number").fill(number)
        self.page.get_by_role("button", name="Use", exact=True).click()

    def text(self, body: str) -> None:
        """Writes and sends."""
        self.page.get_by_label("Message", exact=True).fill(body)
        self.page.get_by_role("button", name="Send", exact=True).click()
        expect(self._bubbles("in").last).to_contain_text(body)

    def types(self, body: str) -> None:
        """The same without a mouse: by the skip link into the message, and Enter."""
        self.page.get_by_role("link", name="Go to the message").focus()
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_label("Message", exact=True)).to_be_focused()
        self.page.keyboard.insert_text(body)
        self.page.keyboard.press("Enter")
        expect(self._bubbles("in").last).to_contain_text(body)

    def presses(self, label: str) -> None:
        """Presses a button with these words on it."""
        self._button(label).click()

    def looks(self, scheme: Scheme, width: int) -> None:
        """In the light or in the dark, on a screen so many pixels wide, without motion."""
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        self.page.set_viewport_size({"width": width, "height": 800})

    # -- what they see ---------------------------------------------------------------------------

    @property
    def received(self) -> int:
        """How many texts the line has sent to this phone."""
        return self._bubbles("out").count()

    def receives(self, words: str) -> None:
        """Waits until the last text on the phone is from the line and holds these words."""
        expect(self.page.locator("#messages > .message").last).to_contain_text(words, timeout=WAIT)
        expect(self._bubbles("out").last).to_contain_text(words)

    def sees_state(self, words: str) -> None:
        """Waits until the line's last text is told to be in this state."""
        expect(self._bubbles("out").last.locator(".state")).to_contain_text(words, timeout=WAIT)

    def sees_plan(self, words: str) -> None:
        """Waits until the subscription is told to be in this state."""
        expect(self.page.locator("#status")).to_have_text(words, timeout=WAIT)

    def sees_job(self, kind: str, words: str) -> None:
        """Waits until the path shows a job of this type with these words."""
        step = self.page.locator("#path .steps li").filter(
            has=self.page.locator("code", has_text=kind)
        )
        expect(step.first).to_contain_text(words, timeout=WAIT)

    def reaches(self, station: str) -> None:
        """Waits until the last station of the path is this one, and has been reached."""
        last = self.page.locator("#path .stations li").last
        expect(last).to_contain_text(station)
        expect(last).to_have_class("done", timeout=WAIT)

    def comes_to_rest(self) -> None:
        """Waits until nothing of the path is under way any more."""
        expect(self.page.locator("#path[data-complete=true]")).to_have_count(1, timeout=WAIT)

    def is_on(self, label: str) -> None:
        """Waits until a switch is on."""
        expect(self._button(label)).to_have_attribute("aria-pressed", "true")

    def is_off(self, label: str) -> None:
        """Waits until a switch is off."""
        expect(self._button(label)).to_have_attribute("aria-pressed", "false")

    def hears(self, words: str) -> None:
        """Waits until the page complains in these words."""
        expect(self.page.get_by_role("alert")).to_contain_text(words)

    def sees_who_is_chosen(self) -> None:
        """Waits until the person who is chosen is wholly on the screen, beside the others."""
        chosen = self.page.locator("#people [aria-pressed=true]")
        expect(chosen).to_be_in_viewport(ratio=0.99)

    def sideways(self) -> int:
        """By how many pixels the page is wider than the screen."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return width

    def violations(self) -> list[str]:
        """What axe-core finds against WCAG, one line each."""
        self.page.evaluate(AXE_SCRIPT)
        found: list[dict[str, Any]] = self.page.evaluate("axe.run().then((run) => run.violations)")
        return [
            f"{each['id']}: {node['html']}: {node['failureSummary']}"
            for each in found
            for node in each["nodes"]
        ]

    def _bubbles(self, direction: str) -> Locator:
        return self.page.locator(f"#messages > .message.{direction}")

    def _button(self, label: str) -> Locator:
        # that of a person holds their newest text, which may be any words
        return self.page.locator("button", has_text=re.compile(f"^{re.escape(label)}")).first
