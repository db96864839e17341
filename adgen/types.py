"""What is known about a value before the program runs.

A `Num` is a number or an array of numbers: its dtype, and a `Dim` for each
axis.  A `Dim` is a symbolic length, `x.shape[0] - 2`.  Questions such as "is
this axis of length 1?" go to `Facts`, which answers from the sizes at hand and
writes the answer down: the compiled code serves every call that gives the same
answers, and no other.  Without sizes the answer is None, unknown.

>>> facts = Facts({("shape", "x", 0): 5})
>>> n = Dim.of(("shape", "x", 0))
>>> facts.is_one(n - 2), facts.same(n - 2, n - Dim(2)), facts.guards
(False, True, [('one', Dim(const=-2, terms=((('shape', 'x', 0), 1),)), False)])
"""

from __future__ import annotations

import functools
import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

Atom = tuple[Any, ...]


class NeedValue(Exception):
    """An argument whose value, not only its type, decides what the code is."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


@dataclass(frozen=True)
class Dim:
    """An integer known up to the sizes of the arguments: const + sum of k * atom."""

    const: int = 0
    terms: tuple[tuple[Atom, int], ...] = ()

    @staticmethod
    def of(atom: Atom) -> Dim:
        """The length that an atom, such as ("shape", "x", 0), stands for."""
        return Dim(0, ((atom, 1),))

    @property
    def known(self) -> int | None:
        """The number, where it does not depend on any argument."""
        return None if self.terms else self.const

    def __add__(self, other: Dim | int) -> Dim:
        other = Dim(other) if isinstance(other, int) else other
        if not (self.terms and other.terms):
            return Dim(self.const + other.const, self.terms or other.terms)
        sums = dict(self.terms)
        for atom, k in other.terms:
            sums[atom] = sums.get(atom, 0) + k
        terms = sorted(((a, k) for a, k in sums.items() if k), key=repr)
        return Dim(self.const + other.const, tuple(terms))

    def __sub__(self, other: Dim | int) -> Dim:
        return self + other * -1

    def __mul__(self, other: Dim | int) -> Dim:
        other = Dim(other) if isinstance(other, int) else other
        if self.known is not None:
            self, other = other, self
        if (k := other.known) is not None:
            return Dim(self.const * k, tuple((a, c * k) for a, c in self.terms if k))
        first, second = sorted((self, other), key=repr)
        return Dim.of(("times", first, second))

    def __floordiv__(self, other: Dim | int) -> Dim:
        other = Dim(other) if isinstance(other, int) else other
        if self.known is not None and other.known:
            return Dim(self.known // other.known)
        if other.known == 1:
            return self
        return Dim.of(("over", self, other))

    def at_least_zero(self) -> Dim:
        """The length of a slice, which is never negative."""
        if self.known is not None:
            return Dim(max(0, self.known))
        return self if self.is_natural else Dim.of(("clamp", self))

    @property
    def is_natural(self) -> bool:
        """Whether this is never negative, whatever the sizes are."""
        return self.const >= 0 and self._positive()

    def _positive(self) -> bool:
        return all(k > 0 and a[0] in ("shape", "len", "clamp", "count") for a, k in self.terms)

    def evaluate(self, sizes: Mapping[Atom, int]) -> int | None:
        """The number at the given sizes, or None where one of them is not known."""
        total = self.const
        for atom, k in self.terms:
            value = _evaluate_atom(atom, sizes)
            if value is None:
                return None
            total += k * value
        return total


def _evaluate_atom(atom: Atom, sizes: Mapping[Atom, int]) -> int | None:
    kind, *parts = atom
    if kind in ("times", "over", "clamp"):
        values = [part.evaluate(sizes) for part in parts]
        if any(value is None for value in values):
            return None
        if kind == "times":
            return int(values[0] * values[1])
        if kind == "over":
            return int(values[0] // values[1]) if values[1] else None
        return max(0, int(values[0]))
    return sizes.get(atom)


Guard = tuple[Any, ...]


@dataclass
class Facts:
    """Answers about sizes, each written down as a guard on the arguments."""

    sizes: Mapping[Atom, int] = field(default_factory=dict)
    guards: list[Guard] = field(default_factory=list)
    noted: set[Guard] = field(default_factory=set)
    # whether numbers of which nothing is said are taken to be real: where types come from
    # annotations, whoever wants complex ones says so
    assumes_real: bool = False
    fresh_count: int = 0
    seen: list[Dim] = field(default_factory=list)
    # the first and the last value of loops' indices, those of inner loops behind
    ranges: dict[Atom, tuple[Dim, Dim]] = field(default_factory=dict)

    def fresh(self) -> Dim:
        """A length that only running the program can tell."""
        self.fresh_count += 1
        return Dim.of(("fresh", self.fresh_count))

    def may_be_complex(self, type_: Any) -> bool:
        """Whether a number may have an imaginary part."""
        if not isinstance(type_, Num):
            return isinstance(type_, Seq) and any(map(self.may_be_complex, type_.items))
        return type_.kind == "c" or (type_.kind == "" and not self.assumes_real)

    def is_one(self, dim: Dim) -> bool | None:
        """Whether an axis of this length is stretched in broadcasting."""
        if dim.known is not None:
            return dim.known == 1
        value = dim.evaluate(self.sizes)
        return None if value is None else self._note(("one", dim, value == 1))

    def same(self, a: Dim, b: Dim) -> bool | None:
        """Whether two lengths are equal."""
        if a == b:
            return True
        if (difference := (a - b).known) is not None:
            return difference == 0
        left, right = a.evaluate(self.sizes), b.evaluate(self.sizes)
        if left is None or right is None:
            return None
        return self._note(("same", a, b, left == right))

    def exceeds(self, a: Dim, b: Dim) -> bool | None:
        """Whether the first of two lengths is larger."""
        if (difference := (a - b).known) is not None:
            return difference > 0
        left, right = a.evaluate(self.sizes), b.evaluate(self.sizes)
        if left is None or right is None:
            return None
        return self._note(("exceeds", a, b, left > right))

    def within(self, at: Dim, size: Dim) -> bool:
        """Whether a position that loops' indices decide is one of an axis, or its end, in all
        trips."""
        low, high = self._extreme(at, 0), self._extreme(at - size, 1)
        if low is None or high is None or self.exceeds(high, Dim(0)) is not False:
            return False
        return low.is_natural or self.exceeds(Dim(0), low) is False

    def _extreme(self, dim: Dim, end: int) -> Dim | None:
        """The least (0) or the largest (1) value that a length has in trips of loops."""
        for atom in reversed(self.ranges):
            times = dict(dim.terms).get(atom)
            if times is not None:
                value = self.ranges[atom][end if times > 0 else 1 - end]
                dim = dim + (value - Dim.of(atom)) * times
        return None if any(_is_of_a_loop(atom) for atom, _ in dim.terms) else dim

    def representative(self, dim: Dim) -> Dim:
        """One length for all that are equal: the first of them that was asked for."""
        for other in self.seen:
            if self.same(other, dim):
                return other
        self.seen.append(dim)
        return dim

    def number(self, dim: Dim) -> int | None:
        """The number itself; compiled code that asks serves that number alone."""
        if dim.known is not None:
            return dim.known
        value = dim.evaluate(self.sizes)
        if value is not None:
            self._note(("number", dim, value))
        return value

    def _note(self, guard: Guard) -> bool:
        if guard not in self.noted:
            self.noted.add(guard)
            self.guards.append(guard)
        return bool(guard[-1])


def _is_of_a_loop(atom: Any) -> bool:
    """Whether the index of a loop has a part in an atom."""
    if isinstance(atom, Dim):
        return any(_is_of_a_loop(inner) for inner, _ in atom.terms)
    return isinstance(atom, tuple) and (atom[:1] == ("index",) or any(map(_is_of_a_loop, atom)))


def parameter_of(path: str) -> str:
    """The parameter that a path such as `cfg['sizes'][0]` or `self.n` begins with."""
    return re.split(r"[\[.]", path, maxsplit=1)[0]


def integers_in(guards: Iterable[Guard]) -> set[str]:
    """The integer arguments whose values guards depend on, by parameter."""
    return {name for guard in guards for dim in guard[1:-1] for name in _integers(dim)}


def _integers(dim: Dim) -> Iterable[str]:
    for atom, _ in dim.terms:
        if atom[0] == "int":
            yield parameter_of(atom[1])
        elif atom[0] in ("times", "over", "clamp"):
            for part in atom[1:]:
                yield from _integers(part)


def holds(guards: Iterable[Guard], sizes: Mapping[Atom, int]) -> bool:
    """Whether arguments of other sizes give the same answers."""
    for kind, *dims, answer in guards:
        values = [dim.evaluate(sizes) for dim in dims]
        if kind == "one":
            found: Any = values[0] == 1
        elif kind == "same":
            found = values[0] == values[1]
        elif kind == "exceeds":
            found = None not in values and values[0] > values[1]
        elif kind == "within":
            found = None not in values and 0 <= values[0] <= values[1]
        else:
            found = values[0]
        if found != answer:
            return False
    return True


@dataclass(frozen=True)
class Num:
    """A number or array of numbers.

    `dtype` is a NumPy character code with size ("f8"), "" where unknown;
    `dims` is () for a scalar and None where the rank is unknown; `form` tells a
    Python number ("py") from a NumPy scalar ("np"), an array ("array") and
    what may be any of them ("any").  `value` is what an integer counts, or how many
    elements of an array of truth values are true; what is `optional` may also be None.
    """

    dtype: str
    dims: tuple[Dim, ...] | None
    form: str = "array"
    value: Dim | None = None
    optional: bool = False

    @property
    def ndim(self) -> int | None:
        return None if self.dims is None else len(self.dims)

    @property
    def is_scalar(self) -> bool:
        """A number that can be neither written into nor shared."""
        return self.form in ("py", "np")

    @property
    def is_python(self) -> bool:
        return self.form == "py"

    @functools.cached_property
    def kind(self) -> str:
        """ "f", "c", "i" (signed or not), "b", or "" where unknown."""
        first = self.dtype[:1]
        return "i" if first == "u" else first

    @property
    def differentiable(self) -> bool:
        return self.kind in ("f", "c", "")

    def with_dims(self, dims: tuple[Dim, ...] | None) -> Num:
        """The same kind of number, with other axes."""
        form = "any" if dims is None else "array" if dims else self.form
        return replace(self, dims=dims, form=form, value=None)

    @property
    def of_adjoint(self) -> Num:
        """The type of an adjoint that has an element for each of this value's."""
        return replace(self, value=None)


