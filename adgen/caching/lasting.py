"""Elements of arrays that are written to, read from the array as it is in the end.

In: a staged program.  Out: for values that are elements of such an array, the element
to read on the way back, where it is certain that nothing writes there later: `x[t]` of
`x[t + 1] = g(x[t])`, `A[i, k]` of `A[i, j] -= A[i, k] * A[j, k]`.  Nothing is kept for them
but the array itself.
"""

from __future__ import annotations

import ast

from adgen.analysis.accesses import Accesses
from adgen.ir import Gate, Staged, homes, name, perhaps_unbound
from adgen.types import Num


def finals(staged: Staged) -> dict[str, str]:
    """For each array that is written to, the value that it has when the function ends."""
    program = staged.program
    regions, unbound = homes(program.body), perhaps_unbound(program.body)
    found = {}
    for value, array in program.memory.items():
        outside = not regions.get(value) and value not in program.views
        if outside and value not in program.overwritten and value not in unbound:
            found[array] = value
    return found


def lasting(staged: Staged, accesses: Accesses) -> dict[str, ast.expr]:
    """What the array has in the end for values that are read from it or written into it."""
    ends = finals(staged)
    found: dict[str, ast.expr] = {}
    for gate, _, _ in accesses.gates.values():
        if gate.virtual or gate.op is None:
            continue
        read = accesses.read(gate)
        if read is not None:
            array, access = read
            if array in ends and not accesses.may_be_hit(array, access):
                element = _element(gate.expr, ends[array], accesses)
                if element is not None:
                    found[gate.targets[0]] = element
            continue
        written = _written(gate, accesses)
        array = staged.program.memory.get(gate.targets[0], "")
        if written is not None and array in ends:
            if not accesses.may_be_hit(array, accesses.write(gate)):
                element = _element(gate.place, ends[array], accesses)
                if element is not None:
                    found.setdefault(written, element)
    return found


def _element(place: ast.expr | None, end: str, accesses: Accesses) -> ast.expr | None:
    """The same elements of the array as it is in the end."""
    match place:
        case ast.Subscript(value=ast.Name(id=whole), slice=index):
            if whole not in accesses.program.views:
                return ast.Subscript(name(end), index, ast.Load())
    return None


def _written(gate: Gate, accesses: Accesses) -> str | None:
    """The value that a gate puts into an array as it is: of the same shape and dtype."""
    place = gate.place
    if gate.effect or not isinstance(place, ast.Subscript) or not isinstance(gate.expr, ast.Name):
        return None
    there, value = accesses.type_of(place), accesses.type_of(gate.expr)
    if not isinstance(there, Num) or not isinstance(value, Num) or there.dims is None:
        return None
    same = there.dims == value.dims and there.dtype == value.dtype != ""
    return gate.expr.id if same else None


__all__ = ["finals", "lasting"]
