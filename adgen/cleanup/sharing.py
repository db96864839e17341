"""What the author wrote twice is worked out once.

In: the staged program.  Out: the same one, where an operand of an expression that has been worked
out before, in the same block, is what it was then.  So forward and backward are shorter: both uses
give to one adjoint.

>>> import numpy as np
>>> from adgen import grad
>>> def spread(x):
...     return np.sum((x - np.mean(x)) ** 2) / np.sqrt(np.sum((x - np.mean(x)) ** 4))
>>> text = grad(spread).source(np.ones(3), comments=False)
>>> text.count("x - np.mean(x)")
1
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from adgen.analysis.activity import varied_values
from adgen.ir import (
    Block,
    Branch,
    Gate,
    Loop,
    Program,
    Staged,
    Stmt,
    altered,
    blocks,
    dumped,
    hint,
    is_introduced,
    name,
    names_in,
    renamed,
    walk,
)
from adgen.types import Num, Type


def share(staged: Staged) -> Staged:
    """The program without what is worked out again."""
    if not any(map(_is_array, staged.types.values())):
        return staged
    table = dict(_repeated(staged))
    if not table:
        return staged

    def earlier(value: str) -> ast.expr | None:
        return name(table[value]) if value in table else None

    def block(body: Block) -> Block:
        return tuple(changed(stmt) for stmt in body if not _is_dropped(stmt, table))

    def changed(stmt: Stmt) -> Stmt:
        match stmt:
            case Gate():
                operands = {key: renamed(e, earlier) for key, e in stmt.operands.items()}
                return altered(stmt, operands=operands, expr=renamed(stmt.expr, earlier))
            case Branch():
                return altered(stmt, then=block(stmt.then), orelse=block(stmt.orelse))
            case Loop():
                return altered(stmt, body=block(stmt.body))
        return stmt

    return replace(staged, program=replace(staged.program, body=block(staged.program.body)))


def _is_dropped(stmt: Stmt, table: dict[str, str]) -> bool:
    return isinstance(stmt, Gate) and stmt.targets[0] in table


def _repeated(staged: Staged) -> Iterator[tuple[str, str]]:
    """Introduced values, each with the earlier one that it is equal to."""
    program = staged.program
    varied = varied_values(program, staged.types)
    written = written_to(program)
    used = used_up(program.body) - set(names_in(program.result))
    bound = Counter(hint(v) for _, gate in program.gates() for v in gate.targets
                    if not is_introduced(v))  # fmt: skip
    found: dict[str, str] = {}
    for body in blocks(program.body):
        made: dict[str, str] = {}
        for gate in body:
            if not isinstance(gate, Gate) or not _makes_an_array(gate, staged, varied, written):
                continue
            target = gate.targets[0]
            again = {n: name(found[n]) for n in names_in(gate.expr) if n in found}
            said = dumped(renamed(gate.expr, again.get))
            if said not in made:
                if is_introduced(target) or bound[hint(target)] == 1:
                    made[said] = target
            elif is_introduced(target) and target in used:
                found[target] = made[said]
    yield from found.items()


def written_to(program: Program) -> set[str]:
    """The values of arrays that are written to, and what may share memory with them."""
    return {*program.overwritten, *program.pinned, *program.unnamed, *program.views,
            *program.unnamed.values()}  # fmt: skip


def _makes_an_array(gate: Gate, staged: Staged, varied: set[str], written: set[str]) -> bool:
    """Whether a gate works out a new value of arrays, which nothing writes to."""
    if len(gate.targets) > 1 or not works_out(gate):
        return False
    target = gate.targets[0]
    if target not in varied or target in written or type(staged.types[target]) is not Num:
        return False
    return any(_is_array(staged.types.get(n)) for n in (target, *names_in(gate.expr)))


def _is_array(type_: Type | None) -> bool:
    return isinstance(type_, Num) and bool(type_.dims)


def works_out(gate: Gate) -> bool:
    """Whether a gate's result is new, and all that it does."""
    if gate.op is None or gate.place is not None or gate.effect or gate.virtual:
        return False
    rule = gate.op.general
    plain = rule.aliases == "copy" and not (rule.moves or rule.cheap or rule.writes)
    calls = any(rule.marked(key) == "callback" for key in gate.operands)
    return plain and not calls and gate.op.kind in ("elementwise", "linear", "adjoint")


def used_up(body: Block) -> set[str]:
    """The values that only operations read, each to work out something new."""
    reads: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for stmt in walk(body):
        if isinstance(stmt, Gate):
            mine = Counter(names_in(stmt.expr))
            reads.update(mine)
            if stmt.place is not None:
                reads.update(names_in(stmt.place))
            elif works_out(stmt):
                used.update(mine)
        else:
            reads.update(read_besides(stmt))
    return {value for value in used if used[value] == reads[value]}


def read_besides(stmt: Stmt) -> Iterator[str]:
    """What a statement that is no gate reads itself."""
    parts: list[ast.AST | None] = []
    if isinstance(stmt, Branch):
        parts = [stmt.test, *(p for m in stmt.merges for p in (m.then, m.orelse))]
    elif isinstance(stmt, Loop):
        parts = [stmt.over, *(p for c in stmt.carried for p in (c.start, c.next))]
    else:
        parts = [getattr(stmt, "node", None)]
    for part in parts:
        if part is not None:
            yield from names_in(part)
