"""What users call: `grad` and its siblings."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import operator
import sys
import weakref
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
from adgen.dispatch import Dispatcher, Variant, key_of, key_part
from adgen.errors import UserError
from adgen.frontend.source import (
    MAKERS,
    Definition,
    derived,
    every_parameter,
    find,
    parameter_names,
    uncollected,
)
from adgen.frontend.standing import callable_of
from adgen.paths import leaf_of, path_of, value_of
from adgen.types import (
    Facts,
    NeedValue,
    Num,
    Opaque,
    Record,
    Seq,
    Type,
    integers_in,
    parameter_of,
)

if TYPE_CHECKING:
    # the compiler is imported when a gradient is first called
    from adgen.pipeline import Compilation
    from adgen.products import Product
    from adgen.rules.lookup import Catalogue
    from adgen.written import Written

Wrt = str | int | Sequence[str | int] | None


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
    """Like `grad`, for value and gradient together.

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
    would: a tuple, or a bare adjoint where `wrt` is one parameter.  Adjoints of
    complex results and arguments follow the convention of `grad`.

    >>> import numpy as np
    >>> out, pullback = vjp(np.sin.__call__ if False else (lambda x: np.sin(x)), np.zeros(2))
    >>> pullback(np.array([1.0, 2.0]))
    array([1., 2.])
    """
    gradient = Gradient(function, wrt, catalogue)
    out, cache = gradient.forward(*args, **kwargs)

    def pullback(dout: Any) -> Any:
        return gradient.backward(dout, cache)

    return out, pullback


# all gradients, and who is told what their calls give
_alive: weakref.WeakSet[Gradient] = weakref.WeakSet()
_observers: list[Callable[[Gradient, Sequence[Any], Any], None]] = []


@contextmanager
def observed(observer: Callable[[Gradient, Sequence[Any], Any], None]) -> Iterator[None]:
    """Within this, `observer(gradient, arguments, found)` follows each call of a gradient.

    Calls cost nothing more outside of it: the doors of all gradients are built anew.
    """
    _observers.append(observer)
    for gradient in list(_alive):
        gradient._close_doors()
    try:
        yield
    finally:
        _observers.remove(observer)
        for gradient in list(_alive):
            gradient._close_doors()


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
        self.wrt = _wrt_names(wrt, self.definition, self.parameters)
        self.bare = isinstance(wrt, str | int)
        self.static: set[str] = set()
        self.counting: set[str] = set()
        self._bound = inner.owner._bound if inner else _bound_object(function)
        self._dispatcher = Dispatcher(self.parameters, self._make, self.static)
        _alive.add(self)
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
        door = self._door("value_and_gradient")
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
            types = annotated.types_of(self.definition, self.primal)
            try:
                return self._compile(types, Facts(assumes_real=True))
            except NeedValue as need:
                raise UserError(
                    f"what the code is depends on the value of `{need.parameter}`",
                    help="give example arguments",
                ) from None
        values = self._bind(args, kwargs)
        while True:
            sizes: dict[Any, int] = {}
            try:
                return self._compile(self._dispatcher.types(values, sizes), Facts(sizes))
            except NeedValue as need:
                self._fix(need)

    def bound(self, *args: Any, **kwargs: Any) -> list[Any]:
        """The arguments in the order of the parameters, defaults filled in."""
        return self._bind(args, kwargs)

    def differentiated(self, values: Sequence[Any]) -> tuple[tuple[str, ...], bool]:
        """In what a call with these arguments is differentiated, and whether that is given bare."""
        names = self._differentiated(self._dispatcher.types(values, {}))
        return tuple(names), self.bare or (self.wrt is None and len(names) == 1)

    # -- compiling --------------------------------------------------------------

    def _prepare(self) -> None:
        """Forget what was compiled, and what the two front doors lead to."""
        self._dispatcher.variants.clear()
        self._close_doors()

    def _close_doors(self) -> None:
        for table in self._tables:
            table.clear()

    @functools.cached_property
    def _tables(self) -> list[dict[Any, Any]]:
        """What to run for arguments of which classes, for each front door."""
        return []

    @functools.cached_property
    def _gradient(self) -> Callable[..., Any]:
        return self._door("gradient")

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
        wrt = self._differentiated(types)
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

    def _differentiated(self, types: Mapping[str, Type]) -> list[str]:
        if self.wrt is not None:
            for parameter in self.wrt:
                if not holds_floats(self._type_at(types, parameter)):
                    raise UserError(
                        f"`{parameter}` is not floating-point data, so it has no gradient",
                        self.definition.source.span(self.definition.tree),
                        help=_advice(
                            [self._type_at(types, parameter)],
                            f"pass it as a float: `{parameter}=2.0`, or "
                            "an array with a float dtype",
                        ),
                    )
            return list(self.wrt)
        found = [p for p in self.parameters if holds_floats(types[p])]
        own = self.parameters[: len(self._bound)]
        found = [p for p in found if p not in own] or found
        if not found:
            raise UserError(
                f"no argument of `{self.definition.name}` is floating-point data, "
                "so there is nothing to differentiate",
                self.definition.source.span(self.definition.tree),
                help=_advice(
                    [types[p] for p in self.parameters],
                    "integers are not differentiated: pass 2.0 instead of 2",
                ),
            )
        return found

    def _type_at(self, types: Mapping[str, Type], path: str) -> Type:
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
                raise UserError(
                    f"there is no `{path}` in the arguments of `{self.definition.name}`"
                )
            found = found.items[list(names).index(key)]
        return found

    # -- the front doors ----------------------------------------------------------

    def _door(self, kind: str) -> Callable[..., Any]:
        """A function with the author's parameters that finds the code and calls it.

        It is written out, since looking up the types is most of what a small
        gradient costs.
        """
        names = ", ".join(self.parameters)
        classes = "".join(f"{p}.__class__, " for p in self.parameters)
        known, begin, run = (self._besides(name) for name in ("table", "first", "run"))
        text = (
            f"def {kind}({{}}):\n"
            f"    {run} = {known}.get(({classes}))\n"
            f"    if {run} is None:\n"
            f"        {run} = {begin}(({names}{',' if names else ''}))\n"
            f"    return {run}({names})\n"
        )
        table: dict[Any, Callable[..., Any]] = {}
        self._tables.append(table)

        def first(values: tuple[Any, ...]) -> Callable[..., Any]:
            return self._by_class(kind, table, values)

        door = self._with_parameters(text, {known: table, begin: first}, kind)
        return self._with_object(door) if self._bound else door

    def _besides(self, wanted: str) -> str:
        """A name that no parameter has."""
        while wanted in self.parameters:
            wanted += "_"
        return wanted

    def _with_object(self, door: Callable[..., Any]) -> Callable[..., Any]:
        """The door for the other arguments than the object of a method."""

        def call(*args: Any, **kwargs: Any) -> Any:
            return door(*self._bound, *args, **kwargs)

        return call

    def _observed(self, run: Callable[..., Any], kind: str) -> Callable[..., Any]:
        """The same code, of which those who look on hear what came out."""

        def call(*values: Any) -> Any:
            found = run(*values)
            for observer in _observers:
                observer(self, values, found if kind == "gradient" else found[1])
            return found

        return call

    def _with_parameters(self, text: str, namespace: dict[str, Any], kind: str) -> Any:
        """Give the text the author's parameter list, defaults included."""
        arguments: ast.arguments = copy.deepcopy(self.definition.tree.args)
        for arg in every_parameter(arguments):
            arg.annotation = None
        function = self.definition.function
        defaults, kwdefaults = function.__defaults__ or (), function.__kwdefaults__ or {}
        arguments.defaults = [ast.Name(f"_default{i}") for i in range(len(defaults))]
        namespace |= {f"_default{i}": value for i, value in enumerate(defaults)}
        for i, arg in enumerate(arguments.kwonlyargs):
            if arg.arg in kwdefaults:
                arguments.kw_defaults[i] = ast.Name(f"_kwdefault{i}")
                namespace[f"_kwdefault{i}"] = kwdefaults[arg.arg]
        exec(text.format(ast.unparse(arguments)), namespace)
        # a call with other arguments than the author's function takes is told by its name
        namespace[kind].__qualname__ = self.definition.name
        return namespace[kind]

    def _by_class(
        self, kind: str, table: dict[Any, Any], values: tuple[Any, ...]
    ) -> Callable[..., Any]:
        """What to run for arguments of these classes: the code itself, or a look at shapes."""
        product = self._watched(values)
        classes = tuple(type(v) for v in values)
        parts = [
            key_part(cls, f"a{i}", p in self.static or p in self.counting)
            for i, (p, cls) in enumerate(zip(self.parameters, classes, strict=True))
        ]
        if not any(parts) and not product.watched:
            run = product.call(kind)
        else:
            run = self._by_shape(kind, "".join(parts))
        if _observers:
            run = self._observed(run, kind)
        table[classes] = run
        return run

    def _by_shape(self, kind: str, key: str) -> Callable[..., Any]:
        # the author's names may be those of what finds the key
        names = ", ".join(f"a{i}" for i in range(len(self.parameters)))
        text = (
            f"def {kind}({names}):\n"
            f"    run = table.get(({key}))\n"
            f"    if run is None:\n"
            f"        run = missing(({key}), ({names},))\n"
            f"    return run({names})\n"
        )
        table: dict[Any, Callable[..., Any]] = {}

        def missing(key: Any, values: tuple[Any, ...]) -> Callable[..., Any]:
            told_by = len(self.counting) + len(self.static)
            product = self._watched(values)
            run = product.call(kind)
            if len(self.counting) + len(self.static) != told_by:
                self._close_doors()  # the keys so far leave out what now counts
            elif product.watched:
                table[key] = while_current(product, run, key)
            else:
                table[key] = run
            return run

        def while_current(product: Product, run: Callable[..., Any], key: Any) -> Any:
            def call(*values: Any) -> Any:
                return (run if product.is_current() else missing(key, values))(*values)

            return call

        namespace: dict[str, Any] = {"table": table, "missing": missing, "key_of": key_of}
        exec(text, namespace)
        door: Callable[..., Any] = namespace[kind]
        return door


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


def _parameters(definition: Definition) -> tuple[str, ...]:
    return tuple(parameter_names(definition))


def _is_within(position: int, parameters: Sequence[str]) -> bool:
    return -len(parameters) <= position < len(parameters)


def _wrt_names(
    wrt: Wrt, definition: Definition, parameters: Sequence[str]
) -> tuple[str, ...] | None:
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


def _normalised(path: str) -> str:
    """A path into an argument, such as `params["W1"]`, in one spelling."""
    try:
        return path_of(value_of(ast.unparse(ast.parse(path, mode="eval"))))
    except SyntaxError:
        raise UserError(f"`{path}` names no parameter") from None
