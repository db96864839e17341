"""What a run of a submission gave, as values again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adgen.grading.runner import decoded


@dataclass(frozen=True)
class Event:
    """A statement as it ran once: what its names held before, and what it wrote.

    `wrote` is None where the statement failed.
    """

    at: int
    scope: str
    seen: Mapping[str, Any]
    wrote: Mapping[str, Any] | None


@dataclass(frozen=True)
class Failure:
    """An exception that ended the run, and the lines of the submission that it came through."""

    kind: str
    message: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Recording:
    events: tuple[Event, ...]
    out: Any
    returned: Any
    failure: Failure | None
    # of other texts, where these were asked for: see `runner.tried`
    trials: tuple[Any, ...] = ()


def recording(answer: Any) -> Recording:
    """The answer of the runner, which untrusted code may have had a hand in."""
    table = answer["values"]
    cache: dict[int, Any] = {}

    def value(number: Any) -> Any:
        if number is None:
            return None
        if number not in cache:
            cache[number] = decoded(table, number)
        return cache[number]

    def held(names: Any) -> dict[str, Any]:
        return {str(name): value(number) for name, number in names.items()}

    events = tuple(
        Event(int(at), str(scope), held(seen), None if wrote is None else held(wrote))
        for at, scope, _, seen, wrote in answer["events"]
    )
    wrong = answer["error"]
    failure = None
    if wrong is not None:
        lines = tuple(int(n) for n in wrong["lines"])
        failure = Failure(_printable(wrong["type"]), _printable(wrong["message"]), lines)
    trials = tuple(answer.get("trials", ()))
    return Recording(events, value(answer["out"]), value(answer["returned"]), failure, trials)


def _printable(text: Any) -> str:
    """What a submission says, without what would steer a terminal."""
    return "".join(c if c.isprintable() else "?" for c in str(text))
