"""Answers to questions about shapes, from what is kept anyway.

In: the finished backward, which asks any value for its shape.  Out: the same
steps, asking an integer of the author's, a value that is kept for its elements,
or as a last resort a shape of its own, `x_shape`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from adgen.algebra import Product, Rewriter, build, product_of
from adgen.analysis.expressions import counted
from adgen.caching.reads import is_primal, read_in_full
from adgen.errors import InternalError
from adgen.ir import (
    BackBranch,
    BackLoop,
    Block,
    Branch,
    Gate,
    Loop,
    Nested,
    Region,
    Staged,
    Step,
    Steps,
    alike,
    altered,
    calls_in,
    hint,
    is_introduced,
    is_within,
    kinds_in,
    made_first,
    name,
    names_in,
    nodes_in,
    once_more,
    walk,
)
from adgen.paths import is_leaf, leaf_name, leaf_of
from adgen.rules.settle.spelling import LIKE
from adgen.types import Dim, ListOf, Num, Type


def _is_length(node: ast.expr) -> bool:
    """Whether this is `x.shape[0]`, or `x.size`."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="shape")) | ast.Attribute(attr="size"):
            return True
    return False


def _asks(node: ast.expr) -> bool:
    """Whether an expression asks for a shape, or for an array that is like another."""
    if "len" in names_in(node):
        return True
    if ast.Attribute not in kinds_in(node):
        return False
    return any(isinstance(p, ast.Attribute) and p.attr in _QUESTIONS for p in nodes_in(node))


_QUESTIONS = {"shape", "size", *LIKE}


class Remade(Rewriter):
    """Asks what the way back makes once more anyway, in the place of what would be kept."""

    def __init__(self, made: frozenset[str] = frozenset()) -> None:
        self.made = made

    def all(self, steps: Steps) -> Steps:
        """The steps, each with what those before have made at hand."""
        return tuple(self.one(step) for step in steps)

    def one(self, step: Nested[Step]) -> Nested[Step]:
        match step:
            case BackBranch():
                then, orelse = (Remade(self.made).all(p) for p in (step.then, step.orelse))
                return altered(step, then=then, orelse=orelse)
            case BackLoop():
                return altered(step, body=Remade(self.made).all(step.body))
        asked = altered(step, expr=self.visit(step.expr)) if self.made else step
        if made_first(step.target) is not None:
            self.made |= {step.target}
        return asked

    def visit_Call(self, node: ast.Call) -> ast.expr:
        node = self.generic_visit(node)
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="@np"), attr=attr),
                args=[ast.Name() as like, *_],
            ) if (
                attr in LIKE
            ):
                return ast.Call(node.func, [self.again(like), *node.args[1:]], node.keywords)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        node = self.generic_visit(node)
        if node.attr in ("shape", "size") and isinstance(node.value, ast.Name):
            return ast.Attribute(self.again(node.value), node.attr, ast.Load())
        return node

    def again(self, node: ast.Name) -> ast.expr:
        again = once_more(node.id)
        return name(again) if again in self.made else node


