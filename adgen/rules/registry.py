"""How a rule is written.

A rule is a Python function that is never called: its body is the backward that a
person would write.  Its first parameter is the output (several outputs stand
before a slash), the others are the inputs, and `d` + name is an adjoint:

    @elementwise(np.tanh)
    def tanh(y, x):
        dx = (1 - y**2) * dy

`elementwise` and `linear` say what the compiler may do with it, `adjoint`
promises nothing, `constant` has no derivative at all.  An input marked `const`
has to be known while compiling (`axis`); one marked `free` is passed on as it
stands and never differentiated (an index, a shape).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import FunctionType
from typing import Any

import numpy as np

from adgen.ir import children, parse
from adgen.rules.rule import Reading, Rule, Shape
from adgen.types import Type


class const:
    """Marks an input that has to be known while compiling."""


class free:
    """Marks an input that is never differentiated and is passed on as it stands."""


class sparse:
    """Marks an input that may be a sparse matrix; it is never differentiated."""


class callback:
    """Marks a function of the author's, whose pullback the rule calls."""


class several:
    """Marks an input that is a list or tuple: its line is for each element in turn,
    which stands at `position`."""


class arrays:
    """Marks an input as `several`, whose elements are arrays: lists among them are made arrays."""


# what to write instead of an option that no rule takes
INSTEAD = {
    "out": "use the result",
    "dtype": "convert the operands or the result with `.astype`",
    "where": "choose with np.where",
    "axes": "move the axes with np.moveaxis",
    "like": "leave it out",
    "order": "leave it out",
}


# options of ufuncs that change neither values nor types
OF_UFUNCS = ("casting", "order", "subok")


def _decorator(kind: str) -> Callable[..., Callable[[FunctionType], Rule]]:
    def decorate(
        *functions: Any,
        shape: Shape | None = None,
        when: Callable[..., Any] | None = None,
        moves: bool = False,
        distinct: bool | Callable[..., bool] = False,
        cheap: bool = False,
        collects: str = "",
        views: bool = False,
        aliases: str = "",
        put: Any = "",
        gathers: str = "",
        silent: bool = False,
        bounds: str = "",
        ignores: Iterable[str] = (),
        also: Mapping[str, str] | None = None,
        instead: Mapping[str, str] | None = None,
        why: str = "",
        real: bool = False,
        writes: str = "",
        grows: str = "",
        in_order: bool = False,
        hands_out: bool = False,
        folds: bool = False,
        leading: Callable[..., list[Type]] | None = None,
        leads: int = 1,
        fields: Iterable[str] = (),
        reads: Callable[..., Reading | None] | None = None,
    ) -> Callable[[FunctionType], Rule]:
        """Register a rule's body for some functions.

        `shape` infers the result; `when` chooses among variants.  `moves`: the
        result holds the operand's elements, rearranged, perhaps as a view.  `views`:
        it holds some of them, or some repeatedly, as a view.
        `distinct`: an array of integers that name each position once, or when it is one.
        `cheap`: computed again
        rather than kept.  `collects`: the input that takes all positional
        arguments from its place on (`x.reshape(2, 3)`).  `aliases`: whether the
        result shares memory with the operand: "view", "maybe", "copy", "index" where the
        index tells, "real" where it does if it is real, "layout" where the operand's
        elements have to lie in order for a view, or "dtype" where the dtype has to be the
        same.  `put`: the operation that puts a changed view back.
        `gathers`: the input that is the tuple of all positional arguments from its place on
        (`math.hypot(x, y, z)`). `ignores`: options that change neither values nor types.
        `also`: other names of inputs. `instead`: what to write in the place of an option
        that the rule does not take.
        `why`: the reason for which an input that is `free` has no derivative here.
        `real`: the result is real, whatever goes in (`abs`).
        `writes`: the input that the operation writes into; the output is what that becomes.
        `grows`: the input that the first one, a list, has behind its elements then.
        `folds`: of many operands, or of a list of them, it is what it is of the first ones
        and the others (`max`).
        `silent`: a call is written as its operand alone.  `bounds`: the result is the
        "larger" or "smaller" of two operands; it is so against one where the other is.
        `leading`: the types of the arguments, as many as `leads`, with which a function
        that is given is called before its own.  `fields`: the attributes of the result
        that are the outputs.
        `in_order`: a new array, whose elements lie in memory as C has them.  `hands_out`: no
        array, but what gives copies of elements (`x.flat`).  `reads`: of the values of the
        positional arguments, as far as they are known, what the call is the same as.
        """
        if any(isinstance(f, np.ufunc) for f in functions):
            ignores = (*OF_UFUNCS, *ignores)
        return lambda body: Rule(
            functions, kind, body, shape, when, moves, distinct, cheap, collects, why, views,
            aliases or ("view" if moves or views else "copy"), put,
            gathers, tuple(ignores), also or {}, instead or {}, real, writes=writes, grows=grows,
            in_order=in_order, hands_out=hands_out, folds=folds, silent=silent,
            bounds=bounds,
            leading=leading, leads=leads, fields=tuple(fields), reads=reads,
        )  # fmt: skip

    return decorate


