"""Objects that remember arguments for their methods.

`stats.norm(mu, s).logpdf(x)` is `stats.norm.logpdf(x, mu, s)`: what the catalogue
knows of the one it knows of the other.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adgen.ir import name
from adgen.rules.operations import home_of
from adgen.staging.calls import constant
from adgen.staging.terms import Term, call_of
from adgen.types import Known

if TYPE_CHECKING:
    from adgen.staging.stager import Stager


@dataclass(frozen=True, eq=False)
class Remembered:
    """The function whose methods are meant, how it is written, and what is remembered."""

    owner: Any
    expr: ast.expr
    args: tuple[Term, ...]
    keywords: Mapping[str, Term]

    def __call__(self) -> None:
        """Never called; what can be called is followed while compiling."""
        raise TypeError("it is followed while compiling, not called")

    @property
    def terms(self) -> list[Term]:
        return [*self.args, *self.keywords.values()]


@dataclass(frozen=True, eq=False)
class Method:
    """A method of such an object."""

    of: Remembered
    attr: str

    def __call__(self) -> None:
        """Never called; what can be called is followed while compiling."""
        raise TypeError("it is followed while compiling, not called")

    @property
    def function(self) -> Any:
        return getattr(self.of.owner, self.attr, None)


def remembered(
    owner: Any, expr: ast.expr, args: Sequence[Term], keywords: Mapping[str, Term]
) -> Term:
    """The object that a call such as `stats.norm(mu, s)` gives."""
    made = Remembered(owner, expr, tuple(args), keywords)
    call = call_of(expr, args, keywords, None)
    return Term(call, Known(made), any(term.varied for term in made.terms))


def member(base: Any, attr: str) -> Any:
    """An attribute of an object that is known while compiling; None if it has none."""
    return Method(base, attr) if isinstance(base, Remembered) else getattr(base, attr, None)


def is_varied(value: Any) -> bool:
    """Whether an object holds something that is differentiated."""
    if isinstance(value, Method):
        value = value.of
    return isinstance(value, Remembered) and any(term.varied for term in value.terms)


def taken_apart(stager: Stager, function: Any) -> Any:
    """A method of an object of the author's module that remembers arguments, as a `Method`."""
    made = getattr(function, "__self__", None)
    op = stager.catalogue.find(type(made)) if made is not None else None
    if op is None or op.general.apart is None:
        return function
    taken = op.general.apart(made)
    if taken is None:
        return function
    owner, args, keywords = taken
    module, known_as = home_of(owner)
    expr = ast.Attribute(name(f"@{module}"), known_as, ast.Load())
    terms = [constant(stager, f"{known_as}_{i}", value) for i, value in enumerate(args)]
    named = {key: constant(stager, f"{known_as}_{key}", v) for key, v in keywords.items()}
    return Method(Remembered(owner, expr, tuple(terms), named), function.__name__)