class Shapes(Rewriter):
    """Answer questions about shapes from what is kept."""

    def __init__(self, staged: Staged, order: Mapping[str, int], steps: Steps) -> None:
        self.types = staged.types
        # what a loop or a side of a branch defines is not at hand everywhere
        self.homes = staged.program.homes
        optional = {v for v, t in staged.types.items() if isinstance(t, Num) and t.optional}
        self.unbound = _unbound_on_a_path(staged.program.body) | optional
        self.unsettled = _of_either_dtype(staged.program.body, staged.types)
        self.overwritten = staged.program.overwritten
        self.unnamed = staged.program.unnamed
        self.order = order
        self.shapes: dict[str, str] = {}
        self.region: Region = ()
        self.strong = {value for part in step_expressions(steps) for value in read_in_full(part)}
        self.near: set[str] = set()
        available = {v for v in order if self._is_lasting(v) and v not in self.unbound}
        self.integers = counted({v: t for v, t in staged.types.items() if v in available})
        # what lends its shape and dtype is kept, so it can tell lengths, too
        for lender in sorted(_lenders(steps), key=lambda v: len(self.homes.get(v, ()))):
            self.region = self.homes.get(lender, ())
            if self.like(lender) == lender and not self._is_kept_in_vain(lender):
                self.strong.add(lender)
        self.region = ()

    def all(self, steps: Steps) -> Steps:
        """The steps with every question about a shape answered."""
        return tuple(self.one(step) for step in steps)

    def inside(self, steps: Steps, of: tuple[str, int]) -> Steps:
        """The steps of a loop or of a side of a branch, where its own values are at hand too."""
        outer = self.region
        self.region = (*outer, of)
        steps = self.all(steps)
        self.region = outer
        return steps

    def one(self, step: Nested[Step]) -> Nested[Step]:
        match step:
            case BackBranch():
                then = self.inside(step.then, ("then", step.branch.key))
                return altered(step, then=then, orelse=self.inside(
                    step.orelse, ("else", step.branch.key)))  # fmt: skip
            case BackLoop():
                self.near = set()
                loop = altered(step.loop, over=self.visit(step.loop.over))
                return altered(step, loop=loop, body=self.inside(step.body, ("loop", loop.key)))
        if not any(_asks(part) for part in (step.expr, step.index) if part is not None):
            return step
        self.near = set(read_in_full(step.expr))
        # the forward may have the same expressions, and they stay as they are
        index = self.visit(step.index) if step.index is not None else None
        expr = self.visit(step.expr)
        same = expr is step.expr and index is step.index
        return step if same else altered(step, expr=expr, index=index)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        match node:
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id=value), attr="shape"),
                slice=ast.Constant(value=int() as axis),
            ) if is_primal(value):
                return self.length(value, axis)
        return self.generic_visit(node)  # type: ignore[no-any-return]

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """What is multiplied and divided by one length, said in two ways before."""
        node = self.generic_visit(node)
        if not isinstance(node.op, ast.Mult | ast.Div):
            return node
        product = product_of(node)
        for divisor in filter(_is_length, product.divisors):
            same = [f for f in product.factors if alike(f, divisor)]
            if same and len(product.factors) > 1:
                factors = [f for f in product.factors if f is not same[0]]
                divisors = [d for d in product.divisors if d is not divisor]
                return build(Product(product.negative, factors, divisors))
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        match node:
            case ast.Attribute(value=ast.Name(id=value), attr="shape") if is_primal(value):
                return self.shape(value)
            case ast.Attribute(value=ast.Name(id=value), attr="size") if is_primal(value):
                return self.size(node, value)
        return self.generic_visit(node)  # type: ignore[no-any-return]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        match node:
            case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=value)]) if is_primal(value):
                return ast.Call(node.func, [name(self.final(value))], [])
            case ast.Call(func=ast.Attribute(value=ast.Name(id="@np") as np, attr=attr), args=args):
                if attr in LIKE and isinstance(args[0], ast.Name) and is_primal(args[0].id):
                    if attr == "zeros_like" and self._is_plain(args[0].id):
                        zeros = ast.Attribute(np, "zeros", ast.Load())
                        return ast.Call(zeros, [self.size_of_zeros(args[0].id)], [])
                    rest = [self.visit(arg) for arg in args[1:]]
                    lender = name(self.like(args[0].id))
                    return ast.Call(node.func, [lender, *rest], node.keywords)
        return self.generic_visit(node)  # type: ignore[no-any-return]

    def length(self, value: str, axis: int) -> ast.expr:
        """`value.shape[axis]`, said with what there is."""
        dims = self._dims(value)
        if dims is not None:
            if dims[axis].known is not None:
                return ast.Constant(dims[axis].known)
            integer = self.integers.get(dims[axis])
            if integer is not None:
                return name(integer)
            if value not in self.strong:
                for other in self._carriers():
                    own = self._dims(other)
                    if own and dims[axis] in own:
                        return self.length_of_kept(other, own.index(dims[axis]))
        if value not in self.order and not is_leaf(value) and dims is not None:
            for other in self._sources():
                own = self._dims(other)
                if own and dims[axis] in own:
                    return self.length(other, own.index(dims[axis]))
        if axis == 0 and isinstance(self.types.get(value), ListOf):
            return self.length_of_list(value)
        return ast.Subscript(self.shape(value), ast.Constant(axis), ast.Load())

    def length_of_list(self, value: str) -> ast.expr:
        """`len(xs)`, or that of another, and so many more or less."""
        dims = self._dims(value)
        if dims and value not in self.strong:
            for other in [*self._carriers(), *self._sources()]:
                for at, dim in enumerate(self._dims(other) or ()):
                    difference = (dims[0] - dim).known
                    if difference is not None and not (at and self.is_list(other)):
                        return _plus(self.length_of_kept(other, at), difference)
        return self.length_of_kept(value, 0)

    def is_list(self, value: str) -> bool:
        return isinstance(self.types.get(value), ListOf)

    def length_of_kept(self, value: str, axis: int) -> ast.expr:
        """`x.shape[0]`, and `len(xs)` of a list."""
        if isinstance(self.types.get(value), ListOf) and axis == 0:
            return ast.Call(name("len"), [name(value)], [])
        return ast.Subscript(shape_of_value(self.types, value), ast.Constant(axis), ast.Load())

    def shape(self, value: str) -> ast.expr:
        value = self.final(value)
        dims = self._dims(value)
        if dims == ():
            return ast.Tuple([], ast.Load())
        carrier = value if value in self.strong else self._same(dims, "")
        if carrier is not None:
            return shape_of_value(self.types, carrier)
        if isinstance(self.types.get(value), ListOf):
            return self.shape_of_list(value)
        if value not in self.order and not is_leaf(value):
            sources = [*self._sources(), *self._beside(value)]
            arrays = [v for v in sources if not isinstance(self.types[v], ListOf)]
            same = next((v for v in arrays if self._dims(v) == dims), None)
            if same is None:
                if dims is None or not all(self._can_tell(dim) for dim in dims):
                    raise InternalError("caching", f"nothing kept has the shape of {value}")
                lengths = [self.length(value, axis) for axis in range(len(dims))]
                return ast.Tuple(lengths, ast.Load())
            value = same
        base, keys = leaf_of(value)
        target = f"{leaf_name(hint(base), keys)}_shape:{value}"
        self.shapes[target] = value
        return name(target)

    def shape_of_list(self, value: str) -> ast.expr:
        """The shape of the array that NumPy makes of a list: by its lengths if these are known."""
        dims = self._dims(value) or ()
        if dims and all(d.known is not None or d in self.integers for d in dims):
            return ast.Tuple([self.length(value, axis) for axis in range(len(dims))], ast.Load())
        longer = self._longer(dims)
        if longer is not None and not dims[0].known:
            # NumPy cannot tell how large the elements of an empty list would be
            rest = ast.Slice(ast.Constant(1), None)
            axes = ast.Subscript(shape_of_value(self.types, longer), rest, ast.Load())
            return ast.Tuple(
                [self.length_of_kept(value, 0), ast.Starred(axes, ast.Load())], ast.Load()
            )
        return shape_of_value(self.types, value)

    def _longer(self, dims: Sequence[Dim]) -> str | None:
        """A list of such arrays that has some more: one that has less may be empty."""
        for other in [*self._carriers(), *self._sources()]:
            own = self._dims(other) or ()
            if self.is_list(other) and len(dims) == len(own) > 1 and dims[1:] == own[1:]:
                if ((own[0] - dims[0]).known or 0) > 0:
                    return other
        return None

    def size(self, node: ast.Attribute, value: str) -> ast.expr:
        if value in self.strong:
            return node
        carrier = self._same(self._dims(value), "")
        if carrier is not None:
            return ast.Attribute(name(carrier), "size", ast.Load())
        dims = self._dims(value)
        if dims:
            result = self.length(value, 0)
            for axis in range(1, len(dims)):
                result = ast.BinOp(result, ast.Mult(), self.length(value, axis))
            return result
        return node

    def like(self, value: str) -> str:
        """The value to take shape and dtype from: itself, or another that is kept."""
        value = self.final(value)
        if value in self.strong or is_leaf(value):
            return value
        dtype = getattr(self.types.get(value), "dtype", "")
        if not dtype or value in self.unsettled:
            return value  # another of the same shape may hold truths, or integers
        return self._same(self._dims(value), dtype) or value

    def final(self, value: str) -> str:
        """A value of the same array that no later write destroys, if there is one."""
        if value not in self.overwritten or value in self.strong:
            return value
        author, type_ = value.split(":")[0], self.types.get(value)
        for other in reversed(list(self.order)):
            mine = other.split(":")[0] == author and not is_introduced(other)
            if (
                mine
                and self._is_lasting(other)
                and other not in self.overwritten
                and other not in self.unbound
            ):
                found = self.types.get(other)
                if isinstance(found, Num) and isinstance(type_, Num):
                    if (found.dims, found.dtype) == (type_.dims, type_.dtype):
                        if other not in self.unnamed:
                            return other
        return value

    def size_of_zeros(self, value: str) -> ast.expr:
        """The shape of an array, from lengths that are kept anyway if it is not itself."""
        if not self._is_kept_in_vain(value):
            return shape_of_value(self.types, self.like(value))
        rank = len(self._dims(value) or ())
        lengths = [self.length(value, axis) for axis in range(rank)]
        return lengths[0] if rank == 1 else ast.Tuple(lengths, ast.Load())

    def _is_plain(self, value: str) -> bool:
        """Whether zeros like an array are made in the trips of a loop, and are what `np.zeros`
        makes, in a third of the time."""
        type_ = self.types.get(value)
        if type(type_) is not Num or type_.form != "array" or type_.dtype != "f8":
            return False
        return any(kind == "loop" for kind, _ in self.region)

    def _is_kept_in_vain(self, value: str) -> bool:
        """Whether an array would be kept to tell how large it is, and nothing else, while other
        lengths tell that as well."""
        dims = self._dims(value)
        if not dims or not self._is_plain(value):
            return False
        return self.like(value) == value not in self.strong and all(map(self._is_told, dims))

    def _is_told(self, dim: Dim) -> bool:
        """Whether a length is known, or that of something that is kept anyway."""
        if dim.known is not None or dim in self.integers:
            return True
        return any(dim in (self._dims(v) or ()) for v in self._carriers())

    def _is_lasting(self, value: str) -> bool:
        return is_within(self.region, self.homes.get(value, ()))

    def _sources(self) -> list[str]:
        """The values whose shape can be kept: the function's own, and elements of arguments."""
        hidden = {*self.unbound, *self.unnamed}
        own = [v for v in self.order if self._is_lasting(v) and v not in hidden]
        return own + [v for v in self.types if is_leaf(v)]

    def _beside(self, value: str) -> list[str]:
        """The values of the same trip of a loop, or side of a branch."""
        home = self.homes.get(value, ())
        hidden = {*self.unbound, *self.unnamed}
        return [v for v in self.order if self.homes.get(v, ()) == home and v not in hidden]

    def _can_tell(self, dim: Dim) -> bool:
        known = dim.known is not None or dim in self.integers
        return known or any(dim in (self._dims(v) or ()) for v in self._sources())

    def _carriers(self) -> list[str]:
        """Kept values: those that the line reads anyway first, then by definition.

        What a path leaves unbound, or as None, has a shape only where it is read.
        """
        bound = self.near | (self.strong - self.unbound)
        known = [v for v in self.strong & bound if v in self.order and self._is_lasting(v)]
        return sorted(known, key=lambda v: (v not in self.near, self.order[v]))

    def _same(self, dims: tuple[Dim, ...] | None, dtype: str) -> str | None:
        """A kept array of these very dimensions (and dtype, if one is given)."""
        if not dims:
            return None
        for other in self._carriers():
            type_ = self.types.get(other)
            if isinstance(type_, Num) and type_.dims == dims and not isinstance(type_, ListOf):
                if not dtype or (type_.dtype == dtype and self._is_exact(other, type_)):
                    return other
        return None

    def _is_exact(self, value: str, type_: Num) -> bool:
        """Whether a value is an array of the dtype that its type has, on every path."""
        return type_.form == "array" and value not in self.unsettled

    def _dims(self, value: str) -> tuple[Dim, ...] | None:
        type_ = self.types.get(value)
        return type_.dims if isinstance(type_, Num) else None