elementwise = _decorator("elementwise")


linear = _decorator("linear")


adjoint = _decorator("adjoint")


constant = _decorator("constant")


def remembers(
    *functions: Any, apart: Callable[[Any], tuple[Any, ...]]
) -> Callable[[FunctionType], Rule]:
    """A function whose result remembers the arguments for methods of the function itself:
    `stats.norm(mu, s).logpdf(x)` is `stats.norm.logpdf(x, mu, s)`.

    `apart` takes a result apart, into the function, arguments and keywords; the class of
    such results is among the functions, too.
    """
    return lambda body: Rule(functions, "remembers", body, None, None, apart=apart)


def written_out(
    *functions: Any, apart: Callable[[Any], tuple[Any, ...] | None] | None = None, why: str = ""
) -> Callable[[FunctionType], Rule]:
    """A function that is followed in the place of a library's, as if the author had written it:
    it is a program, not a template.

    Of a class, `apart` gives the arguments that an object was made with, or None.  `why` says
    what to write where the library's function takes more arguments.
    """
    return lambda body: Rule(functions, "written out", body, None, None, reason=why, apart=apart)


def unsupported(
    *functions: Any,
    why: str,
    shape: Shape | None = None,
    when: Callable[..., Any] | None = None,
    makes_sparse: bool = False,
) -> Callable[[FunctionType], Rule]:
    """A function that has a derivative which the catalogue does not have, always or `when`.

    With a `shape` it is known what it gives of what is not differentiated, and it may stand in
    bodies of other rules.
    `makes_sparse`: it gives a sparse matrix, as the shape says whatever goes in.
    """
    return lambda body: Rule(
        functions, "unsupported", body, shape, when, reason=why, makes_sparse=makes_sparse
    )


def in_numpy(*names: str) -> list[Any]:
    """Those functions of NumPy that there are in the version at hand: `linalg.vecdot`."""
    found = []
    for dotted in names:
        place: Any = np
        for part in dotted.split("."):
            place = getattr(place, part, None)
        found += [] if place is None else [place]
    return found


@dataclass(frozen=True)
class Pattern:
    """A way of writing an operation out by hand that is recognised as one gate.

    `tree` is the expression, its lower-case free names the operands; `through`
    says whether the author's own names for parts of it may stand in between.
    `fixed` are the operands that it is for alone.
    """

    function: str
    tree: ast.expr
    through: bool = False
    fixed: Mapping[str, ast.expr] = field(default_factory=dict)

    @cached_property
    def operands(self) -> tuple[ast.expr, ...]:
        """The operands of its last operation that are results of others."""
        parts = (
            part for part in children(self.tree) if part is not getattr(self.tree, "func", None)
        )
        values = (part.value if isinstance(part, ast.keyword) else part for part in parts)
        return tuple(v for v in values if not isinstance(v, ast.Name | ast.Constant))

    @cached_property
    def called(self) -> frozenset[str]:
        """What rules call the functions among these."""
        return frozenset(v.func.id for v in self.operands
                         if isinstance(v, ast.Call) and isinstance(v.func, ast.Name))  # fmt: skip


def pattern(function: str, text: str, through: bool = False, **fixed: Any) -> Pattern:
    """`text` is the operation that the rules call `function`; its names are their inputs."""
    given = {key: parse(repr(value)) for key, value in fixed.items()}
    return Pattern(function, parse(text), through, given)