@functools.cache
def scalar(dtype: str, form: str) -> Num:
    """The type of a number of which nothing else is known."""
    return Num(dtype, (), form)


@dataclass(frozen=True)
class ListOf(Num):
    """A list whose length only a run tells; its elements are of one type, `item`.

    To derivatives it is the array that NumPy would make of it: `dtype` and `dims`
    are that array's, and its adjoint is an array.  An `item` of None says that
    nothing has been put into the list yet.
    """

    item: Num | None = None

    @property
    def array(self) -> Num:
        """The array that NumPy makes of the list."""
        return Num(self.dtype, self.dims, "any" if self.dims is None else "array")

    def with_dims(self, dims: tuple[Dim, ...] | None) -> Num:
        """Of other axes there is an array, no list."""
        return self.array.with_dims(dims)

    @property
    def of_adjoint(self) -> Num:
        """An array, whatever the elements are."""
        return self.array

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been put into the list yet."""
        return self.item is None

    @property
    def holds_objects(self) -> bool:
        """Whether the elements have memory of their own, that may be shared."""
        return self.item is not None and not self.item.is_scalar


def list_of(item: Num | None, length: Dim) -> ListOf:
    """The type of a list of this many elements."""
    if item is None:
        return ListOf("", (length,), "list")
    dims = None if item.dims is None else (length, *item.dims)
    return ListOf(item.dtype, dims, "list", item=replace(item, value=None))


FLOAT = scalar("f8", "py")
INT = scalar("i8", "py")
BOOL = scalar("b1", "py")
COMPLEX = scalar("c16", "py")
# a string that only a run can tell
TEXT = scalar("U", "np")
UNKNOWN = Num("", None, "any")


@dataclass(frozen=True)
class Known:
    """An object that is the same in every run: None, a string, a function, a module."""

    value: Any

    def __hash__(self) -> int:
        return hash((type(self.value), id(self.value)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Known) or type(self.value) is not type(other.value):
            return False
        if self.value is other.value:
            return True
        return isinstance(self.value, str | bytes | np.dtype) and bool(self.value == other.value)


@dataclass(frozen=True)
class Seq:
    """A tuple or list whose elements are known one by one; `cls` is a named tuple's class."""

    kind: str
    items: tuple[Type, ...]
    cls: type | None = None

    def path(self, index: int) -> str:
        """How the author writes the way to an element."""
        return f".{self.cls._fields[index]}" if self.cls else f"[{index}]"  # type: ignore


