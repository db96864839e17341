"""The functions that one compilation gives: forward, backward, and both in one."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from adgen.backend.python import execute
from adgen.errors import UserError
from adgen.frontend.source import Scope, uncollected
from adgen.ir import parts_of, remembered
from adgen.pipeline import Compilation
from adgen.staging.terms import constant_type
from adgen.types import ListOf, Num, Type, step
from adgen.values import contents, is_named_tuple, is_record


class Product:
    """Compiled functions for one signature, each made when first asked for."""

    def __init__(self, compilation: Compilation, parameters: Sequence[str], packs: bool) -> None:
        """`packs` tells that a single gradient is returned as a tuple of one."""
        self.compilation = compilation
        self.parameters = parameters
        self.packs = packs
        self.watched = watched(compilation.staged.program.watched)

    def is_current(self) -> bool:
        """Whether helpers and constants of the author's module are still the same."""
        return all(scope.lookup(n)[1] is value for scope, n, value in self.watched)

    def call(self, kind: str) -> Callable[..., Any]:
        made: Callable[..., Any] = getattr(self, kind)
        return made

    @functools.cached_property
    def _pair(self) -> dict[str, Callable[..., Any]]:
        return self.compilation.functions

    @functools.cached_property
    def forward(self) -> Callable[..., Any]:
        return self._apart(self._pair[self.compilation.listing.forward_name])

    def run_forward(self, values: Sequence[Any]) -> tuple[Any, Any]:
        """The forward on arguments in the order of the parameters."""
        tree = self.compilation.definition.tree.args
        given = dict(zip(self.parameters, values, strict=True))
        positional = [given[arg.arg] for arg in (*tree.posonlyargs, *tree.args)]
        named = {arg.arg: given[arg.arg] for arg in tree.kwonlyargs}
        if tree.vararg is not None:
            positional += given[tree.vararg.arg]
        if tree.kwarg is not None:
            named |= given[tree.kwarg.arg]
        return self.forward(*positional, **named)  # type: ignore[no-any-return]

    @functools.cached_property
    def backward(self) -> Callable[..., Any]:
        """The backward, behind a check of the adjoint that it is given."""
        inner = self._pair[self.compilation.listing.backward_name]
        display = self.compilation.staged.program.result
        result, types = result_type(self.compilation), self.compilation.staged.types
        several = self.packs
        rank = result.ndim if isinstance(result, Num) else None
        kind = result.kind if isinstance(result, Num) else ""

        def backward(dout: Any, values: Any) -> Any:
            dout = as_its_result(dout, display, types)
            if rank is not None and np.ndim(dout) != rank:
                raise UserError(
                    f"the adjoint of the result has {np.ndim(dout)} axes, the result has {rank}"
                )
            if kind == "f" and np.iscomplexobj(dout):
                raise UserError("the adjoint of the result is complex, the result is real")
            if kind == "c" and np.isrealobj(dout):
                dout = dout + 0j
            elif kind == "f" and rank == 0:
                dout = float(dout)
            found = inner(dout, values)
            return (found,) if several else found

        return backward

    @functools.cached_property
    def gradient(self) -> Callable[..., Any]:
        check_scalar(self.compilation)
        return self._joint("gradient")

    @functools.cached_property
    def value_and_gradient(self) -> Callable[..., Any]:
        check_scalar(self.compilation)
        return self._joint("value_and_gradient")

    def _joint(self, kind: str) -> Callable[..., Any]:
        listing = self.compilation.listing
        with uncollected(), remembered():
            text, name = listing.call(kind, pack=self.packs)
        made: Callable[..., Any]
        made = execute(text, self.compilation.definition.name, listing.namespace)[name]
        return self._apart(made)

    def _apart(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Behind a check that no array or list that is written to is given twice.

        The function works on a copy, which a second argument would not see.
        """
        names = self.parameters
        written = self.compilation.staged.program.copied
        if not written:
            return function

        def apart(*values: Any, **named: Any) -> Any:
            every = zip(names, (*values, *named.values()), strict=False)
            memory = {path: held for p, value in every for path, held in memory_in(value, p)}
            # what is in a list that is written to may be written to
            changed = [p for p in memory if any(p == w or p.startswith(f"{w}[") for w in written)]
            for path in changed:
                for other, value in memory.items():
                    if other != path and is_shared(memory[path], value):
                        raise UserError(
                            f"`{path}` is written to, and shares memory with `{other}`",
                            help="give one of them as a copy",
                        )
            return function(*values, **named)

        return apart


def check_scalar(compilation: Compilation) -> None:
    """Refuse a result that is not one real number."""
    program = compilation.staged.program
    result = result_type(compilation)
    if result is None:
        message = f"the result of `{program.name}` is several values, and a gradient needs one"
        hint = "return one number, or use vjp, which takes an adjoint for each value"
    elif isinstance(result, Num) and result.dims in ((), None):
        if result.kind in ("f", ""):
            return
        if result.kind == "c":
            message = f"the result of `{program.name}` is complex"
            hint = "take its real part or its size for a gradient, or use vjp for its adjoint"
        else:
            message = f"the result of `{program.name}` is not floating-point"
            hint = "a gradient needs a float result"
    else:
        message = f"the result of `{program.name}` is an array, not a scalar"
        hint = "sum it up for a gradient, or use vjp for the adjoint of an array result"
    node = next(n for n in ast.walk(compilation.definition.tree) if isinstance(n, ast.Return))
    raise UserError(message, program.source.span(node), help=hint)


def result_type(compilation: Compilation) -> Type | None:
    """The type of the function's result; None if that is several values."""
    result = compilation.staged.program.result
    if isinstance(result, ast.Constant):
        return constant_type(result.value)
    return compilation.staged.types[result.id] if isinstance(result, ast.Name) else None


def as_its_result(dout: Any, display: ast.expr, types: Mapping[str, Type]) -> Any:
    """The adjoint of a result, which has to be put together as that is; that of a list of numbers
    is an array, and may be given as a list."""
    if isinstance(display, ast.Dict):
        wanted: Any = {ast.literal_eval(key) for key in display.keys if key}
        fits = isinstance(dout, Mapping) and set(dout) == wanted
        held = [dout[ast.literal_eval(key)] for key in display.keys if key] if fits else []
    elif isinstance(display, ast.Tuple | ast.List | ast.Call):
        wanted = len(parts_of(display))
        fits = isinstance(dout, tuple | list) and len(dout) == wanted
        held = list(dout) if fits else []
    else:
        listed = isinstance(display, ast.Name) and isinstance(types.get(display.id), ListOf)
        return as_floats(dout) if listed and isinstance(dout, tuple | list) else dout
    if not fits:
        kind = "dict with the keys" if isinstance(display, ast.Dict) else "tuple of"
        raise UserError(f"the adjoint of this result is a {kind} {wanted}")
    pairs = zip(held, parts_of(display), strict=True)
    made = [as_its_result(part, inner, types) for part, inner in pairs]
    if isinstance(display, ast.Dict):
        keys = [ast.literal_eval(key) for key in display.keys if key]
        return dict(zip(keys, made, strict=True))
    return type(dout)._make(made) if is_named_tuple(type(dout)) else type(dout)(made)


def as_floats(numbers: Sequence[Any]) -> np.ndarray:
    """An adjoint that is given as a list, as an array of floats."""
    array = np.asarray(numbers)
    return array.astype(float) if array.dtype.kind in "iub" else array


def is_shared(one: Any, other: Any) -> bool:
    """Whether what is written into an array or list may be seen in another."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.may_share_memory(one, other)
    return one is other


def memory_in(value: Any, path: str, inside: tuple[int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The arrays and lists that an argument is, or holds, and the way to each."""
    if id(value) in inside:
        return
    if isinstance(value, np.ndarray | list):
        yield path, value
    if is_named_tuple(type(value)):
        for field, held in zip(value._fields, value, strict=True):
            yield from memory_in(held, f"{path}.{field}", (*inside, id(value)))
    elif isinstance(value, tuple | list):
        for i, held in enumerate(value):
            yield from memory_in(held, f"{path}[{i}]", (*inside, id(value)))
    elif is_record(value):
        for key, held in contents(value):
            yield from memory_in(held, path + step(type(value), key), (*inside, id(value)))


def watched(names: Iterable[tuple[Scope, str, Any]]) -> list[tuple[Scope, str, Any]]:
    """The names of the author's modules whose meaning may change between calls."""
    found: dict[tuple[int, str], tuple[Scope, str, Any]] = {}
    for scope, name, value in names:
        if not isinstance(value, ModuleType):
            found[(id(scope.globals), name)] = (scope, name, value)
    return list(found.values())
