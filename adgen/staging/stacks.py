"""Stacks of emitted code that is compiled again: `xs = []`, `xs.append(x)`, `x = xs.pop()`.

A stack is no value: it stays as it is written, and its gates tell what is put on it
and taken off.  That comes in the reverse order of what was put on, in the blocks that
undo the others, so what is taken off has the type of what was put on, with lengths
that differ from trip to trip told anew, once for all that is taken off together.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from adgen.ir import name, names_in
from adgen.rules.stacks import PUT, TAKEN
from adgen.staging.joins import join_terms
from adgen.staging.terms import Term
from adgen.staging.wording import describe
from adgen.types import Dim, Known, Num, Opaque, Seq, Type

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


class Put(NamedTuple):
    """What one statement puts on a stack."""

    stack: str
    term: Term


class Stacks:
    """Stages what is done with stacks, for a stager."""

    def __init__(self, stager: Stager) -> None:
        self.stager = stager
        self.puts: list[Put] = []
        self.renewed: dict[object, Dim] = {}

    def takes(self, node: ast.stmt) -> bool:
        """Stage a statement about a stack; False if it is about something else."""
        known = self.stager.definition.stacks
        match node:
            case ast.Assign(targets=[ast.Name(id=stack)], value=ast.List(elts=[])):
                if stack in known:
                    self.begun(stack, node)
                    return True
            case ast.Expr(value=ast.Call(func=ast.Attribute(ast.Name(id=stack), "append"))):
                if stack in known:
                    self.put(stack, node.value)  # type: ignore[arg-type]
                    return True
            case ast.Assign(
                targets=[ast.Name(id=author)],
                value=ast.Call(func=ast.Attribute(ast.Name(id=stack), "pop")),
            ):
                if stack in known:
                    self.taken(stack, author, node)
                    return True
        self.renewed = {}
        return False

    def begun(self, stack: str, node: ast.Assign) -> None:
        """`xs = []`"""
        value = self.stager.fresh(stack)
        self.stager.types[value] = Opaque("stack")
        self.stager.gates.emit((value,), None, {}, ast.List([], ast.Load()), node)
        self.stager.env[stack] = Term(name(value), Opaque("stack"))

    def put(self, stack: str, node: ast.Call) -> None:
        """`xs.append(x)`"""
        stager = self.stager
        stager.hint = stager.own_name(stack)
        base, term = stager.env[stack].expr, stager.expr(node.args[0])
        assert isinstance(base, ast.Name)
        target = stager.fresh(stager.hint, introduced=True)
        stager.types[target] = Opaque("stack")
        self.puts.append(Put(base.id, term))
        call = ast.Call(ast.Attribute(base, "append", ast.Load()), [term.expr], [])
        operands = {"x": term.expr, "stack": base}
        stager.gates.emit((target,), PUT, operands, call, node, place=base, effect=True)

    def taken(self, stack: str, author: str, node: ast.Assign) -> None:
        """`x = xs.pop()`"""
        stager = self.stager
        base = stager.env[stack].expr
        assert isinstance(base, ast.Name)
        terms = [put.term for put in self.puts if put.stack == base.id]
        value = stager.fresh(author)
        found = self.joined(terms, author, node)
        type_ = stager.types[value] = self.told_anew(found)
        call = ast.Call(ast.Attribute(base, "pop", ast.Load()), [], [])
        put_on = ast.Tuple([term.expr for term in terms], ast.Load())
        stager.gates.emit((value,), TAKEN, {"x": put_on, "stack": base}, call, node)
        if isinstance(type_, Seq):
            stager.env[author] = stager.argument(value, type_)
        else:
            varied = isinstance(type_, Num) and any(term.varied for term in terms)
            stager.env[author] = Term(name(value), type_, varied)

    def joined(self, terms: Sequence[Term], author: str, node: ast.AST) -> Type:
        """What is known of a value that one of these statements put on."""
        facts = self.stager.facts
        found = terms[0]
        for term in terms[1:]:
            found = join_terms(facts, "", found, term)
        type_ = found.type
        if isinstance(type_, Num) and type_.optional and not self.asks_for_none(author):
            type_ = replace(type_, optional=False)
        is_none = isinstance(type_, Known) and type_.value is None
        numbers = isinstance(type_, Seq) and all(isinstance(t, Num) for t in type_.items)
        if not (isinstance(type_, Num) or is_none or (numbers and not found.varied)):
            raise self.stager.refuse(
                node, f"second derivatives through a {describe(type_)} kept of each trip "
                "are not supported",
            )  # fmt: skip
        return type_

    def asks_for_none(self, author: str) -> bool:
        """Whether a test may come out otherwise where a value is None."""
        return any(
            isinstance(n, ast.Compare) and author in {*names_in(n)} and _compares_none(n)
            for n in ast.walk(self.stager.definition.tree)
        )

    def told_anew(self, found: Type) -> Type:
        """A type with lengths of its own where they differ from trip to trip."""
        if isinstance(found, Seq):
            return replace(found, items=tuple(map(self.told_anew, found.items)))
        if not isinstance(found, Num):
            return found
        dims = None if found.dims is None else tuple(map(self.length, found.dims))
        value = None if found.value is None else self.length(found.value)
        return replace(found, dims=dims, value=value)

    def length(self, dim: Dim) -> Dim:
        total = Dim(dim.const)
        for atom, times in dim.terms:
            if not _differs(atom):
                total = total + Dim.of(atom) * times
                continue
            if atom not in self.renewed:
                self.renewed[atom] = self.stager.facts.fresh()
            total = total + self.renewed[atom] * times
        return total


def _differs(atom: Any) -> bool:
    """Whether a length may not be the same in every trip."""
    if isinstance(atom, Dim):
        return any(_differs(inner) for inner, _ in atom.terms)
    if not isinstance(atom, tuple):
        return False
    return atom[:1] in (("index",), ("fresh",)) or any(map(_differs, atom))


def _compares_none(node: ast.Compare) -> bool:
    return any(isinstance(op, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) for op in node.ops)
