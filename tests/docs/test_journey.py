"""The diagram of a person's journey is the table in the code."""

from __future__ import annotations

import re

from services.profile.journey import TRANSITIONS, JourneyPhase
from tests.docs.markdown import ROOT, Document


def test_the_diagram_of_the_journey_is_the_table_in_the_code() -> None:
    [diagram] = Document.read(ROOT / "docs" / "journey.md").blocks("mermaid")
    kind, *lines = diagram.content.splitlines()
    assert kind == "stateDiagram-v2"
    assert lines.pop(0).split() == ["[*]", "-->", next(iter(JourneyPhase)).value]
    drawn = [re.fullmatch(r" +(\w+) --> (\w+): (.+)", line) for line in lines]
    assert all(drawn)
    assert [each.groups() for each in drawn if each] == [
        (before.value, phase.value, event.value)
        for before, moves in TRANSITIONS.items()
        for event, phase in moves.items()
    ]
