"""The functions by which a gradient is called: with the author's parameters, and code of their own.

They are written out, since looking up the types is most of what a small gradient costs.  The
first look is at the classes of the arguments; where arrays are among them, a second one is at
their shapes.
"""

from __future__ import annotations

import ast
import copy
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from adgen.dispatch import key_of, key_part
from adgen.frontend.source import Definition, every_parameter

if TYPE_CHECKING:
    # the compiler is imported when a gradient is first called
    from adgen.products import Product

Table = dict[Any, Callable[..., Any]]
Observer = Callable[[Any, Sequence[Any], Any], None]

# the doors of all gradients, and who is told what comes out of them
_alive: weakref.WeakSet[Doors] = weakref.WeakSet()
_observers: list[Observer] = []


@contextmanager
def observed(observer: Observer) -> Iterator[None]:
    """Within this, `observer(gradient, arguments, found)` follows each call of a gradient.

    Calls cost nothing more outside of it: the doors of all gradients are built anew.
    """
    _observers.append(observer)
    _close_all()
    try:
        yield
    finally:
        _observers.remove(observer)
        _close_all()


def _close_all() -> None:
    for doors in list(_alive):
        doors.close()


class Doors:
    def __init__(
        self,
        owner: Any,
        definition: Definition,
        parameters: Sequence[str],
        bound: Sequence[Any],
        find: Callable[[Sequence[Any]], Product],
        counting: Callable[[], set[str]],
    ) -> None:
        """`bound` are the arguments that are given already, `find` compiles for the values of all
        parameters, and `counting` gives those parameters whose values decide what the code is."""
        self.owner = owner
        self.definition = definition
        self.parameters = parameters
        self.bound = bound
        self.find = find
        self.counting = counting
        # what to run for arguments of which classes, for each door
        self.tables: list[Table] = []
        _alive.add(self)

    def close(self) -> None:
        """Forget what the doors lead to."""
        for table in self.tables:
            table.clear()

    def door(self, kind: str) -> Callable[..., Any]:
        """A function with the author's parameters that finds the code and calls it."""
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
        table: Table = {}
        self.tables.append(table)

        def first(values: tuple[Any, ...]) -> Callable[..., Any]:
            return self._by_class(kind, table, values)

        door = self._with_parameters(text, {known: table, begin: first}, kind)
        return self._with_object(door) if self.bound else door

    def _besides(self, wanted: str) -> str:
        """A name that no parameter has."""
        while wanted in self.parameters:
            wanted += "_"
        return wanted

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

    def _with_object(self, door: Callable[..., Any]) -> Callable[..., Any]:
        """The door for the other arguments than the object of a method."""

        def call(*args: Any, **kwargs: Any) -> Any:
            return door(*self.bound, *args, **kwargs)

        return call

    def _by_class(self, kind: str, table: Table, values: tuple[Any, ...]) -> Callable[..., Any]:
        """What to run for arguments of these classes: the code itself, or a look at shapes."""
        product = self.find(values)
        classes, counting = tuple(type(v) for v in values), self.counting()
        parts = [
            key_part(cls, f"a{i}", p in counting)
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
        table: Table = {}

        def missing(key: Any, values: tuple[Any, ...]) -> Callable[..., Any]:
            told_by = self.counting()
            product = self.find(values)
            run = product.call(kind)
            if self.counting() != told_by:
                self.close()  # the keys so far leave out what now counts
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

    def _observed(self, run: Callable[..., Any], kind: str) -> Callable[..., Any]:
        """The same code, of which those who look on hear what came out."""

        def call(*values: Any) -> Any:
            found = run(*values)
            for observer in _observers:
                observer(self.owner, values, found if kind == "gradient" else found[1])
            return found

        return call
