"""Calls of the author's own functions: staged in place, in a frame of their own.

A helper's statements become part of the program, with the helper's own names for
its values.  So a helper may do whatever a function may: write into arrays that it
is given, return several values, take functions, or read names of the function
that it is defined in.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from adgen.errors import SourceText, UserError
from adgen.frontend.control import declared, statements, ways_out
from adgen.frontend.control import leaves as leaves_block
from adgen.frontend.generators import collecting, is_generator, not_collected
from adgen.frontend.source import Definition, Scope, derived, find, written_out
from adgen.ir import name
from adgen.staging.cells import CELL
from adgen.staging.joins import is_either
from adgen.staging.terms import NoResultYet, Recursive, Term, leaves
from adgen.types import (
    Known,
    Num,
    Opaque,
    Record,
    Ref,
    Seq,
    Type,
)
from adgen.values import contents, is_object

if TYPE_CHECKING:
    from adgen.staging.continued import Pending
    from adgen.staging.stager import Stager

DEEPEST = 40
# how many calls of a function that calls itself are staged inside of each other
UNROLLED = 8
# how many calls in all, of functions whose integers tell where that ends
MOST_UNROLLED = 300
OUTER = "^"
# what all functions see alike: the contents of arrays, and of dicts and objects
SHARED = ("@", CELL)


@dataclass(frozen=True, eq=False)
class LocalFunction:
    """A function defined inside of the one that is staged: its tree, and where it stands."""

    definition: Definition
    # the calls whose names it can read, the innermost last
    calls: tuple[int, ...]
    scope: Scope
    # what parameters are if a call does not give them, evaluated where the function is made
    defaults: tuple[tuple[str, Term], ...] = ()
    __name__: str = "function"

    def __call__(self) -> None:
        """Never called: a local function is staged in place."""
        raise TypeError("a local function is staged, not called")


def is_authors(function: Any) -> bool:
    """Whether a callable is a function of the author's, with source to read."""
    if isinstance(function, LocalFunction) or derived(function):
        return True
    function = getattr(function, "py_func", function)
    if not isinstance(function, FunctionType):
        return False
    module = function.__module__ or ""
    if is_runtime(function) or is_written_out(function):
        return True
    if function.__code__.co_filename.startswith("<"):
        return True  # emitted, or typed into a notebook, a prompt or a docstring
    return not module.startswith(("numpy", "scipy", "adgen."))


def is_from_library(function: Any) -> bool:
    """Whether a function is Python's own, so that its text says nothing to the author."""
    root = (getattr(function, "__module__", None) or "").split(".")[0]
    return root in sys.stdlib_module_names and root != "__main__"


def is_method(function: Any) -> bool:
    """Whether a bound method is of a class of the author's."""
    return derived(function) is None and is_authors(function.__func__)


def is_callable_object(value: Any) -> bool:
    """Whether this is an object of a class of the author's that says what calling it does."""
    if isinstance(value, type | FunctionType | MethodType):
        return False
    call = inspect.getattr_static(type(value), "__call__", None)
    return isinstance(call, FunctionType) and is_authors(call) and derived(value) is None


def is_runtime(function: Any) -> bool:
    """Whether this is one of the helpers that emitted code may call."""
    return (getattr(function, "__module__", None) or "").startswith("adgen.runtime")


def is_written_out(function: Any) -> bool:
    """Whether the catalogue has written this in the place of a library's function."""
    return (getattr(function, "__module__", None) or "").startswith("adgen.rules")


def local_function(stager: Stager, node: ast.FunctionDef | ast.Lambda) -> Term:
    """A `def` or `lambda` inside of a function, as a value."""
    tree = written_out(node, "function") if isinstance(node, ast.Lambda) else node
    outer = stager.definition
    definition = Definition(outer.function, tree, outer.source)
    calls = (*stager.calls.visible, stager.calls.current)
    given = tuple((key, stager.expr(value)) for key, value in default_values(tree.args))
    made = LocalFunction(definition, calls, stager.scope, given, tree.name)
    return Term(name(tree.name), Known(made))


