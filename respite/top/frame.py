"""A picture in words and columns: what the live view and --once both show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from rich.text import Text

from respite.commands.showing import length
from respite.top.concern import Level
from respite.top.concerns import concerns, level_of
from respite.top.picture import Latency, Picture, QueueRow

# A level is told by sign and word; colour only repeats it.
SIGNS: Final = {Level.FINE: "●", Level.LOOK: "▲", Level.BAD: "✖"}
STYLES: Final = {Level.FINE: "#7fb69a", Level.LOOK: "#d9b06a", Level.BAD: "bold #e58a86"}
QUIET: Final = "#6d7885"
NAME: Final = "#9fb4cc"
_PAUSED: Final = "‖"
_NOTHING: Final = "·"
_MOST_CONCERNS: Final = 4
_BARS: Final = "▁▂▃▄▅▆▇█"
Column = tuple[str, int]
"""Heading, to the right where it begins with ">", and width in cells."""

QUEUE_COLUMNS: Final[Sequence[Column]] = (
    ("  type", 23),
    (">ready", 6),
    (">runs", 6),
    (">waits", 6),
    (">later", 6),
    (">dead", 5),
    (">oldest", 7),
    (">in/s", 6),
    (">out/s", 6),
    (">p95", 7),
)
DEAD_COLUMNS: Final[Sequence[Column]] = (
    ("  job", 11),
    ("type", 21),
    ("reason", 22),
    (">try", 4),
    (">died", 13),
)
WORKER_COLUMNS: Final[Sequence[Column]] = (
    ("  worker, its longest jobs", 34),
    (">jobs", 6),
    (">last handed", 13),
    (">try", 5),
    (">begun", 9),
    (">lease", 9),
)
LANE_COLUMNS: Final[Sequence[Column]] = (
    ("  lane", 26),
    (">behind", 7),
    ("  waits for", 23),
    (">try", 4),
    (">begun", 7),
    (" why", 12),
)


class Sort(StrEnum):
    """In which order types are shown."""

    TROUBLE = "trouble"
    BUSY = "busy"
    NAME = "name"

    @property
    def following(self) -> Sort:
        """The next of them."""
        every = list(Sort)
        return every[(every.index(self) + 1) % len(every)]


_KEYS: Final[dict[Sort, Callable[[QueueRow], tuple[float | int | str, ...]]]] = {
    Sort.TROUBLE: lambda row: (
        # nothing that changes from one picture to the next: rows that jump cannot be read
        -level_of(row),
        row.rests,
        row.priority,
        row.type,
    ),
    Sort.BUSY: lambda row: (-(row.stored + row.ended), -(row.ready + row.running), row.type),
    Sort.NAME: lambda row: (row.type,),
}


def headline(picture: Picture) -> Text:
    """How the line is, in one line, with what is wrong: whatever is as bad as the worst."""
    found = concerns(picture)
    worst = found[0].level if found else Level.FINE
    words = {
        Level.FINE: "All is well",
        Level.LOOK: "Worth a look",
        Level.BAD: "Needs you now",
    }
    line = Text()
    line.append(" Respite ", style="bold")
    titles = "; ".join(each.title for each in found if each.level == worst)
    said = f"{words[worst]}: {titles}" if titles else words[worst]
    line.append(f" {SIGNS[worst]} {said}", style=STYLES[worst])
    return line


def when(picture: Picture, now: datetime) -> Text:
    """The time of the picture, and its age where it is not new."""
    line = Text(f"{picture.at:%H:%M:%S} UTC ", style=QUIET)
    shown = picture.queue.at if picture.queue else picture.at
    if "jobs" in picture.away and picture.queue:
        line = Text(f"as it was {length(now - shown)} ago ", style=STYLES[Level.BAD])
    return line


def concern_lines(picture: Picture, most: int = _MOST_CONCERNS) -> list[Text]:
    """What needs a person, a line each, the worst first; the last says how many more there are."""
    found = concerns(picture)
    shown = found if len(found) <= most else found[: most - 1]
    lines = [Text(f" {SIGNS[each.level]} {each.text}", STYLES[each.level]) for each in shown]
    if len(found) > len(shown):
        lines.append(Text(f"   and {len(found) - len(shown)} more", QUIET))
    return lines


def summary(picture: Picture, rates: Sequence[float] = ()) -> list[Text]:
    """Three lines: what flows, how fast, who carries it. rates: out/s of earlier pictures."""
    return [_flow(picture, rates), _speeds(picture), _carriers(picture)]


def queue_rows(picture: Picture, sort: Sort) -> list[tuple[str, list[Text]]]:
    """A row for each type, by its name."""
    if picture.queue is None:
        return []
    rows = sorted(picture.queue.part.rows, key=_KEYS[sort])
    return [(row.type, _queue_cells(row)) for row in rows]


def dead_rows(picture: Picture) -> list[tuple[str, list[Text]]]:
    """A row for each dead letter, by its job id."""
    if picture.queue is None:
        return []
    return [
        (
            str(letter.job_id),
            [
                Text(f"  {letter.job_id}"),
                Text(letter.type, NAME),
                Text(letter.reason or "no reason"),
                Text(str(letter.attempt)),
                Text(f"{length(picture.at - letter.died)} ago"),
            ],
        )
        for letter in picture.queue.part.dead_letters
    ]


def worker_rows(picture: Picture) -> list[tuple[str, list[Text]]]:
    """A row for each worker process, and one for each of its longest jobs."""
    if picture.queue is None:
        return []
    rows: list[tuple[str, list[Text]]] = []
    for worker in picture.queue.part.workers:
        idle = "long ago" if worker.idle is None else f"{length(worker.idle)} ago"
        cells = [f"  {worker.name}", str(worker.running), idle, "", "", ""]
        rows.append((worker.name, [Text(cells[0], NAME), *map(Text, cells[1:])]))
        for lease in worker.leases:
            name = Text(f"    {lease.job_id} ", QUIET).append(lease.type, NAME)
            left = Text(f"{length(lease.remaining)}")
            lease_cells = [Text(""), Text(""), Text(str(lease.attempt)), Text(length(lease.age))]
            rows.append((f"{worker.name}/{lease.job_id}", [name, *lease_cells, left]))
    return rows


def lane_rows(picture: Picture) -> list[tuple[str, list[Text]]]:
    """A row for each of the longest lanes that wait."""
    if picture.queue is None:
        return []
    return [
        (
            lane.lane,
            [
                Text(f"  {lane.lane}", NAME),
                Text(str(lane.waiting)),
                Text(f"  {lane.type} {lane.job_id}" if lane.job_id else "  –"),
                Text(str(lane.attempt)),
                Text(length(lane.age) if lane.age else "–"),
                Text(f" {'running' if lane.running else lane.last_error or 'ready'}", QUIET),
            ],
        )
        for lane in picture.queue.part.lanes
    ]


def out_rate(picture: Picture) -> float:
    """Jobs that ended a second, of all types."""
    return sum(row.ended for row in picture.queue.part.rows) if picture.queue else 0.0


def bars(rates: Sequence[float]) -> str:
    """Small bars, as high as the highest of them."""
    most = max(rates, default=0)
    if not most:
        return ""
    return "".join(_BARS[min(int(rate / most * len(_BARS)), len(_BARS) - 1)] for rate in rates)


def _queue_cells(row: QueueRow) -> list[Text]:
    level = level_of(row)
    sign = _PAUSED if row.pause is not None else SIGNS[level] if level else " "
    style = QUIET if row.rests else NAME
    name = Text(f"{sign} ", STYLES[level]).append(row.type, style)
    counts = [row.ready, row.running, row.blocked, row.scheduled]
    return [
        name,
        *(_count(each) for each in counts),
        _count(row.dead, STYLES[level] if row.dead else ""),
        Text(length(row.oldest), STYLES[level] if level else "") if row.oldest else _none(),
        _rate(row.stored),
        _rate(row.ended),
        Text(length(row.taken.p95)) if row.taken else _none(),
    ]


def _count(count: int, style: str = "") -> Text:
    if not count:
        return _none()
    text = f"{count // 1000}k" if count >= 100_000 else str(count)
    return Text(text, style)


def _rate(rate: float) -> Text:
    if not rate:
        return _none()
    return Text(f"{rate:.1f}" if rate < 100 else f"{rate:.0f}")


def _none() -> Text:
    return Text(_NOTHING, QUIET)


def _flow(picture: Picture, rates: Sequence[float]) -> Text:
    line = Text(" ")
    if picture.queue is None:
        return line.append("nothing is known of the queue yet", QUIET)
    rows = picture.queue.part.rows
    stored = sum(row.stored for row in rows)
    facts = (
        ("in/s", f"{stored:.1f}"),
        ("out/s", f"{out_rate(picture):.1f}"),
        ("ready", str(sum(row.ready for row in rows))),
        ("running", str(sum(row.running for row in rows))),
        ("later", str(sum(row.scheduled for row in rows))),
        ("dead", str(picture.queue.part.dead)),
    )
    for name, fact in facts:
        line.append(f"{name} ", QUIET).append(fact).append("   ")
    return line.append(bars(rates), STYLES[Level.FINE])


def _speeds(picture: Picture) -> Text:
    line = Text(" ")
    _latency(line, "ack", picture.ack.part if picture.ack else None)
    _latency(line, "reply", picture.replies.part.latency if picture.replies else None)
    line.append("crises ", QUIET)
    if picture.crises is None:
        return line.append("not known")
    crises = picture.crises.part
    return line.append(f"{crises.open} open")


def _latency(line: Text, name: str, found: Latency | None) -> None:
    line.append(f"{name} ", QUIET)
    if found is None:
        line.append("–")
    else:
        line.append("p50 ", QUIET).append(length(found.p50))
        line.append(" p95 ", QUIET).append(length(found.p95))
    line.append("   ")


def _carriers(picture: Picture) -> Text:
    line = Text(" ")
    if picture.queue is None:
        return line
    queue = picture.queue.part
    running = sum(worker.running for worker in queue.workers)
    line.append("workers ", QUIET).append(f"{len(queue.workers)} with {running} jobs   ")
    line.append("lanes ", QUIET).append(f"{queue.waiting_lanes} waiting")
    if queue.lanes:
        longest = queue.lanes[0]
        line.append(f", {longest.waiting} behind one {longest.type or 'job'}")
    if picture.replies and picture.replies.part.failed:
        line.append("   texts ", QUIET).append(f"{picture.replies.part.failed} failed in an hour")
    if picture.people and picture.people.part.unreachable:
        line.append("   numbers ", QUIET).append(f"{picture.people.part.unreachable} take no texts")
    return line
