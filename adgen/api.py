"""What users call: `grad` and its siblings."""

from __future__ import annotations

import ast
import functools
import inspect
import operator
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from adgen import annotations as annotated
from adgen.backend.python import execute
from adgen.dispatch import Dispatcher, Variant
from adgen.doors import Doors
from adgen.errors import UserError
from adgen.frontend.source import (
    MAKERS,
    Definition,
    derived,
    find,
    parameter_names,
    uncollected,
)
from adgen.frontend.standing import callable_of
from adgen.types import Facts, NeedValue, Type, integers_in
from adgen.wrt import Wrt, differentiated, wrt_names

if TYPE_CHECKING:
    # the compiler is imported when a gradient is first called
    from adgen.pipeline import Compilation
    from adgen.products import Product
    from adgen.rules.lookup import Catalogue
    from adgen.written import Written


class Residuals(NamedTuple):
    """What a forward keeps for its backward: the values, and the code that reads them."""

    values: Any
    backward: Callable[[Any, Any], Any]


def grad(function: Any = None, *, wrt: Wrt = None, catalogue: Catalogue | None = None) -> Any:
    """The gradient of a function with a scalar result, as a function of the same arguments.

    `wrt` says in which parameters: a name, a position, or a tuple of either,
    which gives a tuple; the default is every parameter that holds floating-point
    data, and a bare gradient where that is only one.  Gradients have the
    structure, shape and dtype of the arguments; for a complex argument z = a + ib
    the gradient is dL/da - i dL/db, so that that of a holomorphic function is its
    derivative, and its conjugate points uphill.  Also a decorator, with or
    without arguments.

    Raises `UserError` for code that is not accepted, a result that is not a
    scalar, and arguments without floating-point data.

    >>> import numpy as np
    >>> def energy(x, k):
    ...     return 0.5 * k * np.sum(x**2)
    >>> grad(energy, wrt="x")(np.array([1.0, 2.0]), 3.0)
    array([3., 6.])
    """
    if function is None:
        return functools.partial(grad, wrt=wrt, catalogue=catalogue)
    return Gradient(function, wrt, catalogue)


def value_and_grad(
    function: Any = None, *, wrt: Wrt = None, catalogue: Catalogue | None = None
) -> Any:
    """Like `grad`, for value and gradient together: a function that returns both.

    Raises `UserError` where `grad` does.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """
    if function is None:
        return functools.partial(value_and_grad, wrt=wrt, catalogue=catalogue)
    return Gradient(function, wrt, catalogue).value_and_grad


# a function that is differentiated may call them
for _maker in (grad, value_and_grad):
    _maker.transforms = True  # type: ignore[attr-defined]


def vjp(
    function: Any, *args: Any, wrt: Wrt = None, catalogue: Catalogue | None = None, **kwargs: Any
) -> tuple[Any, Callable[[Any], Any]]:
    """The result, and a function from its adjoint to the arguments' adjoints.

    `pullback(dout)` takes an adjoint of the result's shape and gives what `grad`
    would: a tuple, or a bare adjoint where `wrt` is one parameter.  Of a result that
    is a tuple or dict it takes one of adjoints.  Adjoints of complex results and
    arguments follow the convention of `grad`.

    Raises `UserError` for code that is not accepted and for arguments without
    floating-point data; `pullback` does so for an adjoint of another rank or
    structure than the result has.

    >>> import numpy as np
    >>> out, pullback = vjp(lambda x: np.sin(x), np.zeros(2))
    >>> pullback(np.array([1.0, 2.0]))
    array([1., 2.])
    """
    gradient = Gradient(function, wrt, catalogue)
    out, cache = gradient.forward(*args, **kwargs)

    def pullback(dout: Any) -> Any:
        return gradient.backward(dout, cache)

    return out, pullback


