"""Types as people write them: `f8[N,D]`.

Lengths that are the same by the facts that the code was compiled for share a
letter; an integer of the author's that counts a length lends it its name.
"""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Iterator, Mapping

from adgen.analysis.expressions import counted
from adgen.ir import hint, is_introduced
from adgen.types import (
    Atom,
    Cell,
    Columns,
    Dim,
    Facts,
    Guard,
    Known,
    Num,
    Opaque,
    Record,
    Ref,
    Saved,
    Seq,
    Sparse,
    Stack,
    Text,
    Type,
)

_PYTHON = {"f8": "float", "i8": "int", "b1": "bool", "c16": "complex"}
_GLUE = "\N{NO-BREAK SPACE}"
_LETTERS = "NDHCKMPQRSTUVWXYZABEFGIJLO"


class Shapes:
    """Writes the types of one program, so that a letter means one length throughout."""

    def __init__(self, facts: Facts, types: Mapping[str, Type]) -> None:
        self.same = _classes(facts.guards)
        counts = {d: hint(v) for d, v in counted(_authors(types)).items()}
        self.fixed = {self.root(dim): counts[dim] for dim in reversed(counts)}
        self.letters: dict[Atom, str] = {}
        self.unused = _unused({hint(value) for value in types})

    def root(self, dim: Dim) -> Dim:
        return self.same.get(dim, dim)

    def type(self, type_: Type) -> str:
        match type_:
            case Num(form="py", dtype=dtype):
                return _PYTHON.get(dtype, "number")
            case Num(dims=None, dtype=dtype):
                return f"{dtype}[...]" if dtype else "unknown"
            case Num(dims=dims, dtype=dtype, form=form):
                assert dims is not None
                axes = f"[{','.join(map(self.dim, dims))}]" if dims or form == "array" else ""
                return f"{dtype or 'number'}{axes}"
            case Seq(kind=kind, items=items):
                return f"{kind}[{', '.join(map(self.type, items))}]"
            case Columns():
                return "list of tuples"
            case Record(cls=cls, keys=keys, items=items):
                held = ", ".join(
                    f"{key}: {self.type(item)}" for key, item in zip(keys, items, strict=True)
                )
                return f"{cls.__name__}[{held}]"
            case Cell(cls=cls) | Ref(cls=cls):
                return cls.__name__
            case Known(value=value):
                return getattr(value, "__name__", repr(value))
            case Text():
                return "str"
            case Sparse(dtype=dtype, dims=dims):
                return f"sparse {self.type(Num(dtype, dims))}"
            case Opaque(note=note):
                return note
            case Saved():
                return "cache"
            case Stack():
                return "stack"

    def dim(self, dim: Dim) -> str:
        dim = self.root(dim)
        if dim in self.fixed:
            return self.fixed[dim]
        terms = [_times(k, self.atom(atom)) for atom, k in dim.terms]
        if dim.const or not terms:
            terms.append(str(dim.const))
        return " + ".join(terms).replace("+ -", "- ")

    def atom(self, atom: Atom) -> str:
        kind, *parts = atom
        if kind in ("times", "over"):
            sign = " * " if kind == "times" else " // "
            return sign.join(f"({d})" if " " in d else d for d in map(self.dim, parts))
        if kind == "clamp":
            return f"max(0, {self.dim(parts[0])})"
        if kind == "int":
            return str(parts[0])
        if atom not in self.letters:
            self.letters[atom] = next(self.unused)
        return self.letters[atom]

    def guards(self, guards: Iterable[Guard]) -> list[str]:
        """On what lengths the text depends, as conditions on the arguments."""
        said = []
        for kind, *dims, answer in guards:
            left = [plain(dim) for dim in dims]
            if kind == "one":
                said.append(f"{left[0]} {'==' if answer else '!='} 1")
            elif kind == "same":
                said.append(" == ".join(sorted(left)) if answer else " != ".join(sorted(left)))
            elif kind == "exceeds":
                said.append(f"{left[0]} {'>' if answer else '<='} {left[1]}")
            elif kind == "number":
                said.append(f"{left[0]} == {answer}")
            elif kind == "within":
                known = f"0 <= {left[0]} <= {left[1]}"
                said.append(known if answer else f"not {known}")
        text = ", ".join(c.replace(" ", _GLUE) for c in dict.fromkeys(said))
        lines = textwrap.wrap(f"compiled for calls with {text}", 90) if text else []
        return [line.replace(_GLUE, " ") for line in lines]


def _authors(types: Mapping[str, Type]) -> dict[str, Type]:
    """The values that the author has a name for."""
    return {value: type_ for value, type_ in types.items() if not is_introduced(value)}


def plain(dim: Dim) -> str:
    """A length in terms of the arguments: `x.shape[0] - 2`."""
    terms = []
    for (kind, *parts), k in dim.terms:
        match kind:
            case "shape":
                text = f"{parts[0]}.shape[{parts[1]}]"
            case "times" | "over":
                text = (" * " if kind == "times" else " // ").join(map(plain, parts))
            case "clamp":
                text = f"max(0, {plain(parts[0])})"
            case _:
                text = str(parts[0])
        terms.append(_times(k, text))
    if dim.const or not terms:
        terms.append(str(dim.const))
    return " + ".join(terms).replace("+ -", "- ")


def _times(count: int, text: str) -> str:
    return text if count == 1 else f"-{text}" if count == -1 else f"{count} * {text}"


def _classes(guards: Iterable[Guard]) -> dict[Dim, Dim]:
    """For each length, the one that stands for all that are the same."""
    root: dict[Dim, Dim] = {}

    def find(dim: Dim) -> Dim:
        while root.get(dim, dim) != dim:
            dim = root[dim]
        return dim

    for kind, *dims, answer in guards:
        if kind == "same" and answer:
            first, second = sorted(map(find, dims), key=repr)
            root[second] = first
    return {dim: find(dim) for dim in root}


def _unused(taken: set[str]) -> Iterator[str]:
    for number in itertools.count():
        for letter in _LETTERS:
            candidate = f"{letter}{number or ''}"
            if candidate not in taken:
                yield candidate
