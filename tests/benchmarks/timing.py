"""Ways to time things so that a busy machine disturbs them least."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def interleaved(calls, rounds=60, seconds=0.004, at_most=float("inf")):
    """Seconds per call of each function, the best of many short turns taken in rotation.

    The rotation ends after `at_most` seconds, but not before everything has had five turns.
    """
    counts = {name: _count(call, seconds) for name, call in calls.items()}
    best = dict.fromkeys(calls, float("inf"))
    end = time.perf_counter() + at_most
    for turn in range(rounds):
        for name, call in calls.items():
            best[name] = min(best[name], _turn(call, counts[name]) / counts[name])
        if turn >= 4 and time.perf_counter() > end:
            break
    return best


def _count(call, seconds):
    count = 1
    while (taken := _turn(call, count)) < seconds / 2:
        count *= 2
    return max(1, int(count * seconds / taken))


def _turn(call, count):
    loop = range(count)
    start = time.perf_counter()
    for _ in loop:
        call()
    return time.perf_counter() - start


def in_a_fresh_process(code, repeat=11):
    """Best and median of what `code` prints in new interpreters: a number of seconds.

    Bytecode is cached, as it is for an installed package; a first run fills the cache.
    """
    taken = []
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as cache:
        environment["PYTHONPYCACHEPREFIX"] = cache
        for _ in range(repeat + 1):
            done = subprocess.run(
                [sys.executable, "-c", code],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            taken.append(float(done.stdout.split()[-1]))
    return min(taken[1:]), statistics.median(taken[1:])
