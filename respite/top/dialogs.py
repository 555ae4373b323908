"""What is asked before a deed, and what is told on demand."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

HELP: Final = """\
[b]Keys[/b]
  ↑ ↓ PgUp PgDn   choose a row          Tab   the other table
  1 2 3           dead letters, workers, lanes that wait
  r   retry the dead letter             p   pause or resume the type
  Enter   more about the row            s   sort types otherwise
  ? help          q quit

[b]Signs[/b]
  ● fine   ▲ worth a look   ✖ needs you now   ‖ paused

[b]Columns[/b]
  ready   due and free      runs   leased to a worker
  waits   behind another of its lane        later   due later
  oldest  how long the longest ready one waits
  in/s out/s   stored and ended a second, over 10 s
  p95     from due to done, 95 of 100, over 5 min
  ack     how fast the gateway answers, of the last looks
  reply   from a text to its answer's being taken, over an hour
"""


class Told(ModalScreen[None]):
    """Something to read; any key ends it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The text."""
        with Vertical(classes="dialog"):
            yield Static(self._text)
            yield Static("any key goes on", classes="hint")

    def on_key(self) -> None:
        """Ends it."""
        self.dismiss()


class Asked(ModalScreen[bool]):
    """Yes or no. typed: the word that has to be typed where a yes is too easy, "" where not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", show=False),
        Binding("n,escape", "no", show=False),
    ]

    def __init__(self, question: str, typed: str = "") -> None:
        super().__init__()
        self._question = question
        self._typed = typed

    def compose(self) -> ComposeResult:
        """The question, and where the word is typed."""
        with Vertical(classes="dialog"):
            yield Static(self._question)
            if self._typed:
                yield Input(placeholder=self._typed)
                yield Static(f"type {self._typed} and Enter, or Esc", classes="hint")
            else:
                yield Static("y yes   n no", classes="hint")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Yes, if the word is right."""
        self.dismiss(event.value.strip() == self._typed)

    def action_yes(self) -> None:
        """Yes, where no word is asked for."""
        if not self._typed:
            self.dismiss(True)

    def action_no(self) -> None:
        """No."""
        self.dismiss(False)
