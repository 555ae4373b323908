"""Compares queues: `python -m bench.peers --systems respite,pgqueuer --metrics drain1 --reps 3`.

Starts a PostgreSQL server, measures the systems in turn, so that each repetition compares what ran
within the same minutes, and prints a line of JSON for each measurement and the medians at the end.
Systems other than Respite need `make bench-peers` once.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.peers.measure import METRICS, Options, parser
from bench.peers.series import Series, measured, medians_table
from bench.peers.system import NAMES
from bench.server import server


def main() -> None:
    """Measures; the lines also go to a file if one is named."""
    arguments = argparse.ArgumentParser(
        description=__doc__, parents=[parser()], formatter_class=argparse.RawTextHelpFormatter
    )
    arguments.add_argument("--systems", default="respite,pgqueuer", help=",".join(NAMES))
    arguments.add_argument("--metrics", default="drain1", help=",".join(METRICS))
    arguments.add_argument("--reps", type=int, default=3)
    arguments.add_argument("--output", type=Path, help="file to which the lines are appended")
    given = vars(arguments.parse_args())
    systems, metrics = (given.pop(name).split(",") for name in ("systems", "metrics"))
    reps, output = given.pop("reps"), given.pop("output")
    series = Series(output)
    with server():
        for result in measured(systems, metrics, reps, Options(**given)):
            series.add(result)
    sys.stdout.write(medians_table(series.results))


if __name__ == "__main__":
    main()
