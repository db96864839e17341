"""What `wrt` says: the parameters, and the parts of them, in which is differentiated."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from adgen.errors import UserError
from adgen.frontend.source import Definition
from adgen.paths import leaf_of, path_of, value_of
from adgen.types import Num, Opaque, Record, Seq, Type, parameter_of

Wrt = str | int | Sequence[str | int] | None


def wrt_names(
    wrt: Wrt, definition: Definition, parameters: Sequence[str]
) -> tuple[str, ...] | None:
    """Paths for what was asked for, by name or by position; None leaves it to the arguments."""
    if wrt is None:
        return None
    chosen = [wrt] if isinstance(wrt, str | int) else wrt
    if not isinstance(chosen, Sequence) or not chosen:
        raise UserError(
            f"`wrt` is {wrt!r}, which names no parameter",
            help="give a name, a position, or a tuple of either",
        )
    names = []
    for item in chosen:
        at = parameters[item] if isinstance(item, int) and _is_within(item, parameters) else item
        path = _normalised(at) if isinstance(at, str) else ""
        if parameter_of(path) not in parameters:
            said = f"at position {item}" if isinstance(item, int) else f"`{item}`"
            raise UserError(
                f"`{definition.name}` has no parameter {said}, which `wrt` asks for",
                definition.source.span(definition.tree),
                help=f"its parameters are: {', '.join(parameters)}",
            )
        names.append(path)
    return tuple(names)


def _is_within(position: int, parameters: Sequence[str]) -> bool:
    return -len(parameters) <= position < len(parameters)


def _normalised(path: str) -> str:
    """A path into an argument, such as `params["W1"]`, in one spelling."""
    try:
        return path_of(value_of(ast.unparse(ast.parse(path, mode="eval"))))
    except SyntaxError:
        raise UserError(f"`{path}` names no parameter") from None


def differentiated(
    wrt: Sequence[str] | None,
    types: Mapping[str, Type],
    definition: Definition,
    own: Sequence[str],
) -> list[str]:
    """In what arguments of these types are differentiated.

    Without `wrt` these are all that hold floats; the object of a method (`own`) is among them
    only if nothing else does.
    """
    if wrt is not None:
        for path in wrt:
            type_ = _type_at(types, path, definition)
            if not holds_floats(type_):
                raise UserError(
                    f"`{path}` is not floating-point data, so it has no gradient",
                    definition.source.span(definition.tree),
                    help=_advice(
                        [type_],
                        f"pass it as a float: `{path}=2.0`, or an array with a float dtype",
                    ),
                )
        return list(wrt)
    found = [p for p, type_ in types.items() if holds_floats(type_)]
    found = [p for p in found if p not in own] or found
    if not found:
        raise UserError(
            f"no argument of `{definition.name}` is floating-point data, "
            "so there is nothing to differentiate",
            definition.source.span(definition.tree),
            help=_advice(
                list(types.values()), "integers are not differentiated: pass 2.0 instead of 2"
            ),
        )
    return found


def _type_at(types: Mapping[str, Type], path: str, definition: Definition) -> Type:
    """The type of what a path names: a parameter, or what it holds."""
    root, keys = leaf_of(path)
    found = types[root]
    for key in keys:
        names: Sequence[Any] = ()
        if isinstance(found, Record):
            names = found.keys
        elif isinstance(found, Seq):
            names = found.cls._fields if found.cls else range(len(found.items))  # type: ignore
        if key not in names or not isinstance(found, Seq | Record):
            raise UserError(f"there is no `{path}` in the arguments of `{definition.name}`")
        found = found.items[list(names).index(key)]
    return found


def holds_floats(type_: Type) -> bool:
    """Whether an argument holds floating-point data."""
    if isinstance(type_, Seq | Record):
        return any(holds_floats(item) for item in type_.items)
    return isinstance(type_, Num) and type_.differentiable


def _advice(types: Sequence[Type], otherwise: str) -> str:
    """What to pass in the place of arguments that hold no floating-point data."""
    notes = [type_.note for type_ in types if isinstance(type_, Opaque)]
    if not notes:
        return otherwise
    from adgen.staging.wording import a

    return (
        f"what is in {a(notes[0])} is not followed: pass a float, an array with a float "
        "dtype, or a tuple, list or dict of them"
    )