@dataclass(frozen=True)
class Record:
    """A dict, or an object with attributes, whose contents are known key by key.

    `cls` is `dict` or the object's class; `keys` are the dict's keys or the
    names of the attributes.
    """

    cls: type
    keys: tuple[Any, ...]
    items: tuple[Type, ...]

    def path(self, index: int) -> str:
        """How the author writes the way to what it holds."""
        return step(self.cls, self.keys[index])


@dataclass(frozen=True)
class Cell:
    """Where staging keeps what a dict or object holds, which may change as the program runs.

    `perhaps` are the keys that it has on some paths only; `ordered` tells whether
    the order of the keys is the same on all; `kept` whether it is in a list that has
    what it holds in columns, so that it has to stay as it is.
    """

    cls: type
    keys: tuple[Any, ...]
    perhaps: tuple[Any, ...] = ()
    ordered: bool = True
    kept: bool = False


@dataclass(frozen=True)
class Ref:
    """A dict or object of which staging knows what it holds: see `Cell`."""

    cls: type
    cell: str


@dataclass(frozen=True)
class Columns:
    """A list of tuples, as one list for each place in a tuple.

    `layout` is a tuple of names, of layouts where a tuple has tuples in it, of
    `Columns` where it has lists of tuples, and of what is the same in all; or the
    `Contents` of dicts or objects.
    """

    layout: tuple[Any, ...] | Contents


