"""A submission run in a process of its own, within limits.

The process has an empty temporary directory, an environment without the caller's, limited
memory, time and output, and no way to start others.  It is no wall against somebody who sets
out to do harm: docs/grading.md says what it does not keep out.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adgen.grading.recording import Recording, recording
from adgen.grading.runner import NOBODY
from adgen.grading.submission import CannotGrade

RUNNER = Path(__file__).with_name("runner.py")


@dataclass(frozen=True)
class Limits:
    """What a submission may use: seconds, megabytes of memory, bytes of what it prints."""

    seconds: float = 10.0
    megabytes: int = 1024
    printed: int = 65_536


# what the notes may take
_MOST_NOTES = 160_000_000


def run(request: Mapping[str, Any], limits: Limits) -> Recording:
    """The notes of a run; `CannotGrade` if it had to be stopped."""
    asked = {**request, "seconds": int(limits.seconds) + 1, "megabytes": limits.megabytes}
    answers, theirs = os.pipe()
    mark = uuid.uuid4().hex
    with tempfile.TemporaryDirectory(prefix="adgen-grade-") as folder:
        if hasattr(os, "getuid") and os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(RUNNER), str(theirs)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=folder, env=_environment(folder, mark), pass_fds=(theirs,), start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        answer, printed, late = _followed(process, answers, json.dumps(asked).encode(), limits)
        _stop_rest(mark)
    return _judged(answer, printed, late, process.returncode, limits)


def _stop_rest(mark: str) -> None:
    """Stop what a submission has started and taken out of its group of processes (on Linux)."""
    said = f"ADGEN_RUN={mark}".encode()
    for _ in range(10):  # what is stopped may have started another meanwhile
        found = [file for file in Path("/proc").glob("[0-9]*/environ") if said in _bytes(file)]
        for file in found:
            with contextlib.suppress(OSError):
                os.kill(int(file.parent.name), signal.SIGKILL)
        if not found:
            return


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # it has ended, or is somebody else's
        return b""


def _environment(folder: str, mark: str) -> dict[str, str]:
    """Nothing of the caller's; one thread, since libraries reserve memory for each."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": folder,
        "LANG": "C.UTF-8",
        "ADGEN_RUN": mark,
        **dict.fromkeys(threads, "1"),
    }


class _Reader(threading.Thread):
    """Reads a pipe to its end, or until there is more than `most`; then `full` is called."""

    def __init__(self, pipe: Any, most: int, full: Any) -> None:
        super().__init__(daemon=True)
        self.pipe, self.most, self.full = pipe, most, full
        self.data = bytearray()
        self.start()

    def run(self) -> None:
        while block := os.read(self.pipe, 65_536):
            self.data += block
            if len(self.data) > self.most:
                self.full()
                return


def _followed(
    process: subprocess.Popen[bytes], answers: int, request: bytes, limits: Limits
) -> tuple[bytes, int, bool]:
    """The answer, how much was printed, and whether time was up."""

    def stop() -> None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            process.kill()

    assert process.stdin is not None and process.stdout is not None
    printed = _Reader(process.stdout.fileno(), limits.printed, stop)
    answer = _Reader(answers, _MOST_NOTES, stop)
    late = False
    try:
        process.stdin.write(request)
        process.stdin.close()
    except BrokenPipeError:
        pass
    try:
        process.wait(limits.seconds)
    except subprocess.TimeoutExpired:
        late = True
    stop()  # and whatever it has started
    process.wait()
    for reader in (printed, answer):
        reader.join(5)
    process.stdout.close()
    os.close(answers)
    return bytes(answer.data), len(printed.data), late


def _judged(answer: bytes, printed: int, late: bool, status: int, limits: Limits) -> Recording:
    if printed > limits.printed:
        raise CannotGrade(f"the submission printed more than {limits.printed} bytes: stopped")
    if late or status == -signal.SIGXCPU:
        raise CannotGrade(
            f"the submission did not end within {limits.seconds:g} seconds: stopped",
            help="look for a loop that never ends",
        )
    try:
        found = recording(json.loads(answer))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise CannotGrade(
            f"the submission ended its process without a result (exit status {status})"
        ) from None
    if found.failure is not None and found.failure.kind == "MemoryError":
        raise CannotGrade(
            f"the submission asked for more than {limits.megabytes} megabytes of memory: stopped"
        )
    if found.failure is not None and found.failure.kind in ("SystemExit", "KeyboardInterrupt"):
        where = f" (line {found.failure.lines[-1]})" if found.failure.lines else ""
        raise CannotGrade(f"the submission left with `{found.failure.kind}`{where}")
    return found