def default_values(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """The parameters that have a default, and its expression."""
    positional = [*arguments.posonlyargs, *arguments.args]
    first = len(positional) - len(arguments.defaults)
    for arg, value in zip(positional[first:], arguments.defaults, strict=True):
        yield arg.arg, value
    for arg, given in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if given is not None:
            yield arg.arg, given


def is_function(term: Term) -> bool:
    """Whether a value is a function, or a tuple or list that has functions in it.

    Functions are followed while compiling, so nothing is ever bound to them.
    """
    if isinstance(term.type, Known):
        return callable(term.type.value)
    if is_either(term):
        return True
    return term.items is not None and any(is_function(item) for item in term.items)


@dataclass
class Calls:
    """The calls that are being staged, and what names meant at the end of those that were."""

    count: int = 0
    current: int = 0
    # the calls whose names the current function can read, the innermost last
    visible: tuple[int, ...] = ()
    ended: dict[int, dict[str, Term]] = field(default_factory=dict)
    definitions: dict[int, Definition] = field(default_factory=dict)

    def begin(self, function: Any) -> None:
        self.count += 1
        self.current = self.count
        self.visible = function.calls if isinstance(function, LocalFunction) else ()

    def made_since(self, term: Term, count: int) -> bool:
        """Whether a function can read names of a call that began, and ended, since then."""
        if term.items is not None:
            return any(self.made_since(item, count) for item in term.items)
        function = term.type.value if isinstance(term.type, Known) else None
        return any(c > count and c in self.ended for c in closed_over(function))


def closed_over(function: Any) -> tuple[int, ...]:
    """The calls whose names a function can read."""
    return function.calls if isinstance(function, LocalFunction) else ()


@dataclass
class Frame:
    """What staging goes back to after a call."""

    definition: Definition
    scope: Any
    locals: frozenset[str]
    env: dict[str, Term]
    left: str | None
    inside: tuple[Any, ...]
    depth: int
    hint: str
    function: Any
    into: str | None
    call: int
    visible: tuple[int, ...]
    # the dicts and objects that the function was given
    objects: tuple[str, ...] = ()
    # what its paths go on with, if each does so by itself
    pending: Pending | None = None


@dataclass
class Whereabouts:
    """What staging knows inside of a call."""

    definition: Definition
    scope: Any
    locals: frozenset[str]
    inside: tuple[Any, ...]
    depth: int
    hint: str
    call: int
    visible: tuple[int, ...]
    given: tuple[Any, dict[str, Any]]

    @staticmethod
    def of(stager: Stager) -> Whereabouts:
        return Whereabouts(
            stager.definition, stager.scope, stager.locals, stager.flow.inside, stager.flow.depth,
            stager.hint, stager.calls.current, stager.calls.visible, stager.structures_given[-1],
        )  # fmt: skip

    def restore(self, stager: Stager, frame: Frame) -> None:
        """Go back into the call, for its other paths."""
        stager.frames.append(frame)
        stager.structures_given.append(self.given)
        stager.definition, stager.scope, stager.locals = self.definition, self.scope, self.locals
        stager.flow.inside, stager.flow.depth, stager.hint = self.inside, self.depth, self.hint
        stager.calls.current, stager.calls.visible = self.call, self.visible


def inline(
    stager: Stager,
    node: ast.AST,
    function: Any,
    args: Sequence[Term],
    keywords: Mapping[str, Term],
    into: str | None,
) -> Term:
    """The result of a call, whose statements are staged here."""
    definition = find(function)
    if is_generator(definition.tree):
        from adgen.staging.unending import called

        endless = called(stager, node, function, definition, args, keywords)
        if endless is not None:
            return endless
        definition = collected(definition)
    env = bound_arguments(stager, node, function, definition, args, keywords)
    if stager.outlines.has(function) and not unrolls(stager, function, env):
        return stager.pairs.call(node, function, definition, env, into)
    check_depth(stager, node, function, definition, env)
    if derived(function):
        definition = gradient_of(stager, function, definition, env, node)
    if is_runtime(function) or is_written_out(function):
        definition = replace(definition, source=standing_for(stager, definition, node))
    depth = len(stager.frames)
    pending = stager.continued.take(node, is_form=False)
    try:
        enter(stager, function, definition, env, into)
        stager.frames[-1].pending = pending
        rebound_parameters(stager, env)
        stager.flow.block(with_last_return(stager.definition.tree.body))
        if pending is not None:
            return stager.continued.ended()
        if "return " not in stager.env and stager.flow.left and stager.outlines.waits():
            raise NoResultYet
        result = stager.env.get("return ", Term(ast.Constant(None), Known(None)))
        if "return " in stager.env and stager.flow.left != "return":
            raise stager.refuse(
                definition.tree, f"`{definition.name}` can end without returning a value"
            )
    finally:
        if len(stager.frames) > depth:
            leave(stager)
    for part in (result, *leaves(result)):
        stager.parted.note(part, stager.lists.site(node))
    return result


def with_last_return(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """A function that returns something on some paths gives None where it comes to its end."""
    if "return" not in ways_out(body) or leaves_block(body) == "always":
        return body
    return [*body, ast.copy_location(ast.Return(ast.Constant(None)), body[-1])]


def collected(definition: Definition) -> Definition:
    """A generator as the function that gives the list of what it yields."""
    kept_from = not_collected(definition.tree)
    if kept_from is not None:
        where, message = kept_from
        raise UserError(
            message, definition.source.span(where), help="append to a list, and return it"
        )
    return replace(definition, tree=collecting(definition.tree))


def standing_for(stager: Stager, definition: Definition, node: ast.AST) -> SourceText:
    """The text of what is not the author's; what is wrong in it is said of the call."""
    span = stager.definition.source.span(node)
    lines = range(1, len(definition.source.lines) + 1)
    return replace(definition.source, origins=dict.fromkeys(lines, span) if span else {})


def gradient_of(
    stager: Stager, function: Any, definition: Definition, env: dict[str, Term], node: ast.AST
) -> Definition:
    """The code of a gradient for the types of these arguments; `env` gets what it captures."""
    from adgen.staging.closures import standing_alone

    found = derived(function)
    assert found is not None
    local = innermost(function)
    if isinstance(local, LocalFunction):
        definition, captured = standing_alone(stager, local, node)
        env |= captured
    types = {parameter: type_given(stager, term, node) for parameter, term in env.items()}
    try:
        written = found.owner.written(found.kind, types, stager.facts, stager.catalogue, definition)
    except UserError as error:
        if error.span is not None:
            raise
        raise stager.refuse(node, error.message, because=error.because, help=error.help) from None
    stager.watched += written.watched
    made: Definition = written.definition
    return made


def type_given(stager: Stager, term: Term, node: ast.AST, inside: tuple[str, ...] = ()) -> Type:
    """The type of what a gradient is given: of dicts and objects, what they hold now."""
    if isinstance(term.type, Ref):
        cell = term.type.cell
        if cell in inside:
            return Opaque("object that holds itself")
        held = stager.objects.entries(term, node)
        items = (type_given(stager, part, node, (*inside, cell)) for part in held.values())
        return Record(term.type.cls, tuple(held), tuple(items))
    if isinstance(term.type, Seq) and term.items is not None:
        parts = (type_given(stager, part, node, inside) for part in term.items)
        return replace(term.type, items=tuple(parts))
    return term.type


def innermost(function: Any) -> Any:
    """The function that a gradient, or a gradient of a gradient, was made of."""
    while (found := derived(function)) is not None:
        function = found.owner.primal
    return function


def rebound_parameters(stager: Stager, env: Mapping[str, Term]) -> None:
    """A parameter that the helper binds anew has a value under its own name first."""
    tree = stager.definition.tree
    parameters = {arg.arg: arg for arg in ast.walk(tree.args) if isinstance(arg, ast.arg)}
    done: set[str] = set()
    for stmt in ast.walk(tree):
        if isinstance(stmt, ast.Name) and isinstance(stmt.ctx, ast.Store) and stmt.id in env:
            term = stager.env[stmt.id]
            if isinstance(term.type, Num) and stmt.id not in done:
                done.add(stmt.id)
                stager.hint = stager.own_name(stmt.id)
                own = stager.fresh(stmt.id)
                place = parameters.get(stmt.id, tree)
                stager.env[stmt.id] = stager.statements.as_target(own, term, place)


def unrolls(stager: Stager, function: Any, env: Mapping[str, Term]) -> bool:
    """Whether a function that calls itself is given a part of what it was given: a tree of
    tuples or dicts is known while compiling, and so is how deep the calls go."""
    if any(f is function for f in stager.unrolling):
        stager.unrolled += 1
        return stager.unrolled <= MOST_UNROLLED
    earlier = [given for other, given in stager.structures_given if other is function]
    if not earlier or len(earlier) > UNROLLED:
        return False
    if is_given_others(stager, function, env):
        return True
    return _size(structures(stager, env)) < _size(earlier[-1])


def is_given_others(stager: Stager, function: Any, env: Mapping[str, Term]) -> bool:
    """Whether a function calls itself, perhaps by way of others, for other objects than before: a
    method that asks the same of what its object holds."""
    given = objects_in(env)
    frames = [frame for frame in stager.frames if frame.function is function]
    return bool(given) and bool(frames) and all(frame.objects != given for frame in frames)


def objects_in(env: Mapping[str, Term]) -> tuple[str, ...]:
    """The dicts and objects among what a call is given."""
    return tuple(term.type.cell for term in env.values() if isinstance(term.type, Ref))


def _size(made: Any) -> int:
    """How many tuples, lists, dicts, objects and values there are."""
    if isinstance(made, dict):
        return sum(_size(part) for part in made.values())
    return 1 + sum(_size(part) for part in made) if isinstance(made, tuple) else 1


def structures(stager: Stager, env: Mapping[str, Term]) -> dict[str, Any]:
    """How the tuples, lists, dicts and objects among arguments are made up."""
    found = {key: structure(stager, term) for key, term in env.items()}
    return {key: made for key, made in found.items() if made is not None}


def structure(stager: Stager, term: Term) -> Any:
    """How a tuple, list, dict or object is made up; None for anything else."""
    if isinstance(term.type, Ref):
        if stager.objects.cell(term.type.cell).perhaps:
            return (term.type.cls,)
        entries = stager.objects.entries(term, stager.definition.tree)
        parts = [(key, structure(stager, entry)) for key, entry in entries.items()]
        return (term.type.cls, *parts)
    if isinstance(term.type, Known):
        return _structure_of_constant(term.type.value)
    if term.items is None:
        return None
    return (type(term.type), *(structure(stager, item) for item in term.items))


def _structure_of_constant(value: Any, inside: tuple[int, ...] = ()) -> Any:
    """How an object of the author's module is made up."""
    if isinstance(value, tuple | list):
        parts = list(enumerate(value))
    elif is_object(value):
        parts = list(contents(value))
    else:
        return None
    if id(value) in inside:
        return None
    inside = (*inside, id(value))
    return (type(value), *(_structure_of_constant(part, inside) for _, part in parts))


def check_depth(
    stager: Stager,
    node: ast.AST,
    function: Any,
    definition: Definition,
    env: Mapping[str, Term],
) -> None:
    """Refuse, or stage out of line, what cannot be staged in place."""
    inside = [frame.function for frame in stager.frames]
    if derived(function):
        return
    if (function in inside or function is stager.function) and not unrolls(stager, function, env):
        raise Recursive(function)
    if len(inside) >= DEEPEST:
        raise stager.refuse(getattr(node, "func", node), "calls are nested too deeply")


def enter(
    stager: Stager, function: Any, definition: Definition, env: dict[str, Term], into: str | None
) -> None:
    """Begin a call: names mean what they mean in the function that is called."""

    flow = stager.flow
    frame = Frame(
        stager.definition, stager.scope, stager.locals, stager.env,
        flow.left, flow.inside, flow.depth, stager.hint, function, into,
        stager.calls.current, stager.calls.visible, objects_in(env),
    )  # fmt: skip
    kept = {key: term for key, term in stager.env.items() if key.startswith(SHARED)}
    hidden = {_hidden(stager, key): term for key, term in stager.env.items()
              if not key.startswith(SHARED)}  # fmt: skip
    given = (function, structures(stager, env))
    stager.frames.append(frame)
    stager.structures_given.append(given)
    stager.calls.begin(function)
    stager.locals = definition.locals
    stager.scope = scope_of(function, definition)
    stager.env = {**kept, **hidden, **env}
    stager.calls.definitions[stager.calls.current] = definition
    stager.definition = stager.tallies.entered(stager.scopes.entered(definition))
    stager.locals = stager.definition.locals
    share_names(stager, frame)
    flow.left, flow.inside, flow.depth = None, (), 0


def share_names(stager: Stager, frame: Frame) -> None:
    """`nonlocal`: the names are those of the caller, which the function stands in."""
    for stmt in statements(stager.definition.tree.body):
        if not isinstance(stmt, ast.Nonlocal):
            continue
        at_hand = stager.calls.visible[-1:] == (frame.call,)
        for author in stmt.names:
            if not at_hand or author not in frame.env:
                stager.scopes.ask(author)
                raise stager.refuse(
                    stmt,
                    f"`{author}` belongs to a function further out than the caller",
                    help="return the value, and bind it there",
                )
            stager.env[author] = frame.env[author]


def scope_of(function: Any, definition: Definition) -> Scope:
    """What the free names of a function mean, apart from names of functions around it."""
    is_local = isinstance(function, LocalFunction)
    return function.scope if is_local else Scope(definition.function)


def _hidden(stager: Stager, key: str) -> str:
    """The names of callers stay known, so that arrays that they share are."""
    return key if key.startswith(OUTER) else f"{OUTER}{len(stager.frames)} {key}"


def leave(stager: Stager) -> None:
    """End a call: arrays that it has written to stay written."""
    frame = stager.frames.pop()
    definition, env = stager.definition, stager.env
    written = {key: term for key, term in stager.env.items() if key.startswith(SHARED)}
    own = {key: term for key, term in stager.env.items() if key[0] not in "@^#"}
    stager.calls.ended[stager.calls.current] = own
    step_out(stager, frame)
    shared = declared(definition.tree, ast.Nonlocal)
    outer = {author: env[author] for author in shared if author in env}
    stager.env = {**frame.env, **written, **outer}
    stager.flow.left = frame.left


def step_out(stager: Stager, frame: Frame) -> None:
    """Stand where the caller stands again."""
    stager.structures_given.pop()
    stager.definition, stager.scope = frame.definition, frame.scope
    stager.locals, stager.hint = frame.locals, frame.hint
    stager.calls.current, stager.calls.visible = frame.call, frame.visible
    stager.flow.inside, stager.flow.depth = frame.inside, frame.depth


def bound_arguments(
    stager: Stager,
    node: ast.AST,
    function: Any,
    definition: Definition,
    args: Sequence[Term],
    keywords: Mapping[str, Term],
) -> dict[str, Term]:
    """The parameters of a helper, and what the call gives for them."""
    tree = definition.tree.args
    positional = [arg.arg for arg in (*tree.posonlyargs, *tree.args)]
    env: dict[str, Term] = dict(zip(positional, args, strict=False))
    extra = list(args[len(positional) :])
    if extra and tree.vararg is None:
        raise stager.refuse(node, f"`{definition.name}` takes {len(positional)} arguments")
    if tree.vararg is not None:
        display = ast.Tuple([t.expr for t in extra], ast.Load())
        type_ = Seq("tuple", tuple(t.type for t in extra))
        varied = any(t.varied for t in extra)
        env[tree.vararg.arg] = Term(display, type_, varied, tuple(extra))
    known = {*positional, *(arg.arg for arg in tree.kwonlyargs)}
    others = {k: t for k, t in keywords.items() if k not in known and tree.kwarg is not None}
    if tree.kwarg is not None:
        env[tree.kwarg.arg] = stager.objects.new(dict, others, tree.kwarg.arg)
    for key, term in keywords.items():
        if key in others:
            continue
        if key not in known:
            raise stager.refuse(node, f"`{definition.name}` has no parameter `{key}`")
        if key in env:
            raise stager.refuse(node, f"`{definition.name}` is given `{key}` twice")
        env[key] = term
    for key, default in defaults(stager, function, definition).items():
        env.setdefault(key, default)
    missing = [p for p in known if p not in env]
    if missing:
        raise stager.refuse(node, f"`{definition.name}` is called without `{sorted(missing)[0]}`")
    return env


def defaults(stager: Stager, function: Any, definition: Definition) -> dict[str, Term]:
    """The default values of a helper's parameters."""
    tree = definition.tree.args
    positional = [arg.arg for arg in (*tree.posonlyargs, *tree.args)]
    local = innermost(function)
    if isinstance(local, LocalFunction):
        return dict(local.defaults)
    plain = definition.function
    given = plain.__defaults__ or ()
    values = dict(zip(positional[len(positional) - len(given) :], given, strict=True))
    values |= plain.__kwdefaults__ or {}
    return {key: constant(stager, f"{definition.name}_{key}", v) for key, v in values.items()}


def constant(stager: Stager, known_as: str, value: Any) -> Term:
    """A default value: written out if it is a number, else under a name of its own."""
    if type(value) in (int, float, bool, str, type(None)):
        return stager.constant(ast.Constant(value), value)
    return stager.constant(name(stager.external(known_as, value)), value)
