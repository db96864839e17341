"""Questions about what a value is (`isinstance`, `callable`), answered while compiling."""

from __future__ import annotations

import ast
import contextlib
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from adgen.rules.callers import core_rank, count_parameters
from adgen.rules.contexts import limits, tells_limits
from adgen.staging.calls import LocalFunction
from adgen.staging.terms import AN_EXCEPTION, NotStatic, Term, static_value
from adgen.types import BOOL, Known, Num, Ref, Seq, Type

if TYPE_CHECKING:
    from adgen.staging.stager import Stager

_PYTHON: dict[str, type] = {"f": float, "i": int, "b": bool, "c": complex}
_SEQUENCES: dict[str, type] = {"tuple": tuple, "list": list}


class NoAnswer(Exception):
    """What a value is depends on the run, or is not followed."""


def class_of(type_: Type) -> type:
    """The class of a value of this type."""
    match type_:
        case Num(form="py", kind=kind) if kind in _PYTHON:
            return _PYTHON[kind]
        case Num(form="np", dtype=dtype) if dtype:
            return np.dtype(dtype).type
        case Num(form="array"):
            return np.ndarray
        case Seq(cls=cls) if cls is not None:
            return cls
        case Seq(kind=kind) if kind in _SEQUENCES:
            return _SEQUENCES[kind]
        case Ref(cls=cls):
            return cls
        case Known(value=value):
            return type(value)
    raise NoAnswer


def _isinstance(value: Term, classes: Term) -> bool:
    return issubclass(class_of(value.type), static_value(classes))


def _hasattr(value: Term, attribute: Term) -> bool:
    if isinstance(value.type, Known):
        return hasattr(value.type.value, static_value(attribute))
    if isinstance(value.type, Ref) and value.type.cls is not dict:
        raise NoAnswer  # objects have attributes of their own
    return hasattr(class_of(value.type), static_value(attribute))


def _callable(value: Term) -> bool:
    if isinstance(value.type, Known):
        return callable(value.type.value)
    return "__call__" in dir(class_of(value.type))


def _type(value: Term) -> type:
    return class_of(value.type)


def _count_parameters(value: Term) -> int:
    function = static_value(value)
    if isinstance(function, LocalFunction):
        return len(function.definition.tree.args.args)
    return len(inspect.getfullargspec(function).args)


def _iscomplexobj(value: Term) -> bool:
    if value.num is None or not value.num.kind:
        raise NoAnswer
    return value.num.kind == "c"


QUESTIONS: dict[Any, Callable[..., Any]] = {
    isinstance: _isinstance,
    hasattr: _hasattr,
    callable: _callable,
    type: _type,
    np.iscomplexobj: _iscomplexobj,
    np.isrealobj: lambda value: not _iscomplexobj(value),
    count_parameters: _count_parameters,
    core_rank: lambda signature, place: core_rank(static_value(signature), static_value(place)),
}


# functions may be of a class that has no hash
_ASKED = frozenset(map(id, QUESTIONS))


def is_question(function: Any) -> bool:
    """Whether a call of this function asks what a value is."""
    return id(function) in _ASKED


def answer(stager: Stager, node: ast.Call, function: Any, args: Sequence[Term]) -> Term | None:
    """What such a call gives: it is the same in every run, but for the class of an exception.

    None where only a run can tell, and what is asked is an operation besides.
    """
    if function is isinstance and args[0].type == AN_EXCEPTION:
        return Term(stager.rewritten(node), BOOL)
    try:
        found = QUESTIONS[function](*args)
    except (NoAnswer, NotStatic, TypeError):
        if stager.catalogue.find(function) is not None:
            return None
        raise stager.refuse(
            node, f"what `{ast.unparse(node)}` gives is not known while compiling"
        ) from None
    if isinstance(found, bool):
        return Term(ast.Constant(found), BOOL)
    if isinstance(found, int):
        return stager.constant(ast.Constant(found), found)
    return Term(node, Known(found))


# what reaches around the text of the function, which is all that adgen reads
_FORBIDDEN: dict[Any, str] = {
    eval: "write the expression itself",
    exec: "write the statements themselves",
    compile: "write the statements themselves",
    locals: "use the names themselves, or a dict of your own",
    globals: "use the names themselves, or pass the values as arguments",
    vars: "use the names themselves, or a dict of your own",
    input: "pass the value as an argument",
    iter: "run over the array or list itself, or over positions",
    next: "run over the array or list itself, or over positions",
}


def refuse_forbidden(stager: Stager, node: ast.Call, function: Any) -> None:
    """Refuse what cannot be followed whatever it is given."""
    for forbidden, help in _FORBIDDEN.items():
        if function is forbidden:
            said = ast.unparse(node.func)
            raise stager.refuse(node, f"`{said}()` cannot be followed", help=help)


def of_constants(function: Any, args: Sequence[Term]) -> Any:
    """What `float("inf")`, `np.finfo(float)` and methods of strings give: the same in every run."""
    owner = getattr(function, "__self__", None)
    values = [t.type.value if isinstance(t.type, Known) else None for t in args]
    if function in (float, int) and len(values) == 1 and isinstance(values[0], str):
        with contextlib.suppress(ValueError):  # a run fails, where the call stands
            return function(values[0])
        return None
    if function is ord and len(values) == 1 and isinstance(values[0], str):
        return ord(values[0])
    if tells_limits(function) and len(values) == 1 and values[0] is not None:
        return limits(function, values[0])
    if isinstance(owner, str):
        try:
            found = function(*(static_value(t) for t in args))
        except NotStatic:
            return None
        return found if isinstance(found, str | bool | int) else None
    return None
