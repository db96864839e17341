"""Random programs by the thousand: `python -m tests.many_programs 0 50000`.

Each number is the seed of a program.  Counts of what has come of them are printed, refusals by
their message, and the programs that are wrong or at which the compiler fails; with `--print`,
`python -m tests.many_programs 17 18 --print` shows program 17.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tests.check_program import tried
from tests.programs import made, written

PATIENCE = 60  # seconds for one program


def tried_seed(seed: int, folder: Path) -> tuple[str, str]:
    """What has come of a program, in a word, and what was said."""
    text = written(random.Random(seed).choice)
    signal.alarm(PATIENCE)
    try:
        outcome = tried(made(text, folder))
    except AssertionError as wrong:
        return "wrong", first_line(wrong)
    except Exception as failure:
        return "failed", f"{type(failure).__name__}: {first_line(failure)}"
    finally:
        signal.alarm(0)
    return outcome.kind, outcome.message


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]


def general(message: str) -> str:
    """A message without the names in it."""
    return re.sub(r"`[^`]*`", "`...`", message)


def too_slow(*_: Any) -> None:
    raise TimeoutError("the program takes too long")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int)
    parser.add_argument("end", type=int)
    parser.add_argument("--print", action="store_true", dest="prints")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGALRM, too_slow)
    kinds: Counter[str] = Counter()
    messages: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.first, options.end):
            kind, message = tried_seed(seed, Path(folder))
            kinds[kind] += 1
            if kind in ("refused", "unusable"):
                messages[f"{kind}: {general(message)}"] += 1
            elif kind != "right":
                print(f"program {seed} {kind}: {message}", flush=True)
            if options.prints:
                print(written(random.Random(seed).choice))
    for text, count in messages.most_common():
        print(f"{count:6} {text}")
    print(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))


if __name__ == "__main__":
    main(sys.argv[1:])
