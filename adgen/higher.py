"""Products with derivative matrices, and the matrices: `jvp`, `hvp`, `jacobian`, `hessian`.

Each is made of gradients: the compiler is run on what it has emitted.  A
derivative in one direction is the gradient, in the seed, of the inner product of
the pullback with that direction, since a pullback is linear in its seed.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from adgen.api import Gradient, Wrt, grad
from adgen.backend.python import execute
from adgen.errors import UserError
from adgen.rules.lookup import Catalogue


def jvp(
    function: Any,
    args: Sequence[Any],
    tangents: Any,
    *,
    wrt: Wrt = None,
    catalogue: Catalogue | None = None,
) -> tuple[Any, Any]:
    """The result, and how fast it changes as the arguments move along `tangents`.

    `tangents` has the form that a gradient in `wrt` would have: a tuple, or bare
    where it is one parameter.

    >>> import numpy as np
    >>> jvp(lambda x: x**2, (np.array([1.0, 2.0]),), np.array([1.0, 10.0]))
    (array([1., 4.]), array([ 2., 40.]))
    """
    direction = _Direction(function, wrt, catalogue)
    values = direction.values(args)
    out = function(*args)
    moved = direction.along(values, tangents, np.zeros(np.shape(out)) if np.ndim(out) else 0.0)
    return out, moved


def hvp(
    function: Any = None, *, wrt: Wrt = None, catalogue: Catalogue | None = None
) -> Callable[..., Any]:
    """The Hessian of a function with a scalar result, times a direction.

    `hvp(f)(*args, v)` takes the direction behind the arguments, in the form of the
    gradient, and gives the product in the same form.

    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 10.0]))
    array([  6., 120.])
    """
    if function is None:
        return functools.partial(hvp, wrt=wrt, catalogue=catalogue)
    direction = _Direction(function, wrt, catalogue)

    def product(*args: Any) -> Any:
        *given, tangents = args
        return direction.curvature(direction.values(given), tangents)

    return functools.update_wrapper(product, function, updated=())


def jacobian(
    function: Any = None, *, wrt: Wrt = None, catalogue: Catalogue | None = None
) -> Callable[..., Any]:
    """The derivative of each element of the result by each element of an argument.

    The axes of the result come first: for an argument of shape (3,) and a result
    of shape (2, 4) they are (2, 4, 3).  Of several arguments a tuple.

    >>> import numpy as np
    >>> jacobian(lambda x: x[:2] * x[1:])(np.array([1.0, 2.0, 3.0]))
    array([[2., 1., 0.],
           [0., 3., 2.]])
    """
    if function is None:
        return functools.partial(jacobian, wrt=wrt, catalogue=catalogue)
    gradient = Gradient(function, wrt, catalogue)

    def derivative(*args: Any, **kwargs: Any) -> Any:
        out, cache = gradient.forward(*args, **kwargs)
        if np.ndim(out) == 0:
            return gradient.backward(1.0, cache)
        rows = []
        for place in np.ndindex(np.shape(out)):
            seed = np.zeros_like(out)
            seed[place] = 1.0
            rows.append(gradient.backward(seed, cache))
        if not rows or not isinstance(rows[0], tuple):
            return _stacked(rows, np.shape(out))
        return tuple(_stacked(column, np.shape(out)) for column in zip(*rows, strict=True))

    return functools.update_wrapper(derivative, function, updated=())


def hessian(
    function: Any = None, *, wrt: Wrt = None, catalogue: Catalogue | None = None
) -> Callable[..., Any]:
    """The second derivatives of a function with a scalar result.

    Of one argument of shape (3, 2) an array of shape (3, 2, 3, 2); of several, a
    tuple of tuples.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    if function is None:
        return functools.partial(hessian, wrt=wrt, catalogue=catalogue)
    gradient = Gradient(function, wrt, catalogue)

    def derivative(*args: Any, **kwargs: Any) -> Any:
        names, bare = gradient.differentiated(gradient.bound(*args, **kwargs))
        if bare:
            return rows(names[0], names[0])(*args, **kwargs)
        return tuple(tuple(rows(one, other)(*args, **kwargs) for other in names) for one in names)

    @functools.cache
    def rows(one: str, other: str) -> Callable[..., Any]:
        return jacobian(Gradient(function, one, catalogue), wrt=other, catalogue=catalogue)

    return functools.update_wrapper(derivative, function, updated=())


