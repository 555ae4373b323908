"""`python -m respite`, which bin/respite runs."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Runs the command line. What containers run every few seconds takes a short cut past it, and
    what runs for long, which need not hold what only other commands are made of."""
    words = sys.argv[1:]
    if words == ["up"]:
        from respite.up import up

        raise SystemExit(up(os.environ, verbose=False))
    if len(words) == 2 and words[0] == "serve" and not words[1].startswith("-"):
        from respite.processes import BY_NAME
        from respite.serve import serve

        if words[1] in BY_NAME:
            serve(words[1])
            return
    if words[:1] == ["ready"] and len(words) <= 2 and not words[-1].startswith("-"):
        from respite.ready import ready

        raise SystemExit(ready(words[1] if words[1:] else ""))
    from respite.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