@dataclass(frozen=True)
class Contents:
    """What the dicts, or objects of a class, in a list hold: a place of a layout for each key."""

    cls: type
    keys: tuple[Any, ...]
    places: tuple[Any, ...]


@dataclass(frozen=True)
class Sparse:
    """A sparse matrix: a constant, of which products and systems of equations are known."""

    dtype: str
    dims: tuple[Dim, Dim]

    @property
    def ndim(self) -> int:
        return 2

    @property
    def transposed(self) -> Sparse:
        return Sparse(self.dtype, (self.dims[1], self.dims[0]))


def is_sparse(value: Any) -> bool:
    """Whether an object is a matrix that keeps its nonzero elements alone."""
    return hasattr(type(value), "nnz") and len(getattr(value, "shape", ())) == 2


@dataclass(frozen=True)
class Opaque:
    """A value that plays no part in derivatives: dictionaries of options, generators."""

    note: str = "object"


@dataclass(frozen=True)
class Text:
    """A string that `make` gives for the values of staged terms."""

    make: Any
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Saved:
    """What a call of a helper keeps for its backward, which gives adjoints of this type."""

    adjoints: Type


@dataclass(frozen=True)
class Stack:
    """A list that values of this type are put on and taken off again."""

    item: Num


Type = Text | Num | Stack | Known | Seq | Record | Cell | Ref | Columns | Opaque | Saved | Sparse


def code(dtype: Any) -> str:
    """The character code with size of a dtype: "f8"; "" for what holds no numbers."""
    dtype = np.dtype(dtype)
    return dtype.str[1:] if dtype.kind in "fciub" else ""


# what is followed as a dict
DICTS = (dict, OrderedDict)


def step(cls: type, key: Any) -> str:
    """How the author writes the way to what a dict or object holds."""
    return f"[{key!r}]" if cls in DICTS else f".{key}"
