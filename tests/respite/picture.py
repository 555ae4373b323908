"""Takes the picture of the phone page that the documents show: `make picture`."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from respite.home import CHECKOUT
from tests.respite.conftest import made_home
from tests.respite.phone import Browser
from tests.respite.stack import Stack, clean_environment

PICTURE = CHECKOUT / "docs" / "images" / "phone-page.png"


def main() -> None:
    """Starts the whole system, texts and subscribes as a person would, and takes the picture."""
    with made_home() as home, tempfile.NamedTemporaryFile() as output, Browser.start() as browser:
        stack = Stack(clean_environment(home), Path(output.name))
        stack.await_ready()
        address = f"http://localhost:{stack.environment['SANDBOX_PORT']}/"
        PICTURE.parent.mkdir(exist_ok=True)
        with browser.open(address, height=1180) as phone:
            phone.choose("James Okafor")
            phone.text("Hi, is this the line for caregivers?")
            phone.receives("I'm an AI")
            phone.choose("Maria Alvarez")
            phone.text("Hello, my sister gave me this number")
            phone.receives("I'm an AI")
            phone.presses("Subscribe")
            phone.receives("Welcome to Respite")
            phone.text("She wakes me every night and I can't sleep any more")
            phone.sees_job("send_answer", "accepted")
            phone.sees_state("Delivered")
            phone.comes_to_rest()
            phone.page.screenshot(path=PICTURE, animations="disabled")
        stack.stop()
    if pngquant := shutil.which("pngquant"):  # a third of the size; the eye sees no difference
        options = ("--force", "--skip-if-larger", "--strip", "--output", PICTURE)
        subprocess.run((pngquant, *options, PICTURE), check=True)


if __name__ == "__main__":
    main()