def _unbound_on_a_path(body: Block) -> set[str]:
    """The values that a path leaves unbound, or a loop that makes no trip."""
    found: set[str] = set()
    for stmt in walk(body):
        ends: list[tuple[str, list[ast.expr | None]]] = []
        if isinstance(stmt, Branch):
            ends = [(m.target, [m.then, m.orelse]) for m in stmt.merges]
        elif isinstance(stmt, Loop):
            ends = [(value, [c.start]) for c in stmt.carried for value in (c.inner, c.after)]
        for target, sources in ends:
            if any(s is None or isinstance(s, ast.Name) and s.id in found for s in sources):
                found.add(target)
    return found


def _of_either_dtype(body: Block, types: Mapping[str, Type]) -> set[str]:
    """The values that have 32 bits on one path and 64 on another, and what is made of them."""
    found: set[str] = set()
    ends: list[tuple[str, list[ast.expr | None]]] = []
    for stmt in walk(body):
        if isinstance(stmt, Branch):
            ends += [(m.target, [m.then, m.orelse]) for m in stmt.merges]
        elif isinstance(stmt, Loop):
            ends += [(v, [c.start, c.next]) for c in stmt.carried for v in (c.inner, c.after)]
    for target, sources in ends:
        if any(_dtype(types, s.id) != _dtype(types, target)
               for s in sources if isinstance(s, ast.Name)):  # fmt: skip
            found.add(target)
    before = -1
    while found and len(found) > before:
        before = len(found)
        made = [(t, s.expr) for s in walk(body) if isinstance(s, Gate) for t in s.targets]
        for target, expr in [*made, *((t, s) for t, sources in ends for s in sources)]:
            if expr is not None and not found.isdisjoint(names_in(expr)):
                found.add(target)
    return found


