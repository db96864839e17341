"""What is taken off a list, only to be given a name, has that name at once.

In: the staged program.  Out: the same one, where a call that acts gives its value to the name that
a later statement of the block would give it:

    d0 = pq_0.pop()                                d = pq_0.pop()
    u0 = pq_1.pop()                                u = pq_1.pop()
    d = d0
    u = u0
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from adgen.cleanup.sharing import read_besides
from adgen.ir import (
    Block,
    Branch,
    Gate,
    Loop,
    Mark,
    Staged,
    Stmt,
    altered,
    blocks,
    is_introduced,
    names_in,
    walk,
)


def named_at_once(staged: Staged) -> Staged:
    """The program without names that are only handed on."""
    program = staged.program
    if not any(gate.effect and is_introduced(gate.targets[0]) for _, gate in program.gates()):
        return staged
    table = _handed_on(staged)
    if not table:
        return staged
    body = _renamed(program.body, table)
    return replace(staged, program=replace(program, body=body))


def _handed_on(staged: Staged) -> Mapping[str, str]:
    """The introduced values that acting calls give, and that are only given a name."""
    program = staged.program
    shared = {*program.overwritten, *program.pinned, *program.views, *program.memory,
              *program.firsts, *program.unnamed.values()}  # fmt: skip
    reads = Counter(names_in(program.result))
    for stmt in walk(program.body):
        if isinstance(stmt, Gate):
            reads.update(n for part in (stmt.expr, stmt.place) if part for n in names_in(part))
        else:
            reads.update(read_besides(stmt))
    found: dict[str, str] = {}
    for body in blocks(program.body):
        if any(isinstance(stmt, Mark) for stmt in body):
            continue  # what fails in between leaves the name as it was
        given = {s.targets[0] for s in body if isinstance(s, Gate) and s.effect
                 if len(s.targets) == 1 and is_introduced(s.targets[0])}  # fmt: skip
        for stmt in body:
            match stmt:
                case Gate(targets=(target,), expr=ast.Name(id=value), place=None, effect=False):
                    alone = value in given and reads[value] == 1
                    if alone and staged.types[target] == staged.types[value]:
                        if not shared & {target, value}:
                            found[value] = target
    return found


def _renamed(body: Block, table: Mapping[str, str]) -> Block:
    made: list[Stmt] = []
    for stmt in body:
        match stmt:
            case Gate(targets=(target,)) if target in table:
                made.append(altered(stmt, targets=(table[target],)))
            case Gate(expr=ast.Name(id=value)) if value in table:
                continue
            case Branch():
                then, orelse = _renamed(stmt.then, table), _renamed(stmt.orelse, table)
                made.append(altered(stmt, then=then, orelse=orelse))
            case Loop():
                made.append(altered(stmt, body=_renamed(stmt.body, table)))
            case _:
                made.append(stmt)
    return tuple(made)