class Gradient:
    """A function's gradient, compiled per signature on the first call.

    Call it for the gradient; `.forward`, `.backward`, `.value_and_grad`,
    `.primal`, `.source` and `.specialize` give the rest.  It may be differentiated
    itself, or called in a function that is.
    """

    derives: Any = "gradient"

    def __init__(self, function: Any, wrt: Wrt = None, catalogue: Catalogue | None = None) -> None:
        self.primal = function
        self.catalogue = catalogue
        inner = derived(function)
        function = callable_of(function)
        self.definition: Definition = find(function)
        self.parameters = _parameters(self.definition)
        self.wrt = wrt_names(wrt, self.definition, self.parameters)
        self.bare = isinstance(wrt, str | int)
        self.static: set[str] = set()
        self.counting: set[str] = set()
        self._bound = inner.owner._bound if inner else _bound_object(function)
        self._dispatcher = Dispatcher(self.parameters, self._make, self.static)
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._gradient(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<gradient of {self.definition.name}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        """As a function is copied and pickled: by its name, where the module has it under one."""
        known_as = getattr(self, "__qualname__", "")
        try:
            found = operator.attrgetter(known_as)(sys.modules[self.__module__])
        except (AttributeError, KeyError):
            found = None
        if found is self:
            return known_as
        wrt = self.wrt[0] if self.wrt and self.bare else self.wrt
        return type(self), (self.primal, wrt, self.catalogue)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """As a decorator on a method: bind the object."""
        if instance is None:
            return self
        return functools.partial(self, instance)

    # -- calls ------------------------------------------------------------------

    @functools.cached_property
    def value_and_grad(self) -> Callable[..., tuple[Any, Any]]:
        """The function's value, and its gradient: a function of the same arguments."""
        door = self._doors.door("value_and_gradient")
        # a function that is differentiated may call it
        door.__self__, door.derives = self, "value_and_gradient"  # type: ignore[attr-defined]
        door.__name__, door.__doc__ = "value_and_grad", "The function's value, and its gradient."
        return door

    def forward(self, *args: Any, **kwargs: Any) -> tuple[Any, Residuals]:
        """The function's value, and the cache that `backward` reads."""
        values = self._bind(args, kwargs)
        product = self._watched(values)
        out, cache = product.run_forward(values)
        return out, Residuals(cache, product.backward)

    def backward(self, dout: Any, cache: Residuals) -> Any:
        """The arguments' adjoints for the result's adjoint; the cache may be used again."""
        return cache.backward(dout, cache.values)

    def specialize(self, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        """The gradient compiled for the types of these arguments, with no dispatch in front.

        The function returned is correct for arguments of these types and of
        shapes that broadcast in the same way.
        """
        return self._watched(self._bind(args, kwargs)).gradient

    def source(
        self,
        *args: Any,
        joint: bool = False,
        comments: bool = True,
        preamble: bool = False,
        **kwargs: Any,
    ) -> str:
        """The listing for arguments of these types; without arguments, for the annotations.

        `joint` gives forward and backward in one function, `preamble` the imports,
        constants and helpers that make the text a file of its own.
        """
        from adgen.emission import emit, formatted

        compilation = self.compilation(*args, **kwargs)
        listing = emit(compilation.pair, comments=comments)
        parts = [listing.preamble] if preamble else []
        parts += listing.joint_parts if joint else listing.parts
        return formatted("\n\n\n".join(part for part in parts if part))

    def compilation(self, *args: Any, **kwargs: Any) -> Compilation:
        """What every stage gave, for arguments of these types or for the annotations."""
        if not (args or kwargs) and self.parameters:
            types = annotated.types_of(self.definition)
            try:
                return self._compile(types, Facts(assumes_real=True))
            except NeedValue as need:
                raise UserError(
                    f"what the code is depends on the value of `{need.parameter}`",
                    help="give example arguments",
                ) from None
        values = self._bind(args, kwargs)
        found, sizes = self._watched(values).compilation, dict[Any, int]()
        types = self._dispatcher.types(values, sizes)
        # more may be asked of it than its guards say
        same = found.staged.facts.sizes == sizes
        return found if same else self._compile(types, Facts(sizes))

    def bound(self, *args: Any, **kwargs: Any) -> list[Any]:
        """The arguments in the order of the parameters, defaults filled in."""
        return self._bind(args, kwargs)

    def differentiated(self, values: Sequence[Any]) -> tuple[tuple[str, ...], bool]:
        """In what a call with these arguments is differentiated, and whether that is given bare."""
        names = self._wrt_for(self._dispatcher.types(values, {}))
        return tuple(names), self.bare or (self.wrt is None and len(names) == 1)

    # -- compiling --------------------------------------------------------------

    def _prepare(self) -> None:
        """Forget what was compiled, and what the front doors lead to."""
        self._dispatcher.variants.clear()
        self._doors.close()

    @functools.cached_property
    def _doors(self) -> Doors:
        return Doors(
            self,
            self.definition,
            self.parameters,
            self._bound,
            self._watched,
            lambda: self.static | self.counting,
        )

    def _wrt_for(self, types: Mapping[str, Type]) -> list[str]:
        given = {parameter: types[parameter] for parameter in self.parameters}
        own = self.parameters[: len(self._bound)]
        return differentiated(self.wrt, given, self.definition, own)

    @functools.cached_property
    def _gradient(self) -> Callable[..., Any]:
        return self._doors.door("gradient")

    def _bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        """The arguments in order, defaults filled in."""
        bound = self._signature.bind(*self._bound, *args, **kwargs)
        bound.apply_defaults()
        return [bound.arguments[p] for p in self.parameters]

    def on_all(self, args: Sequence[Any]) -> tuple[Callable[..., Any], dict[str, Any]]:
        """The function of all parameters, the object of a method too, and their values."""
        function = self.definition.function if self._bound else self.primal
        values = dict(zip(self.parameters, self._bind(args, {}), strict=True))
        signature = inspect.signature(function)

        def called(*every: Any) -> Any:
            named = dict(zip(self.parameters, every, strict=True))
            bound = inspect.BoundArguments(signature, OrderedDict(named))
            return function(*bound.args, **bound.kwargs)

        return called, values

    @functools.cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.definition.function)

    def _watched(self, values: Sequence[Any]) -> Product:
        """The product for these arguments, made anew if the module has changed since."""
        product = self._found(values)
        if not product.is_current():
            self._prepare()
            product = self._found(values)
        return product

    def _found(self, values: Sequence[Any]) -> Product:
        """The product, compiled again for each argument whose value turns out to count."""
        while True:
            try:
                product: Product = self._dispatcher.find(values)
                return product
            except NeedValue as need:
                self._fix(need)

    def _fix(self, need: NeedValue) -> None:
        """From now on a parameter's value is part of the signature."""
        if need.parameter in self.static:
            raise need
        self.static.add(need.parameter)
        self._prepare()

    def _compile(self, types: Mapping[str, Type], facts: Facts) -> Compilation:
        return self.compiled(types, facts, self.catalogue)

    def compiled(
        self,
        types: Mapping[str, Type],
        facts: Facts,
        catalogue: Catalogue | None,
        definition: Definition | None = None,
        seed: float | None = None,
        again: bool = False,
    ) -> Compilation:
        """Through all stages, for arguments of these types; questions about sizes go to `facts`.

        `definition` stands for that of the function itself, where it had to be changed;
        `seed` is the adjoint of the result, if it is one number; `again` is for code that
        is compiled in turn.
        """
        with uncollected():  # a first call imports the whole compiler
            from adgen.pipeline import compile
        wrt = self._wrt_for(types)
        catalogue = self.catalogue or catalogue
        definition = definition or self.definition
        inner = derived(self.primal)
        if inner is None:
            with _underway(definition), _not_too_deep(definition):
                return compile(definition, types, wrt, facts, catalogue, (), seed, again)
        text = inner.owner.written(inner.kind, types, facts, catalogue, definition)
        return compile(text.definition, types, wrt, facts, catalogue, text.watched, seed, again)

    def written(
        self,
        kind: str,
        types: Mapping[str, Type],
        facts: Facts,
        catalogue: Catalogue | None,
        definition: Definition | None = None,
    ) -> Written:
        """The code of the gradient for arguments of these types, to be compiled again."""
        from adgen.products import check_scalar
        from adgen.written import written

        compilation = self.compiled(types, facts, catalogue, definition, seed=1.0, again=True)
        check_scalar(compilation)
        return written(compilation, kind, self.packs(compilation))

    def packs(self, compilation: Compilation) -> bool:
        """Whether a single gradient has to be made a tuple of one."""
        return len(compilation.pair.results) == 1 and self.wrt is not None and not self.bare

    def _make(self, types: Mapping[str, Type], sizes: dict[Any, int]) -> Variant:
        from adgen.products import Product

        compilation = self._compile(types, Facts(sizes))
        product = Product(compilation, self.parameters, self.packs(compilation))
        self.counting |= integers_in(compilation.staged.facts.guards)
        return Variant(types, compilation.staged.facts.guards, product)


class Callback(Gradient):
    """The pullback of a function that an operation calls, compiled for what it is called with.

    Call it with the function's arguments for the result, and a function from the
    result's adjoint to those of the arguments; that of an integer is None.
    """

    derives = None

    def __init__(self, definition: Definition, primal: Any, catalogue: Catalogue | None) -> None:
        self.primal = self.function = primal or carried_out(definition)
        self.catalogue = catalogue
        self.definition = definition
        self.parameters = _parameters(definition)
        self.wrt: tuple[str, ...] | None = None
        self.bare = False
        self.static: set[str] = set()
        self.counting: set[str] = set()
        self._bound = []
        self._dispatcher = Dispatcher(self.parameters, self._make, self.static)

    def __call__(self, *args: Any) -> tuple[Any, Callable[[Any], list[Any]]]:
        return pulled(self, args)

    def slope(self, *args: Any) -> tuple[Any, Callable[[Any], list[Any]]]:
        """The gradient in the first argument, and its pullback."""
        return pulled(self._slope, args)

    @functools.cached_property
    def squares(self) -> Callback:
        """Half of the sum of the squares of what the function gives, and its pullback."""
        given = ", ".join(self.parameters)
        text = (
            f"def squares({given}):\n"
            f"    return 0.5 * numpy.sum(numpy.asarray(residuals_of({given})) ** 2)\n"
        )
        names = {"numpy": np, "residuals_of": self.function}
        made = execute(text, "squares", names)["squares"]
        return Callback(replace(find(made), packs=True), made, self.catalogue)

    @functools.cached_property
    def _slope(self) -> Gradient:
        inner = Gradient(self.function, self.parameters[0], self.catalogue)
        return Gradient(inner, None, self.catalogue)

    def __repr__(self) -> str:
        """How it is had in a file of its own."""
        return f"adgen.api.pullback({self.definition.name})"

    def _bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        return list(args)


def carried_out(definition: Definition) -> Any:
    """The function that a definition says, in the module and closure that it stands in."""
    outer = definition.function
    inner = zip(outer.__code__.co_freevars, outer.__closure__ or (), strict=True)
    cells = {known_as: cell.cell_contents for known_as, cell in inner}
    names = {**outer.__globals__, **cells}
    names.pop("__name__", None)
    made = execute(ast.unparse(definition.tree), definition.name, names)[definition.name]
    if cells:
        return made
    live = FunctionType(made.__code__, outer.__globals__, made.__name__)
    live.__module__ = made.__module__
    return live


def pullback(function: Any) -> Callback:
    """What emitted code calls for a function that an operation takes: see `Callback`.

    >>> out, back = pullback(lambda x, k: k * x)(2.0, 3.0)
    >>> out, back(1.0)
    (6.0, [3.0, 2.0])
    """
    definition = replace(find(function), packs=True)
    return Callback(definition, function, None)


def pulled(gradient: Gradient, args: Sequence[Any]) -> tuple[Any, Callable[[Any], list[Any]]]:
    """A result, and the function from its adjoint to those of all arguments."""
    out, cache = gradient.forward(*args)
    names, bare = gradient.differentiated(args)

    def pullback(dout: Any) -> list[Any]:
        found = gradient.backward(dout, cache)
        each = dict(zip(names, [found] if bare else found, strict=True))
        return [each.get(parameter) for parameter in gradient.parameters]

    return out, pullback


MAKERS.append(Callback)


_compiling: ContextVar[tuple[Any, ...]] = ContextVar("compiling", default=())


@contextmanager
def _underway(definition: Definition) -> Iterator[None]:
    """Refuse a function that calls a gradient of its own."""
    source, tree = definition.source, definition.tree
    place = (source.file, source.first, tree.lineno, tree.col_offset)
    if place in _compiling.get():
        raise UserError(
            f"`{definition.name}` calls its own gradient, which is not supported",
            source.span(tree),
        )
    token = _compiling.set((*_compiling.get(), place))
    try:
        yield
    finally:
        _compiling.reset(token)


@contextmanager
def _not_too_deep(definition: Definition) -> Iterator[None]:
    """Refuse expressions inside each other that Python's own stack has no room for."""
    try:
        yield
    except RecursionError:
        raise UserError(
            f"`{definition.name}` has expressions or calls too deep inside each other",
            definition.source.span(definition.tree),
            help="write long sums in several statements, or raise sys.setrecursionlimit",
        ) from None


def _bound_object(function: Any) -> list[Any]:
    return [function.__self__] if inspect.ismethod(function) else []


def _parameters(definition: Definition) -> tuple[str, ...]:
    return tuple(parameter_names(definition))
