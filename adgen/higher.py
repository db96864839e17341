"""Products with derivative matrices, and the matrices: `jvp`, `hvp`, `jacobian`, `hessian`.

Each is made of gradients: the compiler is run on what it has emitted.  A
derivative in one direction is the gradient, in the seed, of the inner product of
the pullback with that direction, since a pullback is linear in its seed.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from adgen.api import Gradient, grad
from adgen.backend.python import execute
from adgen.errors import UserError
from adgen.parts import held, part_at
from adgen.paths import leaf_of, path_of, value_of
from adgen.rules.lookup import Catalogue
from adgen.types import step
from adgen.values import is_named_tuple
from adgen.wrt import Wrt


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

    Raises `UserError` for code that is not accepted, for arguments without
    floating-point data, and for tangents of another form than the arguments.

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

    Raises `UserError` where `grad` does, for a direction of another form than the
    arguments, and for operations that are differentiated only once.

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
    of shape (2, 4) they are (2, 4, 3).  Of several arguments a tuple, and of a result
    that is a tuple or dict, such a one for each of its parts.

    Raises `UserError` for code that is not accepted and for arguments without
    floating-point data.

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
        leaves = [leaf for _, leaf in _leaves(out)]
        zeros = [np.zeros_like(leaf) if np.ndim(leaf) else 0.0 for leaf in leaves]

        def row(at: int, one: Any) -> Any:
            seeds = iter([*zeros[:at], one, *zeros[at + 1 :]])
            return gradient.backward(_filled(out, seeds), cache)

        found = []
        for at, leaf in enumerate(leaves):
            rows = [row(at, one) for one in _units(zeros[at])]
            if np.iscomplexobj(leaf):
                imaginary = [row(at, -1j * one) for one in _units(zeros[at])]
                rows = list(map(_of_complex, rows, imaginary))
            found.append(_stacked(rows, np.shape(leaf)))
        return _filled(out, iter(found))

    return functools.update_wrapper(derivative, function, updated=())


def hessian(
    function: Any = None, *, wrt: Wrt = None, catalogue: Catalogue | None = None
) -> Callable[..., Any]:
    """The second derivatives of a function with a scalar result.

    Of one argument of shape (3, 2) an array of shape (3, 2, 3, 2); of several, a
    tuple of tuples, and of a list or dict, such a list of lists or dict of dicts.

    Raises `UserError` where `grad` does, and for operations that are differentiated
    only once.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    if function is None:
        return functools.partial(hessian, wrt=wrt, catalogue=catalogue)
    gradient = Gradient(function, wrt, catalogue)

    def derivative(*args: Any, **kwargs: Any) -> Any:
        values = gradient.bound(*args, **kwargs)
        names, bare = gradient.differentiated(values)
        forms = tuple(_paths(_part(gradient, values, name), name) for name in names)
        wanted = forms[0] if bare else forms

        def against_all(one: str) -> Any:
            return _mapped(wanted, lambda other: rows(one, other)(*args, **kwargs))

        return _mapped(wanted, against_all)

    @functools.cache
    def rows(one: str, other: str) -> Callable[..., Any]:
        return jacobian(Gradient(function, one, catalogue), wrt=other, catalogue=catalogue)

    return functools.update_wrapper(derivative, function, updated=())


def _of_complex(real: Any, imaginary: Any) -> Any:
    """The derivative of a complex number, from those of its parts: in real numbers both count."""
    parts = iter([part for _, part in _leaves(imaginary)])

    def whole(part: Any) -> Any:
        other = next(parts)
        in_complex = np.iscomplexobj(part) or np.iscomplexobj(other)
        return part if in_complex else part + 1j * other

    return _mapped(real, whole)


def _stacked(rows: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Gradients one above the other, part by part, in the shape of the result."""
    if rows and isinstance(rows[0], dict):
        return {key: _stacked([row[key] for row in rows], shape) for key in rows[0]}
    if rows and isinstance(rows[0], tuple | list):
        columns = (_stacked(column, shape) for column in zip(*rows, strict=True))
        return _made(type(rows[0]), columns)
    if not shape or (rows and rows[0] is None):
        return rows[0]
    return np.reshape(np.array(rows), (*shape, *(np.shape(rows[0]) if rows else ())))


def _units(zero: Any) -> Iterator[Any]:
    """The adjoints that have a 1 at one place."""
    if not np.ndim(zero):
        yield 1.0
        return
    for place in np.ndindex(np.shape(zero)):
        one = zero.copy()
        one[place] = 1.0
        yield one


def _made(cls: type, parts: Iterable[Any]) -> Any:
    """A tuple, named tuple or list of these parts."""
    return cls(*parts) if is_named_tuple(cls) else cls(parts)


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same structure, with every number, array or other leaf changed."""
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return _made(type(value), [_mapped(item, change) for item in value])
    return None if value is None else change(value)


def _filled(value: Any, leaves: Iterator[Any]) -> Any:
    """The same structure, with these in the places of its leaves."""
    return _mapped(value, lambda _: next(leaves))


def _part(gradient: Gradient, values: Sequence[Any], path: str) -> Any:
    """The argument, or part of one, that a path names."""
    root, place = leaf_of(value_of(path))
    return part_at(values[gradient.parameters.index(path_of(root))], place)


def _paths(value: Any, path: str) -> Any:
    """The structure that a gradient has, with the way to each number or array in its place."""
    parts = held(value)
    if parts is None:
        return path if np.asarray(value).dtype.kind in "fc" else None
    if isinstance(value, tuple | list):
        return _made(type(value), [_paths(part, f"{path}[{at}]") for at, part in parts])
    each = {key: _paths(part, path + step(type(value), key)) for key, part in parts}
    return {key: form for key, form in each.items() if any(True for _ in _leaves(form))}


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
            if list(_shapes(_gradient_like(value))) != list(_shapes(direction)):
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


def _gradient_like(value: Any) -> Any:
    """A value in the form that its gradient has."""
    return _mapped(_paths(value, ""), lambda path: part_at(value, leaf_of(path)[1]))


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """The numbers and arrays of a gradient, and how each is reached."""
    if isinstance(value, tuple | list):
        for i, item in enumerate(value):
            yield from ((f"[{i}]{path}", leaf) for path, leaf in _leaves(item))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from ((f"[{key!r}]{path}", leaf) for path, leaf in _leaves(item))
    elif value is not None:
        yield "", value


def _shapes(value: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    return ((path, np.shape(leaf)) for path, leaf in _leaves(value))
