"""Lines of a block laid out: branches in a row, nothing doubly indented."""

from __future__ import annotations

import ast
from typing import NamedTuple

# marks between lines: what follows is indented, up to the other mark
OPEN, CLOSE = "\0open", "\0close"


class Ending(NamedTuple):
    """What a trip does before it ends, wherever it ends."""

    notes: list[str]
    outer: Ending | None

    def lines(self) -> list[str]:
        return self.notes + (self.outer.lines() if self.outer else [])


def laid_out(lines: list[str]) -> list[str]:
    """Lines with those between marks indented."""
    made: list[str] = []
    margin = 0
    for line in lines:
        if line in (OPEN, CLOSE):
            if line == CLOSE and made[-1].startswith("    " * (margin - 1)) and made[-1][-1] == ":":
                made.append("    " * margin + "pass")
            margin += 1 if line == OPEN else -1
        else:
            made.append("    " * margin + line)
    return made


def if_statement(test: str, then: list[str], orelse: list[str]) -> list[str]:
    if not then and not orelse:
        return []
    if not then:
        return [f"if {_negated(test)}:", *indented(orelse)]
    lines = [f"if {test}:", *indented(then)]
    if _is_one_branch(orelse):
        return [*lines, f"el{orelse[0]}", *orelse[1:]]
    return [*lines, "else:", *indented(orelse)] if orelse else lines


def _is_one_branch(lines: list[str]) -> bool:
    """Whether lines are those of an `if` and of what belongs to it."""
    behind = ("    ", "elif ", "else:")
    return (
        bool(lines)
        and lines[0].startswith("if ")
        and all(line.startswith(behind) for line in lines[1:])
    )


def _negated(test: str) -> str:
    match ast.parse(test, mode="eval").body:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=flag)):
            return flag
        case ast.Name():
            return f"not {test}"
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPPOSITES:
            return ast.unparse(ast.Compare(left, [OPPOSITES[type(op)]()], [right]))
    return f"not ({test})"


# of `<` there is none: neither holds of NaN
OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
