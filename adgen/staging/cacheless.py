"""Helpers that call themselves, without caches: for gradients that are differentiated again.

The cache of such a helper holds caches in turn, as deep as its calls go, which no type
says.  So in code that is compiled again a call gives its value alone, and on the way
back its adjoint comes from a function that works the forward out anew:

    out = f(x, n)        dx = f_vjp(dout, x, n)

Both are plain functions that call themselves.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from adgen.ir import Block, Branch, Gate, Loop, PairFunction, Program, Staged, Stmt, hint, name
from adgen.rules.pairs import is_pair, vjp_op
from adgen.staging.repeatable import refuse_unrepeatable


class Forms(NamedTuple):
    """What stands for a helper's pair: a function of its value, and one of its adjoint."""

    value: PairFunction
    vjp: PairFunction


def without_caches(staged: Staged) -> Staged:
    """A program that calls helpers' values and adjoints in the place of their pairs."""
    program = staged.program
    own = (*program.helpers, *((staged,) if program.recursive else ()))
    if not own:
        return staged
    taken = {*program.externals}
    taken |= {hint(value) for part in (staged, *own) for value in part.types}
    forms = {helper.program.name: forms_of(helper, taken) for helper in own}
    externals = dict(program.externals)
    for form in forms.values():
        externals |= {form.value.name: form.value, form.vjp.name: form.vjp}
    helpers: list[Staged] = []
    for helper in own:
        refuse_unrepeatable(helper)
        made = rewritten(helper, forms, externals)
        helpers += [value_of_helper(made, forms), vjp_of_helper(made, forms)]
    made = rewritten(staged, forms, externals)
    return replace(made, program=replace(made.program, helpers=tuple(helpers), recursive=False))


def forms_of(helper: Staged, taken: set[str]) -> Forms:
    """The functions of a helper, under names that nothing else has."""
    program = helper.program

    def free(wanted: str) -> str:
        numbered = (f"{wanted}{number}" for number in itertools.count(2))
        found = next(n for n in itertools.chain([wanted], numbered) if n not in taken)
        taken.add(found)
        return found

    own = program.name
    value = PairFunction(free(own if own not in taken else f"{own}_value"), own)
    types = tuple((helper.types[v], v in program.wrt) for v in program.inputs)
    return Forms(value, PairFunction(free(f"{own}_vjp"), own, types))


def value_of_helper(helper: Staged, forms: Mapping[str, Forms]) -> Staged:
    """A helper that is differentiated in nothing: its value alone."""
    program = helper.program
    known_as = forms[program.name].value.name
    made = replace(program, name=known_as, wrt=(), params=parameters(program), form="value")
    return replace(helper, program=replace(made, helpers=(), recursive=False))


def vjp_of_helper(helper: Staged, forms: Mapping[str, Forms]) -> Staged:
    """A helper's forward and backward in one, which is given the adjoint of the result."""
    program = helper.program
    known_as = forms[program.name].vjp.name
    made = replace(program, name=known_as, params=parameters(program), form="vjp")
    return replace(helper, program=replace(made, helpers=(), recursive=False))


def parameters(program: Program) -> ast.arguments:
    """The parameters as calls give them: one after the other."""
    plain = [ast.arg(hint(value)) for value in program.inputs]
    return ast.arguments([], plain, None, [], [], None, [])


def rewritten(
    staged: Staged, forms: Mapping[str, Forms], externals: Mapping[str, object]
) -> Staged:
    """A program that calls the forms of helpers."""
    program = staged.program

    def calls(stmt: Stmt) -> Stmt:
        match stmt:
            case Gate() if is_pair(stmt.op):
                return called(stmt, program, forms[stmt.op.function.helper])
            case Branch():
                return replace(stmt, then=block(stmt.then), orelse=block(stmt.orelse))
            case Loop():
                return replace(stmt, body=block(stmt.body))
        return stmt

    def block(body: Block) -> Block:
        return tuple(map(calls, body))

    made = replace(program, body=block(program.body), externals=dict(externals))
    return replace(staged, program=made)


def called(gate: Gate, program: Program, forms: Forms) -> Gate:
    """`out = f(x, n)`, whose adjoint asks for what the call was given."""
    assert isinstance(gate.expr, ast.Call)
    arguments = [*gate.expr.args, *(keyword.value for keyword in gate.expr.keywords)]
    given = [uncopied(arg, program) for arg in arguments]
    keys = [f"{gate.op.function.helper}_{at}" for at in range(len(given))]
    op = vjp_op(gate.op.general, forms.value, forms.vjp.name, keys)
    operands = {**gate.operands, **dict(zip(keys, given, strict=True))}
    expr = ast.copy_location(ast.Call(name(forms.value.name), given, []), gate.expr)
    return replace(gate, targets=gate.targets[:-1], op=op, operands=operands, expr=expr)


def uncopied(arg: ast.expr, program: Program) -> ast.expr:
    """An argument without the copy that a cache would have kept of it."""
    match arg:
        case ast.Starred(value=several):
            return several
        case ast.Call(func=ast.Attribute(value=ast.Name(id=value) as array, attr="copy")):
            return array if value in program.overwritten else arg
    return arg