def _stacked(rows: Sequence[Any], shape: tuple[int, ...]) -> Any:
    return np.reshape(np.array(rows), (*shape, *(np.shape(rows[0]) if rows else ())))


PROGRAMS = """\
def {weighted}({parameters}, {seed}):
    return {np}.sum({f}({arguments}) * {seed})


def along({parameters}, {seed}, {v}):
    {d} = {grad}({weighted}, wrt={wrt})({parameters}, {seed})
    return {terms}


def slope({parameters}, {v}):
    {d} = {grad}({f}, wrt={wrt})({arguments})
    return {terms}
"""


class _Direction:
    """Inner products of a function's gradient with a direction, as functions."""

    def __init__(self, function: Any, wrt: Wrt, catalogue: Catalogue | None) -> None:
        self.gradient = Gradient(function, wrt, catalogue)
        self.catalogue = catalogue
        self.compiled: dict[Any, Gradient] = {}

    def values(self, args: Sequence[Any]) -> list[Any]:
        """The arguments, defaults filled in."""
        return self.gradient.bound(*args)

    def along(self, values: Sequence[Any], tangents: Any, seed: Any) -> Any:
        """The derivative in a direction; the seed gives the shape of the result."""
        names, directions = self._directions(values, tangents)
        made = self._gradient("along", self._name("seed"), names, directions)
        return made(*values, seed, directions)

    def curvature(self, values: Sequence[Any], tangents: Any) -> Any:
        """The derivative of the slope in a direction."""
        names, directions = self._directions(values, tangents)
        wrt = names[0] if self.gradient.differentiated(values)[1] else names
        return self._gradient("slope", wrt, names, directions)(*values, directions)

    def _directions(
        self, values: Sequence[Any], tangents: Any
    ) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """The parameters in question, and what each moves along."""
        names, bare = self.gradient.differentiated(values)
        directions = (tangents,) if bare else tuple(tangents)
        if len(directions) != len(names):
            raise UserError(
                f"{len(directions)} directions are given for {', '.join(names)}",
                help="give one for each parameter that is differentiated, in their order",
            )
        parameters = self.gradient.parameters
        for name, direction in zip(names, directions, strict=True):
            if name not in parameters:
                continue  # a part of an argument
            value = values[parameters.index(name)]
            if list(_shapes(value)) != list(_shapes(direction)):
                raise UserError(f"the direction for `{name}` has not the form of `{name}`")
        return names, directions

    def _gradient(
        self, kind: str, wrt: Wrt, names: tuple[str, ...], directions: tuple[Any, ...]
    ) -> Gradient:
        paths = [f"[{i}]{path}" for i, d in enumerate(directions) for path, _ in _leaves(d)]
        key = (kind, names, tuple(paths))
        if key not in self.compiled:
            function = self._functions(names, paths)[kind]
            self.compiled[key] = Gradient(function, wrt, self.catalogue)
        return self.compiled[key]

    def _functions(self, names: tuple[str, ...], paths: Sequence[str]) -> dict[str, Any]:
        parameters = self.gradient.parameters
        only = {arg.arg for arg in self.gradient.definition.tree.args.kwonlyargs}
        own = {n: self._name(n) for n in ("f", "d", "v", "seed", "weighted", "grad", "np")}
        terms = (f"{own['np']}.sum({own['d']}{path} * {own['v']}{path})" for path in paths)
        text = PROGRAMS.format(
            parameters=", ".join(parameters),
            arguments=", ".join(f"{p}={p}" if p in only else p for p in parameters),
            wrt=repr(names),
            terms=" + ".join(terms),
            **own,
        )
        known = {own["np"]: np, own["grad"]: grad, own["f"]: self.gradient.primal}
        return execute(text, self.gradient.definition.name, known)

    def _name(self, wanted: str) -> str:
        """A name that is none of the parameters'."""
        taken = self.gradient.parameters
        return next(n for n in (wanted + "_" * i for i in itertools.count()) if n not in taken)


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """The numbers and arrays of an argument, and how each is reached."""
    if isinstance(value, tuple | list):
        for i, item in enumerate(value):
            yield from ((f"[{i}]{path}", leaf) for path, leaf in _leaves(item))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from ((f"[{key!r}]{path}", leaf) for path, leaf in _leaves(item))
    else:
        yield "", value


def _shapes(value: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    return ((path, np.shape(leaf)) for path, leaf in _leaves(value))
