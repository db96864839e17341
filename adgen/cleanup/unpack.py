"""Take apart at once what the backward of a helper gives: `dx, dy = f_backward(dout, cache)`.

In: steps in which such a call has one name, and each line that needs a part of it
reads `given[0]`.  Out: the parts under names of their own: that of the adjoint
which is assigned the part, where that comes to the same.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any

from adgen.algebra import Rewriter
from adgen.ir import BackBranch, BackLoop, Nested, Step, Steps, altered, name, names_in
from adgen.types import Seq, Type


def unpack(steps: Steps, types: MutableMapping[str, Type], is_call: Callable[..., bool]) -> Steps:
    """The same steps, with what several adjoints come from taken apart where it is made.

    `is_call` tells the calls of a helper's backward.
    """
    made: list[Nested[Step]] = []
    rest = list(steps)
    while rest:
        step = rest.pop(0)
        match step:
            case BackBranch():
                then = unpack(step.then, types, is_call)
                orelse = unpack(step.orelse, types, is_call)
                made.append(altered(step, then=then, orelse=orelse))
            case BackLoop():
                made.append(altered(step, body=unpack(step.body, types, is_call)))
            case Step() if is_call(step.expr) and _has_parts(types.get(step.target)):
                taken, rest = _taken_apart(step, rest, types)
                made.append(taken)
            case _:
                made.append(step)
    return tuple(made)


def _has_parts(type_: Type | None) -> bool:
    return isinstance(type_, Seq) and len(type_.items) > 1


def _taken_apart(
    step: Step, rest: list[Nested[Step]], types: MutableMapping[str, Type]
) -> tuple[Step, list[Nested[Step]]]:
    type_ = types[step.target]
    assert isinstance(type_, Seq)
    targets: list[str] = []
    for at, part in enumerate(type_.items):
        reads = [r for s in rest for r in _reads(s, step.target, at)]
        own = _assigned(rest, step.target, at) if len(reads) == 1 else None
        if own is not None:
            target = rest.pop(own)
            assert isinstance(target, Step)
            targets.append(target.target)
            continue
        wanted = "given" if isinstance(part, Seq) else _wanted(rest, step.target, at)
        wanted = wanted if reads else "_"
        known_as = f"{wanted}:%{step.target.rpartition('%')[2]}.{at}"
        types[known_as] = part
        targets.append(known_as)
        rest = [_renamed(s, step.target, at, known_as) for s in rest]
    return altered(step, target=targets[0], more=tuple(targets[1:])), rest


def _is_part(node: ast.AST, given: str, at: int) -> bool:
    match node:
        case ast.Subscript(value=ast.Name(id=found), slice=ast.Constant(value=place)):
            return found == given and place == at
    return False


def _expressions(step: Nested[Step]) -> Iterator[ast.expr]:
    match step:
        case Step():
            yield step.expr
            if step.index is not None:
                yield step.index
        case BackBranch():
            for inner in (*step.then, *step.orelse):
                yield from _expressions(inner)
        case BackLoop():
            for inner in step.body:
                yield from _expressions(inner)


def _reads(step: Nested[Step], given: str, at: int) -> Iterator[ast.AST]:
    for expr in _expressions(step):
        yield from (node for node in ast.walk(expr) if _is_part(node, given, at))


def _assigned(rest: Sequence[Nested[Step]], given: str, at: int) -> int | None:
    """The step that gives an adjoint this part, if nothing before mentions that adjoint."""
    for position, step in enumerate(rest):
        if isinstance(step, Step) and _is_part(step.expr, given, at):
            whole = step.how == "=" and step.index is None
            before = {n for s in rest[:position] for n in _mentioned(s)}
            return position if whole and step.target not in before else None
    return None


def _mentioned(step: Nested[Step]) -> Iterator[str]:
    for expr in _expressions(step):
        yield from names_in(expr)
    yield from _targets(step)


def _targets(step: Nested[Step]) -> Iterator[str]:
    match step:
        case Step():
            yield from (step.target, *step.more)
        case BackBranch():
            for inner in (*step.then, *step.orelse):
                yield from _targets(inner)
        case BackLoop():
            for inner in step.body:
                yield from _targets(inner)


def _wanted(rest: Sequence[Nested[Step]], given: str, at: int) -> str:
    """What a part is called: after the adjoint that it is added to."""
    for step in rest:
        match step:
            case Step() if any(True for _ in _reads(step, given, at)):
                return "d" + step.target[2:].split(":")[0]
            case BackBranch():
                inner = [*step.then, *step.orelse]
                if any(True for _ in _reads(step, given, at)):
                    return _wanted(inner, given, at)
            case BackLoop():
                if any(True for _ in _reads(step, given, at)):
                    return _wanted(step.body, given, at)
    return "given"


class _Renamer(Rewriter):
    def __init__(self, given: str, at: int, known_as: str) -> None:
        self.given, self.at, self.known_as = given, at, known_as

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if _is_part(node, self.given, self.at):
            return name(self.known_as)
        return self.generic_visit(node)  # type: ignore[no-any-return]


def _renamed(step: Nested[Step], given: str, at: int, known_as: str) -> Nested[Step]:
    match step:
        case BackBranch():
            then, orelse = (
                tuple(_renamed(s, given, at, known_as) for s in side)
                for side in (step.then, step.orelse)
            )
            return altered(step, then=then, orelse=orelse)
        case BackLoop():
            body = tuple(_renamed(s, given, at, known_as) for s in step.body)
            return altered(step, body=body)
    assert isinstance(step, Step)
    if not any(True for _ in _reads(step, given, at)):
        return step
    renamer = _Renamer(given, at, known_as)

    def visited(node: Any) -> Any:
        return None if node is None else renamer.visit(node)

    return altered(step, expr=visited(step.expr), index=visited(step.index))
