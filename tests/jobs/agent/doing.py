"""Deeds that remember what was asked of them."""

from __future__ import annotations

from collections.abc import Mapping

from services.jobs.agent.deeds import CheckIns, NotAccepted, Questionnaire


class Doing:
    """Does whatever it is asked for, unless `refusing` says why not or `failing` goes wrong."""

    def __init__(self) -> None:
        self.done: list[tuple[str, object]] = []
        self.refusing = ""
        self.failing: Exception | None = None
        self.runs_already = False

    def _do(self, name: str, what: object) -> None:
        if self.failing is not None:
            raise self.failing
        if self.refusing:
            raise NotAccepted(self.refusing)
        self.done.append((name, what))

    async def update_profile(self, changes: Mapping[str, str]) -> None:
        """See Deeds."""
        self._do("update_profile", dict(changes))

    async def start_assessment(self, questionnaire: Questionnaire) -> bool:
        """See Deeds."""
        self._do("start_assessment", questionnaire)
        return not self.runs_already

    async def set_check_in_preference(self, wish: CheckIns) -> None:
        """See Deeds."""
        self._do("set_check_in_preference", wish)
