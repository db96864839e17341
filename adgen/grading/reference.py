"""What is right: every value of a run, its gradient, and the contributions that it is made of.

Patterns are left out: where adgen takes four lines for one softmax, a student may have named
what is in between.
"""

from __future__ import annotations

import ast
import copy
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from adgen.api import Gradient
from adgen.explain.walk import Share, Walk, seeded, walk
from adgen.grading.closeness import is_data, same, total
from adgen.grading.evaluate import Unknown, evaluate
from adgen.grading.places import Path, ends, meanings, named, parts, path_of
from adgen.parts import part_at
from adgen.parts import said as way
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
class Asked:
    """A number or array whose gradient is asked for; `known.name` is how it is written.

    The path of `params['W1']` is ("params", "W1").
    """

    path: Path
    known: Known


@dataclass(frozen=True)
class Reference:
    function: str
    parameters: tuple[str, ...]
    arguments: Mapping[str, Any]
    # what the gradients that are asked for are of, in order; several may be parts of one of them
    of: tuple[str, ...]
    asked: tuple[Asked, ...]
    known: Mapping[str, tuple[Known, ...]]
    contributions: Mapping[str, tuple[Contribution, ...]]
    result: Any
    dout: Any
    # by the name of a part of the result, its adjoint
    douts: Mapping[str, Any]
    # the statements of the emitted backward, with which an exercise begins
    lines: frozenset[str]
    # the names in the function's text; others are the compiler's, and known by their values alone
    written: frozenset[str]

    @cached_property
    def rtol(self) -> float:
        """Gradients of float32 are right to fewer digits."""
        kinds = [np.asarray(g).dtype for g in self.wanted.values()]
        return 1e-3 if any(k.itemsize // (2 if k.kind == "c" else 1) < 8 for k in kinds) else 1e-6

    @cached_property
    def wanted(self) -> dict[str, Any]:
        """The gradients that are asked for, each by how that which it is of is written."""
        return {asked.known.name: asked.known.gradient for asked in self.asked}

    def label(self, root: Path, keys: Path) -> str | None:
        """Which of them, among the parts of `root`, a submission's keys lead to."""
        inside = [a for a in self.asked if a.path[: len(root)] == root]
        for path in product(*[(key, *named(key)) for key in keys]):
            exact = [a.known.name for a in inside if a.path == (*root, *path)]
            near = [a.known.name for a in inside if path and ends(a.path, path)]
            if exact or len(near) == 1:
                return (exact or near)[0]
        return None

    def labels(self, place: str, any_container: bool = False) -> tuple[str, ...]:
        """Which of them a place may hold: `dx`, `grads['W1']`, `dlayers[0]['W']`."""
        paths = meanings(place, any_container)
        exact = [a.known.name for a in self.asked if a.path in paths]
        near = [a.known.name for a in self.asked if any(ends(a.path, path) for path in paths)]
        return tuple(exact or near)

    def holds_parts(self, place: str) -> bool:
        """Whether a place holds several of them: `dparams`."""
        paths = meanings(place)
        return any(a.path[: len(path)] == path != a.path for a in self.asked for path in paths)

    def meant(self, path: Path, values: Sequence[Any]) -> tuple[Known, ...]:
        """What a submission's place may be the gradient of; see `called`."""
        if len(path) > 1:
            exact = [a.known for a in self.asked if a.path == path]
            return tuple(exact or [a.known for a in self.asked if ends(a.path, path)])
        parts_ = [a.known for a in self.asked if len(a.path) > 1 and ends(a.path, path)]
        return (*parts_, *self.called(path[0], values))

    def every(self) -> Iterator[Known]:
        for found in self.known.values():
            yield from found

    def called(self, name: str, values: Sequence[Any] = ()) -> tuple[Known, ...]:
        """What a submission's `name` is here, which has held these values.

        Both may be the author's own: then what has one of the values is meant.
        """
        mine = self.known.get(name, ()) if name in self.written else ()
        if mine and (not values or any(same(v, k.value, self.rtol) for v in values for k in mine)):
            return mine
        found: list[Known] = []
        for value in values:
            if is_data(value) and not _is_common(value):
                found += _with_sum(self.holding(value))
        return tuple({id(k): k for k in found}.values()) or mine

    def contributions_to(self, name: str) -> tuple[Contribution, ...]:
        """What the gradient of a name is the sum of, or that of several (see `_with_sum`)."""
        return tuple(c for one in name.split(" + ") for c in self.contributions.get(one, ()))

    def holding(self, value: Any) -> tuple[Known, ...]:
        """What is known that holds a value."""
        stack, known = self._by_shape.get(np.shape(value), (None, ()))
        if stack is None:
            return ()
        size = np.max(np.abs(value), initial=0.0)
        apart = np.abs(stack - np.ravel(value)) > 2 * (self.rtol * size + 1e-12)
        near = np.flatnonzero(~np.any(apart, axis=1))
        return tuple(known[at] for at in near if same(value, known[at].value, self.rtol))

    @cached_property
    def _by_shape(self) -> dict[tuple[int, ...], tuple[np.ndarray, list[Known]]]:
        """All that is known, by shape, with the values one below the other."""
        found: dict[tuple[int, ...], list[Known]] = defaultdict(list)
        for known in self.every():
            if is_data(known.value):
                found[np.shape(known.value)].append(known)
        return {s: (np.stack([np.ravel(k.value) for k in some]), some) for s, some in found.items()}

    def is_a_gradient(self, value: Any) -> bool:
        """Whether a value is the gradient of anything here."""
        return is_data(value) and any(
            np.shape(value) == np.shape(k.gradient) and same(value, k.gradient, self.rtol)
            for k in self.every()
        )


def _with_sum(found: Sequence[Known]) -> list[Known]:
    """What holds a value, and all of it together: a submission may work it out once for all."""
    names = dict.fromkeys(k.name for k in found)
    if len(found) != len(names) or len(names) < 2:
        return list(found)
    shape = np.shape(found[0].value)
    whole = total([k.gradient for k in found], shape)
    return [Known(" + ".join(names), found[0].value, whole), *found]


def _is_common(value: Any) -> bool:
    """Numbers that many things are: 0, 1, arrays of one of them."""
    every = np.ravel(value)
    return bool(np.all(every == np.round(every[:1])))


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
        dout = drawn(gradient.primal(*copy.deepcopy(list(args))), one)
    made = _made(walk(plain, args, dout), dout, gradient.definition.tree)
    return replace(made, lines=frozenset(_statements(gradient.compilation(*args).listing.backward)))


def _statements(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt):
            yield ast.unparse(node)


def drawn(result: Any, one: bool = True) -> Any:
    """An adjoint of random numbers: ones would let wrong sums pass, and a forgotten `dout`."""
    rng = np.random.default_rng(0)

    def draw(shape: tuple[int, ...]) -> Any:
        return 1.0 if one and not shape else rng.uniform(0.5, 1.5, shape)

    return seeded(result, draw)


def _made(ran: Walk, dout: Any, tree: ast.AST) -> Reference:
    known: dict[str, list[Known]] = defaultdict(list)
    asked = list(_asked(ran))
    for name, argument in ran.arguments.items():
        known[name].append(Known(name, argument.value, argument.gradient))
    for visit in ran.visits:
        if "," not in visit.target:
            found = Known(visit.target, visit.value, visit.gradient, visit.text)
            for name in {visit.target, visit.author or visit.target}:
                known[name].append(found)
    for part in asked:
        if part.known.name not in known:
            known[part.known.name].append(part.known)
    result = Known("out", ran.result, dout)
    if not any(same(dout, k.gradient) for k in known["out"]):
        known["out"].append(result)
    with_gradient = {n: tuple(k for k in some if is_data(k.gradient)) for n, some in known.items()}
    held = {name: some for name, some in with_gradient.items() if some}
    written = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | {"out"}
    written |= {visit.author for visit in ran.visits}
    return Reference(
        ran.name, tuple(ran.arguments), {p: a.value for p, a in ran.arguments.items()},
        tuple(ran.gradients), tuple(asked), held, _contributions(ran, held, asked, dout),
        ran.result, dout, _named_parts(tree, dout), frozenset(),
        frozenset(written | set(ran.arguments)),
    )  # fmt: skip


def _asked(ran: Walk) -> Iterator[Asked]:
    """Every number and array whose gradient is asked for."""
    for name, gradient in ran.gradients.items():
        root = path_of(name)
        whole = part_at(ran.arguments[root[0]].value, root[1:])
        for path, part in parts(gradient):
            label = name + way(whole, path)
            value = np.asarray(part_at(whole, path)) if np.ndim(part) else part_at(whole, path)
            yield Asked((*root, *path), Known(label, value, part))


def _named_parts(tree: ast.AST, dout: Any) -> dict[str, Any]:
    """The adjoints of the parts of a result, by their names in `return loss, scores`."""
    if isinstance(dout, dict):
        return {name: part for name, part in dout.items() if isinstance(name, str)}
    shown = [n.value for n in ast.walk(tree) if isinstance(n, ast.Return)]
    if not isinstance(dout, tuple | list) or len(shown) != 1:
        return {}
    names = shown[0].elts if isinstance(shown[0], ast.Tuple | ast.List) else []
    pairs = zip(names, dout, strict=False)
    return {name.id: part for name, part in pairs if isinstance(name, ast.Name)}


# -- contributions --------------------------------------------------------------------------------


def _contributions(
    ran: Walk, known: Mapping[str, tuple[Known, ...]], asked: Sequence[Asked], dout: Any
) -> dict[str, tuple[Contribution, ...]]:
    """By name, what its gradient is the sum of, in the order of the backward."""
    found: dict[str, list[Contribution]] = defaultdict(list)
    values = {name: argument.value for name, argument in ran.arguments.items()}
    values |= {visit.target: visit.value for visit in ran.visits}
    values |= {f"d{name}": some[-1].gradient for name, some in known.items()} | {"dout": dout}
    function = ast.parse(ran.backward).body[0]
    assert isinstance(function, ast.FunctionDef)
    held = dict(_handed_over(function, values))
    for target, value in held.items():
        found[target[1:]].append(Contribution(value, f"{target} = {value}", "return"))
    for visit in reversed(ran.visits):
        for share in visit.shares:
            for part, text in _parts(share, held.get(share.target), values | held):
                if share.target.startswith("d") and is_data(part) and np.any(np.asarray(part)):
                    found[share.target[1:]].append(Contribution(part, text, visit.text))
            held[share.target] = share.value
    names = _adjoints(function, ran.gradients)
    for part in asked:
        name = names.get(part.path, "")
        if name in found and part.known.name != name:
            found[part.known.name] = found[name]
    return {name: tuple(some) for name, some in found.items()}


def _handed_over(function: ast.FunctionDef, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What adjoints begin with, where the result has several parts: `dh = dout[0]`."""
    for stmt in function.body:
        match stmt:
            case ast.Assign(targets=[ast.Name(id="dout")]):
                return  # from here on it is that of a value that the author calls `out`
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript()):
                if _reads(stmt.value, "dout"):
                    yield name, evaluate(stmt.value, values)


def _adjoints(function: ast.FunctionDef, gradients: Mapping[str, Any]) -> dict[Path, str]:
    """By the path of a part, the name whose adjoint its gradient is."""
    shown = {
        stmt.targets[0].id: stmt.value
        for stmt in ast.walk(function)
        if isinstance(stmt, ast.Assign) and isinstance(stmt.targets[0], ast.Name)
    }
    returned = function.body[-1]
    value = returned.value if isinstance(returned, ast.Return) else None
    results = value.elts if isinstance(value, ast.Tuple) and len(gradients) > 1 else [value]
    found: dict[Path, str] = {}
    todo = [(path_of(name), expr) for name, expr in zip(gradients, results, strict=False)]
    while todo:
        path, expr = todo.pop()
        match expr:
            case ast.Name(id=name) if isinstance(shown.get(name), ast.Dict | ast.List | ast.Tuple):
                todo.append((path, shown[name]))
            case ast.Name(id=name):
                found[path] = name.removeprefix("d")
            case ast.Dict(keys=keys, values=inner):
                todo += [((*path, k.value), v) for k, v in zip(keys, inner, strict=True)
                         if isinstance(k, ast.Constant)]  # fmt: skip
            case ast.List(elts=inner) | ast.Tuple(elts=inner):
                todo += [((*path, at), v) for at, v in enumerate(inner)]
    return found


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
