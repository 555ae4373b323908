"""The notation in which the rules of crisis detection are written, so that a clinician can read it.

A table holds one phrase a line, or more lines where a bracket is open; what follows a # is a
comment. A phrase is matched word by word in a normalised text (normalise.py), never inside a word
and never across the end of a sentence:

    kill myself          these words in this order
    suicid*              any word that begins so
    (die|be dead)        one of these
    [just|really]        one of these, or none
    ..3                  up to three words, whatever they are: the fewest that fit, or at the end
                         of a phrase the most
    ~3                   up to three words, none of them of somebody else (<other>)
    !(of|laughing)       what comes next is none of these
    <them>               one of the words of that name (rules/words.py)
    |                    where a sentence begins or ends

Gaps are bounded and nothing repeats without bound, so a text is read in linear time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from services.jobs.safety.required import parts_of, required

_TOKEN = re.compile(r"\s*(\.\.\d+|~\d+|!\(|[()\[\]|]|<[a-z-]+>|[a-z0-9]+\*?)")


class BadPhrase(ValueError):
    """A phrase of a table that the notation does not allow."""


@dataclass(frozen=True, eq=False)
class Rule:
    """A phrase. expression: the regular expression for it. needs: sets of parts, of each of which a
    text must have one."""

    phrase: str
    expression: str
    needs: tuple[frozenset[str], ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled for the first text that might hold the phrase: all at once, they would keep a
        starting worker busy for a second."""
        return re.compile(self.expression)


class Table:
    """The phrases of one table. words: what stands for <name>, itself a phrase.

    parts: all that its phrases ask of a text (required.py); others of a text are of no matter to
    it. Raises BadPhrase, KeyError for a <name> that words lacks.
    """

    def __init__(self, text: str, words: Mapping[str, str]) -> None:
        named = {name: _tokens(f"({phrase})") for name, phrase in words.items()}
        self.rules = [
            Rule(
                phrase,
                f" {_pattern(phrase, words)}",
                tuple(dict.fromkeys(required(_tokens(phrase), named))),
            )
            for phrase in phrases(text)
        ]
        wanted = Counter(part for rule in self.rules for part in frozenset().union(*rule.needs))
        self.parts = frozenset(wanted)
        self._always: list[int] = []
        self._by_part: dict[str, list[int]] = {}
        for place, rule in enumerate(self.rules):
            if not rule.needs:
                self._always.append(place)
                continue
            # A phrase is looked at where a text has a part of its rarest set: words that are short,
            # or that many phrases need, stand in most texts.
            rarest = min(
                rule.needs,
                key=lambda need: sum(wanted[part] / 2.0 ** len(part) for part in need),
            )
            for part in rarest:
                self._by_part.setdefault(part, []).append(place)

    def first(self, text: str, parts: Set[str] | None = None) -> str | None:
        """The first phrase of the table that stands in a normalised text. parts: parts_of(text),
        if known, or of a longer text."""
        for rule in self.possible(parts_of(text) if parts is None else parts):
            if rule.pattern.search(text):
                return rule.phrase
        return None

    def without(self, text: str, parts: Set[str] | None = None) -> tuple[str, list[str]]:
        """A normalised text with the end of a sentence in place of each phrase, and the phrases.

        The leftmost goes first; of those that begin at one word, the first of the table.
        """
        rest, found, end = "", [], 0
        ahead = {
            rule: rule.pattern.search(text)
            for rule in self.possible(parts_of(text) if parts is None else parts)
        }
        while matches := {rule: match for rule, match in ahead.items() if match}:
            rule = min(matches, key=lambda each: matches[each].start())
            rest += text[end : matches[rule].start() + 1] + "| "
            end = matches[rule].end()
            found.append(rule.phrase)
            # The space that ends one phrase may begin the next.
            ahead = {
                each: match if match.start() >= end - 1 else each.pattern.search(text, end - 1)
                for each, match in matches.items()
            }
        return rest + text[end:], found

    def possible(self, parts: Set[str]) -> list[Rule]:
        """The phrases that need no word but those of a text with these parts, in their order."""
        places = set(self._always)
        for part in self._by_part.keys() & parts:
            places.update(self._by_part[part])
        rules = []
        for place in sorted(places):
            rule = self.rules[place]
            for need in rule.needs:
                if need.isdisjoint(parts):
                    break
            else:
                rules.append(rule)
        return rules


def phrases(text: str) -> Iterator[str]:
    """The rules of a table, without its comments."""
    phrase = ""
    for line in text.splitlines():
        phrase = f"{phrase} {line.partition('#')[0].strip()}".strip()
        if phrase and sum(map(phrase.count, "([")) == sum(map(phrase.count, ")]")):
            yield phrase
            phrase = ""
    if phrase:
        raise BadPhrase(phrase)


def _pattern(phrase: str, words: Mapping[str, str]) -> str:
    """The regular expression of a phrase. Each word brings the space behind it."""
    tokens = _tokens(phrase)
    pattern, rest = _sequence(tokens, words)
    if rest or not pattern:
        raise BadPhrase(phrase)
    # A gap is as short as can be, one at the end of a phrase as long as can be.
    return pattern.removesuffix("?") if tokens[-1].startswith(("..", "~")) else pattern


def _tokens(phrase: str) -> list[str]:
    found, at = [], 0
    phrase = phrase.strip()
    while at < len(phrase):
        token = _TOKEN.match(phrase, at)
        if token is None:
            raise BadPhrase(phrase)
        found.append(token[1])
        at = token.end()
    return found


def _sequence(tokens: list[str], words: Mapping[str, str], depth: int = 0) -> tuple[str, list[str]]:
    """Everything up to the end; inside brackets, up to the next | or the closing bracket."""
    made = ""
    while tokens:
        opening, rest = tokens[0], tokens[1:]
        if depth and opening in {"|", ")", "]"}:
            break
        if opening in {"(", "[", "!("}:
            closing = "]" if opening == "[" else ")"
            choice, tokens = _choice(rest, closing, words, depth)
            made += _bracket(opening, "|".join(choice))
        else:
            made += _single(opening, words)
            tokens = rest
    return made, tokens


def _choice(
    tokens: list[str], closing: str, words: Mapping[str, str], depth: int
) -> tuple[list[str], list[str]]:
    """The alternatives in brackets, and what follows the closing one."""
    made = []
    while True:
        one, tokens = _sequence(tokens, words, depth + 1)
        if not one or not tokens or tokens[0] not in {"|", closing}:
            raise BadPhrase(f"unclosed or empty before: {' '.join(tokens)}")
        made.append(one)
        separator, tokens = tokens[0], tokens[1:]
        if separator == closing:
            return made, tokens


def _bracket(opening: str, alternatives: str) -> str:
    if opening == "!(":
        return f"(?!{alternatives})"
    return f"(?:{alternatives})" + ("?" if opening == "[" else "")


def _single(item: str, words: Mapping[str, str]) -> str:
    if item == "|":
        return r"\| "
    if item.startswith(".."):
        return f"(?:[a-z0-9]+ ){{0,{int(item[2:])}}}?"
    if item.startswith("~"):
        other = _pattern(f"({words['other']})", words)
        return f"(?:(?!{other})[a-z0-9]+ ){{0,{int(item[1:])}}}?"
    if item.startswith("<"):
        return _pattern(f"({words[item[1:-1]]})", words)
    return item.replace("*", "[a-z0-9]*") + " "
