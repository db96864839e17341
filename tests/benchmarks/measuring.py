"""One workload in one size: seconds, bytes and lines of each contestant."""

import gc
import tracemalloc
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from adgen.api import Gradient
from tests.benchmarks import listings
from tests.benchmarks.rivals import NAMES, CannotRun, rival
from tests.benchmarks.timing import interleaved
from tests.benchmarks.workload import Workload
from tests.check_program import close


@dataclass(frozen=True)
class Figures:
    """What was measured, by contestant: `primal`, `hand`, `adgen`, `specialized`, other tools."""

    workload: str
    size: str
    seconds: Mapping[str, float]
    peaks: Mapping[str, int]
    caches: Mapping[str, int]
    lines: Mapping[str, int]
    refused: Mapping[str, str] = field(default_factory=dict)
    # seconds of other tools' first calls, compiling included
    first: Mapping[str, float] = field(default_factory=dict)

    def ratio(self, one: str, other: str) -> float | None:
        """How many times as long as the other; None if one of them cannot run it."""
        if one not in self.seconds or other not in self.seconds:
            return None
        return self.seconds[one] / self.seconds[other]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure(workload: Workload, size: str, at_most: float = 6.0) -> Figures:
    """Time everything that can run a workload, in turns, for about `at_most` seconds."""
    args = workload.example(size)
    wrt = workload.wrt if len(workload.wrt) > 1 else workload.wrt[0]
    gradient = Gradient(workload.function, wrt)
    special = gradient.specialize(*args)
    calls: dict[str, Callable[[], Any]] = {
        "primal": lambda: workload.function(*args),
        "hand": lambda: workload.by_hand(*args),
        "adgen": lambda: gradient.value_and_grad(*args),
        "specialized": lambda: special(*args),
    }
    refused, slow, first = {}, {}, {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _check(workload, calls, args)
        for name in NAMES:
            try:
                tool = rival(name, workload, args)
                first[name] = tool.first
                if tool.second > at_most / 6:
                    slow[name] = tool.second
                else:
                    calls[name] = tool.call
            except CannotRun as why:
                refused[name] = str(why)
        seconds = interleaved(calls, at_most=at_most)
    return Figures(
        workload.name,
        size,
        seconds | slow,
        {name: peak(calls[name]) for name in ("primal", "hand", "adgen")},
        {
            "hand": kept(lambda: workload.forward(*args)),
            "adgen": kept(lambda: gradient.forward(*args)),
        },
        {"hand": listings.by_hand(workload.backward), "adgen": listings.emitted(gradient, args)},
        refused,
        first,
    )


def _check(workload: Workload, calls: Mapping[str, Callable[[], Any]], args: Any) -> None:
    """What is compared has to be the same."""
    value, gradients = calls["hand"]()
    ours, emitted = calls["adgen"]()
    right = np.isclose(ours, value) and close(emitted, gradients, rtol=1e-6, atol=1e-8)
    if not right or ours != workload.function(*args):
        raise AssertionError(f"{workload.name}: adgen and the hand-written gradient differ")


def peak(call: Callable[[], Any]) -> int:
    """The most bytes that a call holds at any time."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def kept(forward: Callable[[], Any]) -> int:
    """The bytes that are held between forward and backward."""
    forward()  # what is made in a first call alone, code among it, isn't counted
    tracemalloc.start()
    try:
        result = forward()
        gc.collect()  # what Python keeps of small objects for new ones is not held by anybody
        held = tracemalloc.get_traced_memory()[0]
        del result
        return held
    finally:
        tracemalloc.stop()
