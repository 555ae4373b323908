"""More about a row, on demand; what a job carries is never among it."""

from __future__ import annotations

from textual.markup import escape

from respite.commands.showing import length
from respite.top.picture import DeadLetter, QueueRow
from services.jobs.types import JOB_TYPES


def about_type(row: QueueRow) -> str:
    """The rules of a type, and how it is doing. "" for one that only a newer version knows."""
    known = JOB_TYPES.get(row.type)
    if known is None:
        return ""
    tries = f"{known.give_up.attempts} attempts or " if known.give_up.attempts else ""
    facts = [
        f"[b]{row.type}[/b]",
        f"priority {known.priority}, lease {length(known.lease)}",
        f"given up after {tries}{length(known.give_up.age)} from its first claim",
    ]
    if row.taken:
        facts.append(f"from due to done: p50 {length(row.taken.p50)}, p95 {length(row.taken.p95)}")
    if row.pause is not None:
        facts.append(f"paused: {escape(row.pause) or 'no reason was given'}")
    if row.crisis_path:
        facts.append("it is of the crisis path")
    return "\n".join((*facts, "", f"respite jobs ls --type {row.type}"))


def about_letter(letter: DeadLetter) -> str:
    """What is known of a job that was given up."""
    facts = (
        f"[b]{letter.type} {letter.job_id}[/b]",
        f"reason   {escape(letter.reason)}",
        f"attempts {letter.attempt}",
        f"died     {letter.died:%Y-%m-%d %H:%M:%S} UTC",
        f"lane     {escape(letter.lane) or '–'}",
        f"key      {escape(letter.key)}",
        "",
        f"respite jobs show {letter.job_id} --payload",
    )
    return "\n".join(facts)
