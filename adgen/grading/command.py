"""`adgen grade`: what it prints and writes, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adgen.api import Gradient
from adgen.errors import UserError
from adgen.grading import junit, report
from adgen.grading.grade import grade
from adgen.grading.sandbox import Limits
from adgen.grading.submission import CannotGrade, read


def graded(
    place: str,
    gradient: Gradient,
    args: Sequence[Any],
    limits: Limits,
    as_json: bool = False,
    junit_file: str | None = None,
) -> int:
    """Grade the submission at `FILE.py[:FUNCTION]`; 0 is right, 1 wrong, 2 cannot be graded."""
    path, colon, function = place.rpartition(":")
    if not colon or function.endswith(".py"):
        path, function = place, ""
    name = gradient.definition.name
    try:
        found = grade(read(path, function, name), gradient, args, limits)
    except CannotGrade as wrong:
        if junit_file is not None:
            _write(junit_file, junit.cannot(name, str(wrong)))
        if not as_json:
            raise
        print(json.dumps({"function": name, "submission": path, "error": str(wrong)}, indent=2))
        return 2
    if junit_file is not None:
        _write(junit_file, junit.junit(found))
    print(report.as_json(found) if as_json else report.text(found))
    return 0 if found.right else 1


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as wrong:
        raise UserError(f"{path} cannot be written: {wrong.strerror}") from None
