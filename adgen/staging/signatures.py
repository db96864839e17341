"""Signatures of helpers that are compiled by themselves: what serves all of their calls.

A signature has the types of the arguments, and which are differentiated.  Lengths are unknown
in it, so that a call with half an array has the same one; for a call, the lengths of what the
helper gives are told from those of its arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from adgen.frontend.source import Definition
from adgen.ir import PairFunction, Staged, name
from adgen.rules.lists import common
from adgen.staging.joins import join_numbers
from adgen.staging.list_kinds import Kind
from adgen.staging.terms import Site, Term, constant_type
from adgen.types import Dim, Facts, Known, ListOf, Num, Seq, Type, list_of

if TYPE_CHECKING:
    pass


class Parameter(NamedTuple):
    """A parameter of a helper: what every call's argument is."""

    name: str
    type: Type
    varied: bool


@dataclass(eq=False)
class Outline:
    """A helper that is compiled by itself, for one signature."""

    function: Any
    definition: Definition
    name: str
    parameters: tuple[Parameter, ...]
    # arguments that are the same in every call: functions, strings, None
    static: dict[str, Term]
    # what it reads of the functions around it: the call and the name there
    captured: dict[tuple[int, str], Parameter] = field(default_factory=dict)
    result: Num | Seq | None = None
    # for each number or array of the result, what it may share memory with: the names of
    # parameters, and the places of others before it
    shares: tuple[frozenset[str | int], ...] = ()
    # whether the signature has to stay as it is: that of the function to differentiate
    fixed: bool = False
    staged: Staged | None = None
    # lists in it that grow as it runs
    lists: dict[Site, Kind] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        return (*self.parameters, *self.captured.values())

    @property
    def arguments(self) -> ast.arguments:
        """The parameter list of the emitted functions."""
        plain = [ast.arg(parameter.name) for parameter in self.inputs]
        return ast.arguments([], plain, None, [], [], None, [])

    @property
    def varied(self) -> tuple[Parameter, ...]:
        return tuple(p for p in self.inputs if p.varied)

    @property
    def ends(self) -> dict[str, PairFunction]:
        return {pair.name: pair for pair in (self.forward, self.backward)}

    @property
    def forward(self) -> PairFunction:
        return PairFunction(f"{self.name}_forward", self.name)

    @property
    def backward(self) -> PairFunction:
        return PairFunction(f"{self.name}_backward", self.name)


@dataclass
class Outlines:
    """The helpers that a program compiles by themselves, shared by all that call them."""

    functions: list[Any] = field(default_factory=list)
    under_way: list[Outline] = field(default_factory=list)
    finished: list[Outline] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    @staticmethod
    def begun(outline: Outline | None) -> Outlines:
        """Those of a program; `outline` is the program itself if it calls itself."""
        if outline is None:
            return Outlines()
        return Outlines([outline.function], [outline], [], {outline.name})

    def waits(self) -> bool:
        """Whether paths are left out, since nothing is known of a result yet."""
        return any(outline.result is None for outline in self.under_way)

    def has(self, function: Any) -> bool:
        """Whether calls of a function are calls of a pair."""
        return any(f is function for f in self.functions)

    def add(self, function: Any) -> None:
        if not self.has(function):
            self.functions.append(function)

    def of(self, function: Any) -> Iterator[Outline]:
        """The signatures of a function, those that are being staged first."""
        for outline in (*reversed(self.under_way), *self.finished):
            if outline.function is function:
                yield outline


def is_static(term: Term) -> bool:
    """Whether an argument is known while compiling, so that nothing is passed for it."""
    return isinstance(term.type, Known)


def general(type_: Type, path: str) -> Type:
    """A type with lengths of its own, so that it serves arguments of all sizes."""
    if isinstance(type_, Num):
        if type_.dims:
            dims = tuple(Dim.of(("shape", path, axis)) for axis in range(len(type_.dims)))
            return replace(type_, dims=dims, value=None)
        counts = type_.is_python and type_.kind == "i"
        return replace(type_, value=Dim.of(("int", path)) if counts else None)
    if isinstance(type_, Seq):
        items = tuple(general(item, f"{path}[{i}]") for i, item in enumerate(type_.items))
        return replace(type_, items=items)
    return type_


def joined_parameters(
    facts: Facts, mine: tuple[Parameter, ...], others: list[Parameter]
) -> tuple[Parameter, ...] | None:
    """Parameters that serve both; None where there are none."""
    if [p.name for p in mine] != [p.name for p in others]:
        return None
    found = []
    for a, b in zip(mine, others, strict=True):
        type_ = joined_type(facts, a.type, b.type, a.name)
        if type_ is None:
            return None
        found.append(Parameter(a.name, type_, a.varied or b.varied))
    return tuple(found)


