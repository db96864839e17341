"""Execute the emitted text with NumPy, and register it for tracebacks and debuggers."""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Mapping
from typing import Any

_numbers = itertools.count(1)


def execute(text: str, title: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Run a module's text; the functions it defines show their own lines in tracebacks."""
    file = f"<adgen {title} {next(_numbers)}>"
    code = compile(text, file, "exec")
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    made: dict[str, Any] = {"__name__": f"adgen.emitted.{title}", **namespace}
    exec(code, made)
    return made
