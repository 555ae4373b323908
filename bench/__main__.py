"""All benchmarks in one go: `make bench`, or `python -m bench --quick --parts queues,gateway`.

Prints a line of JSON for each measurement and at the end the tables of docs/benchmarks.md: the
machine, every goal, every median. Lines and tables are also kept in `.respite/bench`, and with
--publish the tables become the results in docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time

from bench import goals, machine, plan
from bench.peers.series import Series, medians, medians_markdown
from bench.server import server
from bench.stack import bench_home
from respite.home import CHECKOUT

RESULTS = "## Results\n\n"
"""The last heading of docs/benchmarks.md."""


def main() -> None:
    """Measures what the arguments choose."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short run of each, 4 minutes")
    parser.add_argument("--parts", default=",".join(plan.PARTS), help=",".join(plan.PARTS))
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--reps", type=int, help="runs of each, of which the medians are told")
    arguments = parser.parse_args()
    size = plan.QUICK if arguments.quick else plan.FULL
    if arguments.reps:
        size = dataclasses.replace(size, reps=arguments.reps)

    began = time.monotonic()
    home = bench_home()
    home.make()
    output = home.path / f"results-{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
    series = Series(output)
    with server():
        described = machine.description()
        for result in plan.results(arguments.parts.split(","), size):
            series.add(result)
    found = medians(series.results)
    lines = [
        *described,
        f"- medians of {size.reps} runs; {(time.monotonic() - began) / 60:.0f} minutes in all",
        *("", *goals.table(found), ""),
        *medians_markdown(series.results),
    ]
    text = "\n".join(lines) + "\n"
    output.with_suffix(".md").write_text(text, encoding="utf-8")
    if arguments.publish:
        publish(text)
    sys.stdout.write(f"\n{text}\nkept in {output} and {output.with_suffix('.md').name}\n")


def publish(text: str) -> None:
    """Puts the tables in place of the last results; what is said above them stays."""
    page = CHECKOUT / "docs" / "benchmarks.md"
    above = page.read_text(encoding="utf-8").partition(RESULTS)[0]
    page.write_text(f"{above}{RESULTS}{text}", encoding="utf-8")


if __name__ == "__main__":
    main()
