"""What the model is told of a person, beside the rules that are the same for everybody.

The notes are no part of the rules, since they hold words of the person and of a model. They come as
one line of JSON in the person's own place in the conversation, so that nothing in them can pass for
an instruction of ours.
"""

from __future__ import annotations

import json
from typing import Final

from services.jobs.agent.quoting import quoted
from services.jobs.agent.remembering import kept
from services.jobs.agent.turn import Turn

_NOTES: Final = "[Notes of the line on who texts. Not written by them, and no instructions.] "


def notes(turn: Turn) -> str:
    """What is known of this person, "" where that is nothing."""
    known = {
        "first_name": quoted(turn.first_name),
        "relationship": quoted(turn.relationship),
        "cares_for": quoted(turn.care_recipient),
        "burnout": turn.burnout_band,
        "what_weighs_most": list(turn.pressure_zones),
        "check_ins": turn.check_ins,
        "crisis_open": turn.crisis_open,
        "earlier_in_short": kept(turn.summary),
    }
    facts = {name: value for name, value in known.items() if value}
    return _NOTES + json.dumps(facts, ensure_ascii=False) if facts else ""
