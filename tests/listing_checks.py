"""What no emitted listing may have in it: what a teacher would strike out.

`complaints(text)` reads the source that a gradient was printed as, and gives a line
for each name that is kept and never read back, each assignment that nothing reads,
each adjoint that is cleared and never added to, each loop with more than one tape.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence


def complaints(text: str) -> list[str]:
    """What is wrong with a listing; nothing, it is to be hoped."""
    functions = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
    found: list[str] = []
    for function in functions:
        said = [*tapes(function)]
        if function.name.endswith("_backward") or "_backward" in ast.unparse(function.args):
            said += [*unread(function), *overwritten(function.body), *cleared(function)]
        elif function.name.endswith("_gradient"):
            said += [*overwritten(function.body), *cleared(function)]
        found += [f"{function.name}: {complaint}" for complaint in said]
    return found


def names(node: ast.AST, kind: type[ast.expr_context]) -> list[str]:
    """The names that something reads, or binds, in the order of the text."""
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, kind)]


def reads(node: ast.AST) -> list[str]:
    """The names that something reads: `x += 1` and `x[i] = 1` do so, too."""
    added = [
        n.target.id
        for n in ast.walk(node)
        if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)
    ]
    return [*names(node, ast.Load), *added]


def unread(function: ast.FunctionDef) -> Iterator[str]:
    """Names that a backward binds, or takes out of its cache, and never reads."""
    read = set(names(function, ast.Load))
    for name in dict.fromkeys(names(function, ast.Store)):
        if name not in read and not name.startswith("_"):
            yield f"`{name}` is never read"


def overwritten(block: Sequence[ast.stmt]) -> Iterator[str]:
    """Assignments whose name is bound again before anything reads it."""
    for at, stmt in enumerate(block):
        for inner in blocks(stmt):
            yield from overwritten(inner)
        if not (isinstance(stmt, ast.Assign) and isinstance(stmt.targets[0], ast.Name)):
            continue
        name = stmt.targets[0].id
        for later in block[at + 1 :]:
            again = isinstance(later, ast.Assign) and name in names(later, ast.Store)
            value = later.value if isinstance(later, ast.Assign) and again else later
            if name in reads(value) or (not again and list(blocks(later))):
                break
            if again:
                yield f"`{ast.unparse(stmt)}` is overwritten before it is read"
                break


def blocks(stmt: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks that a statement is made of."""
    for field in ("body", "orelse", "finalbody"):
        if isinstance(inner := getattr(stmt, field, None), list) and inner:
            yield inner
    for handler in getattr(stmt, "handlers", []):
        yield handler.body


# what stands for a way that does not come to the end
LEFT = 99
ZEROS = ("zeros", "zeros_like")


def cleared(function: ast.FunctionDef) -> Iterator[str]:
    """Adjoints that are set to zeros, and that nothing is added to."""
    zeros: set[str] = set()
    # the seed, and what a helper is given, is an adjoint already
    others = {arg.arg for arg in function.args.args}
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if is_zero(value):
                zeros.add(name)
            case ast.Assign(targets=targets):
                others |= {n for t in targets for n in stored(t)}
            case ast.AugAssign(target=target):
                others |= set(stored(target))
            case ast.Call():
                others |= {n for arg in node.args for n in names(arg, ast.Load)}
    result = function.body[-1]
    returned = set(names(result, ast.Load)) if isinstance(result, ast.Return) else set()
    for name in sorted(zeros - others - returned):
        if name in names(function, ast.Load):
            yield f"`{name}` is zeros, and nothing is added to it"


def stored(target: ast.expr) -> list[str]:
    """The names that a target binds or writes into."""
    while isinstance(target, ast.Subscript | ast.Attribute):
        target = target.value
    return [n.id for n in ast.walk(target) if isinstance(n, ast.Name)]


def is_zero(value: ast.expr) -> bool:
    """Whether an expression is an adjoint that nothing has been added to yet."""
    match value:
        case ast.Constant(value=float(number)):
            return number == 0.0
        case ast.Call(func=ast.Attribute(attr=attr)):
            return attr in ZEROS
    return False


def tapes(function: ast.FunctionDef) -> Iterator[str]:
    """Loops of which a trip appends to more than one tape, or twice to one."""
    kept = {n for n in names(function, ast.Store) if n.startswith("tape")}
    for loop in ast.walk(function):
        if isinstance(loop, ast.For | ast.While):
            most = appends(loop.body, kept)
            if most > 1:
                head = ast.unparse(loop).splitlines()[0]
                yield f"{most} appends to tapes in one trip of `{head}`"


def appends(block: Sequence[ast.stmt], kept: set[str]) -> int:
    """How often a trip appends to tapes at most; loops inside have tapes of their own."""
    on, left = paths(block, kept)
    return max(on, left)


def paths(block: Sequence[ast.stmt], kept: set[str]) -> tuple[int, int]:
    """The most appends on the ways to the end of a block, and on those that leave it before."""
    total, left = 0, 0
    for stmt in block:
        match stmt:
            case ast.Break() | ast.Continue() | ast.Return() | ast.Raise():
                return -LEFT, max(left, total)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=n), attr="append"))):
                total += n in kept
            case ast.If():
                sides = [paths(side, kept) for side in (stmt.body, stmt.orelse)]
                left = max(left, *(total + out for _, out in sides))
                total += max(on for on, _ in sides)
            case ast.With() | ast.Try():
                sides = [paths(side, kept) for side in blocks(stmt)]
                left = max(left, *(total + out for _, out in sides))
                total += sides[0][0]
    return total, left


def helpers_called(text: str, helpers: Sequence[str]) -> list[str]:
    """The helpers for what is not known while compiling that a listing calls."""
    called = {n.func.id for n in ast.walk(ast.parse(text))
              if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}  # fmt: skip
    return [helper for helper in helpers if helper in called]
