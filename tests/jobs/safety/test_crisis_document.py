"""docs/crisis.md says what the code says: the replies word for word, and the numbers."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from protos.jobs.v1.payloads_pb2 import InboundCrisisKind
from services.jobs.safety.replies import crisis_reply
from tests.jobs.safety.corpus import CRISES, FOLDER, FRESH, OTHERS, corpus

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = (ROOT / "docs" / "crisis.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", [kind for kind in InboundCrisisKind.values() if kind])
def test_every_reply_stands_there_word_for_word(
    kind: InboundCrisisKind.ValueType, language: str
) -> None:
    at_home = crisis_reply(kind, language, "+12025550101")
    assert f"> {at_home}\n" in DOCUMENT
    abroad = crisis_reply(kind, language, "+442079460123").removeprefix(at_home).strip()
    assert f"> {abroad}\n" in DOCUMENT


@pytest.mark.parametrize("label", [*CRISES, *OTHERS])
@pytest.mark.parametrize(
    ("folder", "row_of", "columns"), [(FOLDER, "", (1, 3)), (FRESH, "fresh: ", (2, 5))]
)
def test_the_numbers_are_those_that_are_measured(
    label: str, folder: Path, row_of: str, columns: tuple[int, int]
) -> None:
    spec = spec_from_file_location("measure", ROOT / ".ci" / "crisis.py")
    assert spec is not None
    assert spec.loader is not None
    measure = module_from_spec(spec)
    spec.loader.exec_module(measure)
    texts = list(corpus([label], folder))
    cells = []
    for held_out in (False, True):
        n, hits, _ = measure.measured([t for t in texts if t.is_held_out is held_out], label)
        cells.append(f"{hits}/{n}")
    row = re.findall(rf"^\| {row_of}`{label}` \|.*$", DOCUMENT, re.MULTILINE)[-1]
    stated = [cell.strip().partition(" = ")[0] for cell in row.strip("| ").split("|")]
    assert [stated[column] for column in columns] == cells
