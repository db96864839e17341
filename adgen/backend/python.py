"""Execute the emitted text with NumPy, and register it for tracebacks and debuggers."""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_numbers = itertools.count(1)


def execute(text: str, title: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Run a module's text; the functions it defines show their own lines in tracebacks."""
    file = _file_of(text, title)
    code = compile(text, file, "exec")
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    made: dict[str, Any] = {"__name__": f"adgen.emitted.{title}", **namespace}
    exec(code, made)
    return made


@lru_cache(maxsize=256)
def _file_of(text: str, title: str) -> str:
    """What stands for the text's file: for the same text the same, by which a gradient that is
    differentiated itself knows the places in it again when it is staged once more."""
    return f"<adgen {title} {next(_numbers)}>"
