"""Reading Markdown as far as the documents of this repository use it."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")
_CONTINUED = re.compile(r"\\\n")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. line: of its first line of content, counted from 1."""

    document: Path
    language: str
    content: str
    line: int

    def __str__(self) -> str:
        return f"{self.document.name}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """The lines of a shell block that run something."""
        lines = _CONTINUED.sub("", self.content).splitlines()
        return [line for line in lines if line.strip() and not line.startswith("#")]


@dataclass(frozen=True, slots=True)
class Document:
    """One document, read whole."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> Document:
        return cls(path, path.read_text(encoding="utf-8"))

    def blocks(self, language: str) -> list[Block]:
        """The fenced blocks of one language, in order."""
        return [
            Block(
                self.path,
                match[2],
                textwrap.dedent(match[3]),
                self.text.count("\n", 0, match.start()) + 2,
            )
            for match in _FENCE.finditer(self.text)
            if match[2] == language
        ]

    @property
    def languages(self) -> set[str]:
        return {match[2] for match in _FENCE.finditer(self.text)}

    @property
    def prose(self) -> str:
        """Everything but the fenced blocks."""
        return _FENCE.sub("", self.text)

    @property
    def spans(self) -> list[str]:
        """What stands between backticks in the prose."""
        return _SPAN.findall(self.prose)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def headings(self) -> list[str]:
        return re.findall(r"^#{1,6} (.+)$", self.prose, re.MULTILINE)

    def section(self, heading: str) -> Document:
        """The part below a heading of the second level, up to the next one."""
        _, found, rest = self.text.partition(f"\n## {heading}\n")
        assert found, f"{self.path.name} has no section {heading!r}"
        return Document(self.path, re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0])

    def tables(self) -> list[list[list[str]]]:
        """Each table as rows of cells, the first of which is its header."""
        tables: list[list[list[str]]] = []
        end = -1
        for match in _ROW.finditer(self.prose):
            if match.start() != end + 1:
                tables.append([])
            end = match.end()
            cells = [cell.strip().replace("\\|", "|") for cell in _CELL.split(match[1])]
            if not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                tables[-1].append(cells)
        return tables


def documents() -> list[Document]:
    return [Document.read(path) for path in DOCUMENTS]


def readme() -> Document:
    return Document.read(ROOT / "README.md")


def quick_reference() -> Document:
    return Document.read(ROOT / "docs" / "quick-reference.md")