def joined_type(facts: Facts, a: Type, b: Type, path: str) -> Type | None:
    """A type that serves both; None where there is none."""
    if a == b:
        return a
    if isinstance(a, Num) and isinstance(b, Num):
        met = join_numbers(facts, a, b)
        return general(met, path) if met is not None else None
    if isinstance(a, Seq) and isinstance(b, Seq) and len(a.items) == len(b.items):
        if a.kind != b.kind:
            return None
        items = [
            joined_type(facts, x, y, f"{path}[{i}]")
            for i, (x, y) in enumerate(zip(a.items, b.items, strict=True))
        ]
        known = tuple(item for item in items if item is not None)
        return replace(a, items=known) if len(known) == len(items) else None
    lists = [_of_any_length(facts, type_) for type_ in (a, b)]
    if lists[0] is None or lists[1] is None:
        return None
    met = join_numbers(facts, lists[0], lists[1])
    return general(met, path) if met is not None else None


def _of_any_length(facts: Facts, type_: Type) -> ListOf | None:
    """The type of a list of numbers, however long it is; None of anything else."""
    if isinstance(type_, ListOf):
        return type_
    if not isinstance(type_, Seq) or type_.kind != "list":
        return None
    item: Num | None = None
    for part in type_.items:
        if not isinstance(part, Num) or not part.is_scalar:
            return None
        item = common(facts, item, replace(part, value=None))
    return list_of(item, Dim(len(type_.items)))


def same_static(mine: Mapping[str, Term], others: Mapping[str, Term]) -> bool:
    return mine.keys() == others.keys() and all(
        mine[key].type == others[key].type for key in others
    )


def _own_length(dim: Dim, place: tuple[int, ...]) -> Dim:
    """A length in terms of the parameters', or one that is the result's own."""
    known = all(atom[0] in ("shape", "int") for atom, _ in dim.terms)
    return dim if known else Dim.of(("result", *place))


def given_type(result: ast.expr, types: Mapping[str, Type]) -> Num | Seq | None:
    """The type of a program's result, if that is a number, an array, or several of these."""
    if isinstance(result, ast.Tuple | ast.List):
        items = [given_type(part, types) for part in result.elts]
        known = tuple(item for item in items if item is not None)
        kind = "tuple" if isinstance(result, ast.Tuple) else "list"
        return Seq(kind, known) if len(known) == len(items) and known else None
    found = constant_type(result.value) if isinstance(result, ast.Constant) else None
    found = types[result.id] if isinstance(result, ast.Name) else found
    return found if isinstance(found, Num) else None


def joined_result(facts: Facts, a: Type, b: Type) -> Num | Seq | None:
    """A type that serves two rounds; None where there is none."""
    if isinstance(a, Num) and isinstance(b, Num):
        return join_numbers(facts, a, b)
    if isinstance(a, Seq) and a.kind == "list" and isinstance(b, ListOf):
        return b
    if not isinstance(a, Seq) or not isinstance(b, Seq):
        return None
    if a.kind != b.kind or len(a.items) != len(b.items):
        return None
    items = [joined_result(facts, x, y) for x, y in zip(a.items, b.items, strict=True)]
    known = tuple(item for item in items if item is not None)
    return replace(a, items=known) if len(known) == len(items) else None


def own_lengths(type_: Type, place: tuple[int, ...] = ()) -> Num | Seq:
    """The type of a result, with lengths of its own where the parameters' don't tell them."""
    if isinstance(type_, Seq):
        items = (own_lengths(item, (*place, at)) for at, item in enumerate(type_.items))
        return replace(type_, items=tuple(items))
    assert isinstance(type_, Num)
    if type_.dims is None:
        return replace(type_, value=None)
    dims = tuple(_own_length(dim, (*place, axis)) for axis, dim in enumerate(type_.dims))
    return replace(type_, dims=dims, value=None)


def instantiated(facts: Facts, result: Type, args: Mapping[str, Term]) -> Num | Seq:
    """The type of a result for the arguments of one call."""
    if isinstance(result, Seq):
        return replace(result, items=tuple(instantiated(facts, i, args) for i in result.items))
    assert isinstance(result, Num)
    if result.dims is None:
        return result
    return replace(result, dims=tuple(_for_call(facts, dim, args) for dim in result.dims))


def _for_call(facts: Facts, dim: Dim, args: Mapping[str, Term]) -> Dim:
    total = Dim(dim.const)
    for atom, k in dim.terms:
        type_ = args[atom[1]].type if len(atom) > 1 and atom[1] in args else None
        num = type_ if isinstance(type_, Num) else None
        if atom[0] == "shape" and num is not None and num.dims:
            total = total + num.dims[atom[2]] * k
        elif atom[0] == "int" and num is not None and num.value is not None:
            total = total + num.value * k
        else:
            return facts.fresh()
    return total


def generalised(arguments: Mapping[str, Type]) -> dict[str, Type]:
    """The types of arguments, with lengths that serve all sizes."""
    return {key: general(type_, key) for key, type_ in arguments.items()}


def outline_of(
    definition: Definition, arguments: Mapping[str, Type], wrt: Sequence[str]
) -> Outline:
    """The signature of a function that calls itself and is to be differentiated."""
    static = {k: Term(name(k), t) for k, t in arguments.items() if isinstance(t, Known)}
    parameters = tuple(
        Parameter(key, type_, key in wrt) for key, type_ in arguments.items() if key not in static
    )
    function = definition.function
    return Outline(function, definition, definition.name, parameters, static, fixed=True)
