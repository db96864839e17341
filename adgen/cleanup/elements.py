"""Which adjoints of lists may be lists themselves.

The adjoint of a list is the array that NumPy would make of it.  Where numbers are only ever added
to it one by one, as in a loop over the elements, a list of Python's own numbers takes a third of
the time, and is what the caller gets in the end.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping

from adgen.analysis.expressions import TypeOf
from adgen.ir import Carry, Contribution, Lines, names_in, nodes_in, walk_lines
from adgen.rules.shapes import as_num
from adgen.types import ListOf, Type


def element_by_element(lines: Lines, results: Iterable[str], type_of: TypeOf) -> set[str]:
    """The results that are adjoints of lists of floats, and touched one element at a time."""
    received = {line.target for line in walk_lines(lines) if isinstance(line, Contribution)}
    found = {r for r in results if r in received and _is_of_floats(type_of.types, r[2:])}
    if not found:
        return found
    for line in walk_lines(lines):
        if isinstance(line, Carry):
            if line.source is not None:  # without one it says where the zeros stand
                found -= {line.target, line.source}
        elif isinstance(line, Contribution):
            if line.target in found and not _adds_a_number(line, type_of):
                found.remove(line.target)
            for part in (line.expr, line.index):
                if part is not None:
                    found -= _read_otherwise(part, type_of)
    return found


def _is_of_floats(types: Mapping[str, Type], primal: str) -> bool:
    type_ = types.get(primal)
    item = type_.item if isinstance(type_, ListOf) else None
    return item is not None and item.is_python and item.dims == () and item.kind == "f"


def _adds_a_number(line: Contribution, type_of: TypeOf) -> bool:
    if line.index is None or line.repeats or line.clears or line.steady:
        return False
    given = as_num(type_of(line.expr))
    return given.is_python and given.kind == "f" and _is_place(line.index, type_of)


def _is_place(index: ast.expr, type_of: TypeOf) -> bool:
    """Whether an index is one integer."""
    type_ = as_num(type_of(index))
    return type_.dims == () and type_.kind == "i"


def _read_otherwise(part: ast.expr, type_of: TypeOf) -> set[str]:
    """The names that an expression reads as a whole, not one element of them."""
    single = Counter(
        node.value.id
        for node in nodes_in(part)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and _is_place(node.slice, type_of)
    )
    return {n for n, times in Counter(names_in(part)).items() if single[n] < times}
