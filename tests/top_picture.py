"""Draws `respite top` for the documents: `python -m tests.top_picture docs/images/top.svg`.

The real view on a real line with real texts, through the sandbox; only its trouble is arranged.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import threading
from pathlib import Path

from kit.postgres import EmbeddedPostgres
from protos.jobs.v1 import jobs_pb2 as jobs
from respite.services import Services
from respite.top.app import Top
from respite.top.gathering import Gatherer
from tests.databases import FAST, DatabaseServer
from tests.world.dead_letters import dead_letters
from tests.world.world import World

SIZE = (92, 30)
PEOPLE = 12
SECONDS = 25
SAID = ("hello", "mom wanders at night", "I'm so tired", "who can I call about dad's meds?")
# Whoever looks at the picture has a font; it need not fetch one.
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def _text(world: World, stop: threading.Event, number: str, pause: float) -> None:
    said = 0
    while not stop.wait(pause):
        world.texts(number, SAID[said % len(SAID)])
        said += 1


async def _draw(environment: dict[str, str]) -> str:
    services = Services(environment)
    gatherer = Gatherer(services, environment)
    top = Top(services, gatherer, interval=1)
    try:
        async with top.run_test(size=SIZE):
            await asyncio.sleep(SECONDS)
            return _FONTS.sub("", top.export_screenshot(title="bin/respite top"))
    finally:
        gatherer.close()
        services.close()


def draw(server: DatabaseServer, home: Path) -> str:
    """The picture as SVG."""
    world = World(server)
    stop = threading.Event()
    texting: list[threading.Thread] = []
    try:
        with dead_letters(world, {"canary:1": "HTTP_503", "canary:2": "ReadTimeout"}):
            world.jobs.PauseType(jobs.PauseTypeRequest(type="reactivate", reason="MAINTENANCE"))
        for person in range(PEOPLE):
            pause = 0.4 + person / 20
            arguments = (world, stop, world.new_number(), pause)
            texting.append(threading.Thread(target=_text, args=arguments))
            texting[-1].start()
        return asyncio.run(_draw(world.operator_environment(home)))
    finally:
        stop.set()
        for thread in texting:
            thread.join()
        world.close()


def main() -> None:
    """Draws into the file that is named."""
    [target] = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="respite-top-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        with EmbeddedPostgres(home, FAST) as embedded:
            svg = draw(DatabaseServer(embedded.start(0)), home)
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(target).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
