"""The live view: a picture every few seconds, and keys for what an operator does about it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import DataTable, Static

from protos.jobs.v1 import jobs_pb2 as jobs
from respite.commands.operator import advised
from respite.services import CallFailed, Services
from respite.top import frame
from respite.top.about import about_letter, about_type
from respite.top.dialogs import HELP, Asked, Told
from respite.top.gathering import Gatherer
from respite.top.look import CALM, CSS
from respite.top.picture import Picture, QueueRow
from respite.top.tables import chosen_in, set_columns, set_rows, table_named

_MOST_RATES: Final = 24
_PAUSED_HERE: Final = "OPERATOR"

Rows = Callable[[Picture], list[tuple[str, list[Text]]]]
_PANES: Final[Sequence[tuple[str, Sequence[frame.Column], Rows]]] = (
    ("Dead letters", frame.DEAD_COLUMNS, frame.dead_rows),
    ("Workers", frame.WORKER_COLUMNS, frame.worker_rows),
    ("Lanes that wait", frame.LANE_COLUMNS, frame.lane_rows),
)


class Top(App[None]):
    """`respite top`. interval: seconds between pictures."""

    TITLE = "Respite"
    CSS: ClassVar[str] = CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+c", "quit", show=False, priority=True),
        Binding("r", "retry", show=False),
        Binding("p", "pause", show=False),
        Binding("s", "sort", show=False),
        Binding("1", "pane(0)", show=False),
        Binding("2", "pane(1)", show=False),
        Binding("3", "pane(2)", show=False),
        Binding("question_mark,h", "help", show=False),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        services: Services,
        gatherer: Gatherer,
        interval: float,
        sort: frame.Sort = frame.Sort.TROUBLE,
    ) -> None:
        super().__init__()
        self.register_theme(CALM)
        self.theme = "calm"
        self._services = services
        self._gatherer = gatherer
        self._interval = interval
        self._sort = sort
        self._pane = 0
        self._rates: deque[float] = deque(maxlen=_MOST_RATES)
        self._looking = False
        self.picture: Picture | None = None

    def compose(self) -> ComposeResult:
        """The parts of the screen from top to bottom."""
        with Horizontal(id="head"):
            yield Static(" Respite  …", id="headline")
            yield Static("", id="when")
        yield Static("", id="concerns")
        yield Static(" asking the services", id="summary")
        yield table_named("queues")
        yield Static("", id="panes")
        yield table_named("pane")
        yield Static("", id="keys")

    def on_mount(self) -> None:
        """Begins to look."""
        set_columns(self._queues, frame.QUEUE_COLUMNS)
        set_columns(self._lower, _PANES[self._pane][1])
        self._queues.focus()
        self._show_keys()
        self.look()
        self.set_interval(self._interval, self.look)
        self.set_interval(1, self._show_age)

    def look(self) -> None:
        """Makes a picture and shows it; while one is being made, no other is begun."""
        if not self._looking:
            self._looking = True
            self._look()

    @work(thread=True, group="look")
    def _look(self) -> None:
        picture = self._gatherer.look()
        if self.is_running:
            self.call_from_thread(self._show, picture)

    # -- showing ------------------------------------------------------------------------------

    @property
    def _queues(self) -> DataTable[Text]:
        return self.query_one("#queues", DataTable)

    @property
    def _lower(self) -> DataTable[Text]:
        return self.query_one("#pane", DataTable)

    def _show(self, picture: Picture) -> None:
        self._looking = False
        self.picture = picture
        if "jobs" not in picture.away:
            self._rates.append(frame.out_rate(picture))
        self.query_one("#headline", Static).update(frame.headline(picture))
        self.query_one("#concerns", Static).update(Text("\n").join(frame.concern_lines(picture)))
        self.query_one("#concerns", Static).display = bool(frame.concern_lines(picture))
        lines = frame.summary(picture, self._rates)
        self.query_one("#summary", Static).update(Text("\n").join(lines))
        self._show_tables()
        self._show_age()

    def _show_tables(self) -> None:
        if self.picture is None:
            return
        set_rows(self._queues, frame.QUEUE_COLUMNS, frame.queue_rows(self.picture, self._sort))
        line = Text()
        for number, (name, columns, rows_of) in enumerate(_PANES):
            rows = rows_of(self.picture)
            chosen = number == self._pane
            count = self._count(number, rows)
            line.append(f" {number + 1} {name} {count} ", "bold reverse" if chosen else frame.QUIET)
            if chosen:
                set_rows(self._lower, columns, rows)
        self.query_one("#panes", Static).update(line)

    def _count(self, pane: int, rows: Sequence[object]) -> int:
        queue = self.picture and self.picture.queue
        if not queue:
            return 0
        return (queue.part.dead, len(queue.part.workers), queue.part.waiting_lanes)[pane]

    def _show_age(self) -> None:
        if self.picture is not None:
            told = frame.when(self.picture, datetime.now(UTC))
            self.query_one("#when", Static).update(told)

    def _show_keys(self) -> None:
        line = Text()
        for key, what in (
            ("↑↓ Tab", "choose"),
            ("r", "retry"),
            ("p", "pause"),
            ("s", f"sort: {self._sort}"),
            ("Enter", "more"),
            ("?", "help"),
            ("q", "quit"),
        ):
            line.append(f" {key} ", "bold").append(f"{what} ", frame.QUIET)
        self.query_one("#keys", Static).update(line)

    # -- keys ---------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Shows the types in another order."""
        self._sort = self._sort.following
        self._show_keys()
        self._show_tables()

    def action_pane(self, number: int) -> None:
        """Shows another table below."""
        self._pane = number
        set_columns(self._lower, _PANES[number][1])
        self._show_tables()

    def action_help(self) -> None:
        """Says what keys, signs and columns mean."""
        self.push_screen(Told(HELP))

    def action_retry(self) -> None:
        """Retries the dead letter that is chosen."""
        letter = self._pane == 0 and chosen_in(self._lower)
        if not letter:
            self.notify("choose a dead letter first: 1, then Tab and ↑↓")
            return
        self._retry(int(letter))

    @work(thread=True, group="deeds")
    def _retry(self, job_id: int) -> None:
        try:
            job = self._services.jobs.RetryJob(jobs.RetryJobRequest(job_id=job_id)).job
        except CallFailed as failed:
            self._tell(advised(failed), failed=True)
        else:
            self._tell(f"{job.type} {job_id} is tried again")

    def action_pause(self) -> None:
        """Pauses the type that is chosen, or lets it go on; asks before."""
        row = self._row(chosen_in(self._queues))
        if row is None:
            return
        if row.pause is not None:
            question = f"{row.type} is paused. Let it go on?"
            self.push_screen(Asked(question), self._on_yes(lambda: self._resume(row.type)))
            return
        question = f"Pause {row.type}? Its jobs wait and lose nothing until it is resumed."
        typed = ""
        if row.crisis_path:
            typed = row.type
            question += (
                "\n\n✖ It stands between a person in a crisis and the reply to them."
                "\n  While it is paused, people in danger get no answer."
            )
        self.push_screen(Asked(question, typed), self._on_yes(lambda: self._pause(row)))

    def _on_yes(self, deed: Callable[[], object]) -> Callable[[bool | None], None]:
        def answered(yes: bool | None) -> None:
            if yes:
                deed()
            else:
                self.notify("nothing was changed")

        return answered

    @work(thread=True, group="deeds")
    def _pause(self, row: QueueRow) -> None:
        request = jobs.PauseTypeRequest(
            type=row.type, reason=_PAUSED_HERE, confirm_crisis_path=row.crisis_path
        )
        try:
            self._services.jobs.PauseType(request)
        except CallFailed as failed:
            self._tell(advised(failed), failed=True)
        else:
            self._tell(f"{row.type} is paused")

    @work(thread=True, group="deeds")
    def _resume(self, name: str) -> None:
        try:
            self._services.jobs.ResumeType(jobs.ResumeTypeRequest(type=name))
        except CallFailed as failed:
            self._tell(advised(failed), failed=True)
        else:
            self._tell(f"{name} goes on")

    def _tell(self, what: str, *, failed: bool = False) -> None:
        """Says what came of a deed, and looks at once."""
        severity = "error" if failed else "information"
        self.call_from_thread(self.notify, what, severity=severity, markup=False)
        self.call_from_thread(self.look)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Tells more about a row."""
        name = event.row_key.value or ""
        told = ""
        if event.data_table is self._queues:
            row = self._row(name)
            told = about_type(row) if row else ""
        elif self._pane == 0 and self.picture and self.picture.queue:
            letters = self.picture.queue.part.dead_letters
            told = next((about_letter(each) for each in letters if str(each.job_id) == name), "")
        if told:
            self.push_screen(Told(told))

    def _row(self, name: str) -> QueueRow | None:
        rows = self.picture.queue.part.rows if self.picture and self.picture.queue else ()
        return next((row for row in rows if row.type == name), None)
