"""Colour for Python text on a terminal; plain text stays as it is everywhere else."""

from __future__ import annotations

import io
import keyword
import os
import sys
import tokenize
from typing import IO

_CODES = {"comment": "\x1b[32m", "keyword": "\x1b[35m", "number": "\x1b[36m", "string": "\x1b[33m"}
_END = "\x1b[0m"


def wanted(stream: IO[str] | None = None) -> bool:
    """Whether a stream is a terminal that shows colour, and nobody asked for none."""
    stream = stream or sys.stdout
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(getattr(stream, "isatty", lambda: False)())


def coloured(text: str) -> str:
    r"""Python text with comments, keywords, numbers and strings in colour.

    >>> coloured("return 1  # one")
    '\x1b[35mreturn\x1b[0m \x1b[36m1\x1b[0m  \x1b[32m# one\x1b[0m'
    """
    lines = text.split("\n")
    for token in reversed(_tokens(text)):
        code = _code(token)
        row, end_row = token.start[0] - 1, token.end[0] - 1
        if not code or row != end_row:
            continue
        line, (start, end) = lines[row], (token.start[1], token.end[1])
        lines[row] = f"{line[:start]}{code}{line[start:end]}{_END}{line[end:]}"
    return "\n".join(lines)


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            found.append(token)
    except (tokenize.TokenError, IndentationError, SyntaxError):
        pass  # what was read so far is coloured
    return found


def _code(token: tokenize.TokenInfo) -> str:
    match token.type:
        case tokenize.COMMENT:
            return _CODES["comment"]
        case tokenize.NUMBER:
            return _CODES["number"]
        case tokenize.STRING:
            return _CODES["string"]
        case tokenize.NAME if keyword.iskeyword(token.string):
            return _CODES["keyword"]
    return ""
