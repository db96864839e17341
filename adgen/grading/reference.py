"""What is right: every value of a run, its gradient, and the contributions that it is made of.

Patterns are left out: where adgen takes four lines for one softmax, a student may have named
what is in between.
"""

from __future__ import annotations

import ast
import copy
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from adgen.api import Gradient
from adgen.errors import UserError
from adgen.explain.walk import Share, Walk, walk
from adgen.grading.closeness import is_data, same, same_shape, total
from adgen.grading.evaluate import Unknown, evaluate
from adgen.rules import catalogue as standard_catalogue


@dataclass(frozen=True)
class Contribution:
    """A part of a gradient: what it adds, and the gate through which it comes."""

    value: Any
    text: str
    through: str


@dataclass(frozen=True)
class Known:
    """A value of the function: its name, what it held, and its gradient."""

    name: str
    value: Any
    gradient: Any
    text: str = ""


@dataclass(frozen=True)
class Reference:
    function: str
    parameters: tuple[str, ...]
    arguments: Mapping[str, Any]
    # the gradients that are asked for, by parameter
    wanted: Mapping[str, Any]
    known: Mapping[str, tuple[Known, ...]]
    contributions: Mapping[str, tuple[Contribution, ...]]
    result: Any
    dout: Any
    # the names in the function's text; others are the compiler's, and known by their values alone
    written: frozenset[str]

    @cached_property
    def rtol(self) -> float:
        """Gradients of float32 are right to fewer digits."""
        kinds = [np.asarray(g).dtype for g in self.wanted.values()]
        return 1e-3 if any(k.itemsize // (2 if k.kind == "c" else 1) < 8 for k in kinds) else 1e-6

    def every(self) -> Iterator[Known]:
        for found in self.known.values():
            yield from found

    def called(self, name: str, value: Any = None) -> tuple[Known, ...]:
        """What a submission's `name`, with this value, is here; both may be the author's own."""
        mine = self.known.get(name, ()) if name in self.written else ()
        if mine and (value is None or any(same(value, k.value, self.rtol) for k in mine)):
            return mine
        if is_data(value) and not _is_common(value):
            found = tuple(
                k for k in self.every()
                if same_shape(value, k.value) and same(value, k.value, self.rtol)
            )  # fmt: skip
            if found:
                return found
        return mine

    def is_a_gradient(self, value: Any) -> bool:
        """Whether a value is the gradient of anything here."""
        return is_data(value) and any(
            np.shape(value) == np.shape(k.gradient) and same(value, k.gradient, self.rtol)
            for k in self.every()
        )


def _is_common(value: Any) -> bool:
    """Numbers that many things are."""
    return np.ndim(value) == 0 and float(np.real(value)).is_integer()


def reference(
    gradient: Gradient, args: Sequence[Any], dout: Any = None, one: bool = True
) -> Reference:
    """A run of the function.

    `dout` is the adjoint of the result.  Where it is not given, that is random for an array, and
    for a number too unless it should be `one`.
    """
    catalogue = (gradient.catalogue or standard_catalogue()).without_patterns()
    plain = Gradient(gradient.primal, gradient.wrt, catalogue)
    if dout is None:
        dout = seeded(gradient.primal(*copy.deepcopy(list(args))), one)
    tree = gradient.definition.tree
    written = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | {"out"}
    made = _made(walk(plain, args, dout), dout, written)
    for name in plain.differentiated(plain.bound(*args))[0]:
        if not is_data(made.wanted.get(name)):
            raise UserError(
                f"the gradient of `{name}` is not a number or an array, and cannot be graded yet",
                help="give the arrays as arguments of their own, or leave it out of --wrt",
            )
    return made


def seeded(result: Any, one: bool = True) -> Any:
    """Random numbers: ones would let wrong sums pass, and a `dout` that is forgotten."""
    rng = np.random.default_rng(0)
    if isinstance(result, np.ndarray) and result.ndim:
        return np.asarray(rng.uniform(0.5, 1.5, result.shape), result.dtype)
    if isinstance(result, tuple | list | dict):
        raise UserError("a function with several results cannot be graded yet; return one of them")
    return 1.0 if one else float(rng.uniform(0.5, 1.5))


def _made(ran: Walk, dout: Any, written: set[str]) -> Reference:
    known: dict[str, list[Known]] = defaultdict(list)
    for name, argument in ran.arguments.items():
        known[name].append(Known(name, argument.value, argument.gradient))
    for visit in ran.visits:
        if "," not in visit.target:
            found = Known(visit.target, visit.value, visit.gradient, visit.text)
            known[visit.target].append(found)
    result = Known("out", ran.result, dout)
    if not any(same(dout, k.gradient) for k in known["out"]):
        known["out"].append(result)
    with_gradient = {n: tuple(k for k in some if is_data(k.gradient)) for n, some in known.items()}
    held = {name: some for name, some in with_gradient.items() if some}
    wanted = {p: a.gradient for p, a in ran.arguments.items() if a.gradient is not None}
    return Reference(
        ran.name, tuple(ran.arguments), {p: a.value for p, a in ran.arguments.items()}, wanted,
        held, _contributions(ran, held), ran.result, dout, frozenset(written | set(ran.arguments)),
    )  # fmt: skip


# -- contributions --------------------------------------------------------------------------------


def _contributions(
    ran: Walk, known: Mapping[str, tuple[Known, ...]]
) -> dict[str, tuple[Contribution, ...]]:
    """By name, what its gradient is the sum of, in the order of the backward."""
    found: dict[str, list[Contribution]] = defaultdict(list)
    held: dict[str, Any] = {}
    values = {name: some[-1].value for name, some in known.items()}
    values |= {f"d{name}": some[-1].gradient for name, some in known.items()}
    for visit in reversed(ran.visits):
        for share in visit.shares:
            for part, text in _parts(share, held.get(share.target), values):
                if share.target.startswith("d") and is_data(part) and np.any(np.asarray(part)):
                    found[share.target[1:]].append(Contribution(part, text, visit.text))
            held[share.target] = share.value
    return {name: tuple(some) for name, some in found.items()}


def _parts(share: Share, before: Any, values: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """What a line adds to its target: the terms of what it says, where those are known."""
    try:
        stmt = ast.parse(share.text).body[0]
    except SyntaxError:
        return
    if not isinstance(stmt, ast.Assign | ast.AugAssign) or not is_data(share.value):
        return
    adds = isinstance(stmt, ast.AugAssign) or _reads(stmt.value, share.target)
    try:
        whole = share.value - before if adds and before is not None else share.value
    except ValueError:
        return
    terms = [t for t in _terms(stmt.value, 1) if not _is_name(t[1], share.target)]
    if len(terms) > 1:
        try:
            made = [(sign * evaluate(term, values), term) for sign, term in terms]
            if same(total([v for v, _ in made], np.shape(whole)), whole):
                for value, term in made:
                    yield value, f"{share.target} += {ast.unparse(term)}"
                return
        except (Unknown, TypeError, ValueError):
            pass  # a loop's names mean other values at each turn
    yield whole, share.text


def _terms(node: ast.expr, sign: int) -> Iterator[tuple[int, ast.expr]]:
    """The terms of a sum, with their signs."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        yield from _terms(node.left, sign)
        yield from _terms(node.right, -sign if isinstance(node.op, ast.Sub) else sign)
    else:
        yield sign, node


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _reads(node: ast.expr, name: str) -> bool:
    return any(_is_name(n, name) for n in ast.walk(node) if isinstance(n, ast.expr))