def _dtype(types: Mapping[str, Type], value: str) -> str:
    type_ = types.get(value)
    return type_.dtype if isinstance(type_, Num) else ""


def _plus(node: ast.expr, more: int) -> ast.expr:
    if not more:
        return node
    return ast.BinOp(node, ast.Add() if more > 0 else ast.Sub(), ast.Constant(abs(more)))


def shape_of_value(types: Mapping[str, Type], value: str) -> ast.expr:
    """`x.shape`, and `np.shape(xs)` of a list or an iterator."""
    type_ = types.get(value)
    if isinstance(type_, ListOf) or (isinstance(type_, Num) and type_.form == "any"):
        return ast.Call(ast.Attribute(name("@np"), "shape", ast.Load()), [name(value)], [])
    return ast.Attribute(name(value), "shape", ast.Load())


def step_expressions(steps: Steps) -> Iterator[ast.expr]:
    """Every expression of a backward's steps."""
    for step in steps:
        match step:
            case Step():
                yield step.expr
                if step.index is not None:
                    yield step.index
            case BackBranch():
                yield from step_expressions(step.then)
                yield from step_expressions(step.orelse)
            case BackLoop():
                yield from step_expressions(step.body)


def _lenders(steps: Steps) -> list[str]:
    """The values that `zeros_like` and its kind are called with."""
    return [
        node.args[0].id
        for part in step_expressions(steps)
        for node in calls_in(part)
        if isinstance(node.func, ast.Attribute)
        and node.func.attr in LIKE
        and isinstance(node.args[0], ast.Name)
    ]
