"""The commands of the documents, typed as they are printed beside a running system."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from services.jobs.types import SENDING
from tests.docs.markdown import Block, documents, quick_reference, readme
from tests.docs.running import RunningSystem, running_system

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

TEN = "Operating it: ten calls"
_RUNS_HERE = re.compile(r"(?:\w+=\$\()?(?:bin/respite (?:text|subscribe|status|grpcurl|certs list|"
                        r"clock|grant-admin|jobs|reconcile-(?:sends|payments)|users|audit|crises|"
                        r"top --once|doctor)\b"
                        r"|curl\b)")  # fmt: skip


@pytest.fixture(scope="module")
def system() -> Iterator[RunningSystem]:
    """One run for all of this module, in which somebody has texted and subscribed."""
    with running_system() as running:
        for words in ("text", "subscribe"):
            [line] = [line for line in _commands() if line.startswith(f"bin/respite {words}")]
            done = running.sh(line)
            assert done.status == 0, done.output
        yield running


def _commands() -> list[str]:
    return [line for block in readme().blocks("sh") for line in block.commands]


def runnable() -> list[Block]:
    """The shell blocks that want nothing but a running system, but for the ten calls, which have a
    test of their own."""
    return [
        block
        for document in documents()
        for block in document.blocks("sh")
        if all(map(_RUNS_HERE.match, block.commands)) and block.content != ten_calls().content
    ]


def ten_calls() -> Block:
    [block] = [block for block in readme().section(TEN).blocks("sh") if "# 1." in block.content]
    return block


@pytest.mark.parametrize("block", runnable(), ids=str)
def test_a_block_of_commands_runs_as_it_is_printed(system: RunningSystem, block: Block) -> None:
    done = system.sh(block.content)
    assert done.status == 0, done.output
    assert done.output.strip()


def test_a_restore_resumes_whatever_it_has_paused() -> None:
    [block] = [
        block
        for document in documents()
        for block in document.blocks("sh")
        if "reconcile-sends" in block.content
    ]
    *_, resume = block.commands
    assert resume.split() == ["bin/respite", "jobs", "resume", *SENDING]


def test_a_text_prints_its_answer(system: RunningSystem) -> None:
    done = system.sh('bin/respite text "+12025550102" "I can\'t sleep, mom wanders at night"')
    assert done.status == 0
    assert "Reply STOP to opt out" in done.output


def test_a_subscription_prints_the_welcome(system: RunningSystem) -> None:
    done = system.sh('bin/respite subscribe "+12025550103"')
    assert done.status == 0
    assert "Welcome to Respite" in done.output


def test_there_are_ten_calls_and_each_says_something_true(system: RunningSystem) -> None:
    script = ten_calls().content
    calls = [part for part in re.split(r"^# \d+\. .*\n", script, flags=re.MULTILINE) if part]
    assert len(calls) == 10
    marked = "".join(f"echo '== {n}'\n{call}" for n, call in enumerate(calls, 1))
    done = system.sh(marked + 'echo "== end $user $job"\n')
    assert done.status == 0, done.output
    *answers, names = re.split(r"^== .*?$", done.output, flags=re.MULTILINE)[1:]
    assert not names.strip()
    said = dict(enumerate(answers, 1))
    assert re.search(r"== end [0-9a-f-]{36} [0-9]+$", done.output.strip())
    assert "JOURNEY_PHASE_ACTIVE" in said[2]
    assert "Welcome to Respite" in said[3]
    assert '"granted": true' in said[4]
    assert "ACCESS_REASON_SUBSCRIBED" in said[4]
    assert said[5].split() == ["{", "}"]
    assert said[6].strip()
    assert "JOB_STATE_DEAD" not in said[7]
    assert '"type": "probe"' in said[9]
    assert "RetryJob" in said[10]
    assert "EnqueueJob" in said[10]


def test_a_post_without_a_signature_is_refused(system: RunningSystem) -> None:
    [line] = [line for line in _commands() if line.startswith("curl")]
    assert system.sh(line).output.strip() == "403"


def test_the_quick_reference_names_a_command_that_runs(system: RunningSystem) -> None:
    [block] = [block for block in quick_reference().blocks("sh") if "grant-admin" in block.content]
    assert re.fullmatch(r"[0-9a-f-]{36}", system.sh(block.content).output.strip())
