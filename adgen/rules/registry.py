"""How a rule is written, read and found.

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

Source is read per rule, on first use: reading the catalogue costs an import.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import import_module
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeVar

import numpy as np

from adgen.algebra import KeepParentheses
from adgen.rules.shapes import as_num
from adgen.rules.shapes import elementwise as broadcasting
from adgen.types import UNKNOWN, Facts, Known, Type


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


Shape = Callable[..., Any]
T = TypeVar("T")
REQUIRED = object()

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


class RuleError(Exception):
    """A rule that is not well formed, with its file and line."""


@dataclass(frozen=True)
class Line:
    """One line of a rule: `target = expr`, or `target[index] += expr`."""

    target: str
    expr: ast.expr
    index: ast.expr | None = None
    clears: bool = False


@dataclass(frozen=True, eq=False)
class Rule:
    """One way to differentiate one operation."""

    functions: tuple[Any, ...]
    kind: str
    body: FunctionType
    shape: Shape | None
    when: Callable[..., Any] | None
    moves: bool = False
    distinct: bool | Callable[..., bool] = False
    cheap: bool = False
    collects: str = ""
    reason: str = ""
    views: bool = False
    aliases: str = ""
    put: Any = ""
    gathers: str = ""
    ignores: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)
    real: bool = False
    apart: Callable[[Any], tuple[Any, ...]] | None = None
    writes: str = ""
    grows: str = ""
    in_order: bool = False
    hands_out: bool = False
    folds: bool = False
    silent: bool = False
    leading: Callable[..., list[Type]] | None = None
    leads: int = 0
    fields: tuple[str, ...] = ()
    makes_sparse: bool = False

    @property
    def name(self) -> str:
        return self.body.__name__

    @property
    def _code(self) -> CodeType:
        return self.body.__code__

    @property
    def where(self) -> str:
        return f"{self._code.co_filename}:{self._code.co_firstlineno}"

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Outputs, then inputs, as the rule names them."""
        count = self._code.co_argcount + self._code.co_kwonlyargcount
        return self._code.co_varnames[:count]

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        return self.parameters[: max(1, self._code.co_posonlyargcount)]

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        return self.parameters[len(self.outputs) :]

    @cached_property
    def positional(self) -> tuple[str, ...]:
        """The inputs that may be given without a keyword."""
        return self._code.co_varnames[len(self.outputs) : self._code.co_argcount]

    @cached_property
    def variadic(self) -> str:
        """The input that collects any number of arguments (`*operands`), or ""."""
        if not self._code.co_flags & 0x04:
            return ""
        return self._code.co_varnames[len(self.parameters)]

    def marked(self, name: str) -> str:
        """ "const", "free", or "" for an input that is differentiated."""
        mark = self.body.__annotations__.get(name, "")
        return mark if isinstance(mark, str) else mark.__name__

    def passes(self, name: str) -> bool:
        """Whether an input is never differentiated."""
        return self.marked(name) in ("const", "free", "callback", "sparse")

    def packed(self, args: Sequence[T], pack: Callable[[Sequence[T]], T]) -> Sequence[T]:
        """Positional arguments of which one input takes all that are left, as a tuple."""
        whole = self.gathers or (self.collects if len(args) > len(self.positional) else "")
        if not whole:
            return args
        at = self.positional.index(whole)
        return [*args[:at], pack(args[at:])] if self.gathers or len(args) > at else args

    @cached_property
    def defaults(self) -> dict[str, Any]:
        given = self.body.__defaults__ or ()
        names = self._code.co_varnames[: self._code.co_argcount]
        pairs = dict(zip(names[len(names) - len(given) :], given, strict=True))
        return pairs | (self.body.__kwdefaults__ or {})

    @cached_property
    def doc(self) -> str:
        return (self.body.__doc__ or "").strip()

    @cached_property
    def definition(self) -> ast.FunctionDef:
        """The rule's own syntax tree, read from its file."""
        start = self._code.co_firstlineno - 1
        lines = linecache.getlines(self._code.co_filename)
        end = start + 1
        while not lines[end - 1].lstrip().startswith("def "):
            end += 1
        while end < len(lines) and (lines[end][:1].isspace() or lines[end].startswith(")")):
            end += 1
        tree = KeepParentheses().visit(ast.parse("".join(lines[start:end])).body[0])
        assert isinstance(tree, ast.FunctionDef)
        return tree

    def lines(self, consts: Mapping[str, Any]) -> list[Line]:
        """The body at the given constants: a straight line."""
        return list(self._straighten(self.definition.body, consts))

    def _straighten(self, body: list[ast.stmt], consts: Mapping[str, Any]) -> Iterable[Line]:
        for stmt in body:
            match stmt:
                case ast.Expr(value=ast.Constant()):
                    continue
                case ast.Assign(targets=[ast.Name(id=target)], value=value):
                    yield Line(target, value)
                case ast.AugAssign(
                    target=ast.Subscript(value=ast.Name(id=target), slice=index),
                    op=ast.Add(),
                    value=value,
                ):
                    yield Line(target, value, index)
                case ast.Assign(
                    targets=[ast.Subscript(value=ast.Name(id=target), slice=index)], value=value
                ):
                    yield Line(target, value, index, clears=True)
                case ast.If(test=test, body=then, orelse=otherwise):
                    code = compile(ast.Expression(test), self.where, "eval")
                    holds = eval(code, self.body.__globals__, dict(consts))
                    yield from self._straighten(then if holds else otherwise, consts)
                case _:
                    raise RuleError(f"{self.where}: a rule is made of `dx = ...` lines")

    def check(self) -> None:
        """Refuse unknown names, inputs without an answer, and adjoints of nothing."""
        if self.kind in ("constant", "unsupported", "remembers"):
            return
        known = set(self.parameters) | {f"d{name}" for name in self.outputs}
        known |= {self.variadic, "position"} | set(self.body.__globals__) | set(dir(builtins))
        answered: set[str] = set()
        for stmt in ast.walk(self.definition):
            if isinstance(stmt, ast.Assign) and isinstance(stmt.targets[0], ast.Name):
                answered.add(stmt.targets[0].id)
            elif isinstance(stmt, ast.AugAssign) and isinstance(stmt.target, ast.Subscript):
                answered |= {n.id for n in [stmt.target.value] if isinstance(n, ast.Name)}
        for stmt in self.definition.body:
            bound = {n.arg for n in ast.walk(stmt) if isinstance(n, ast.arg)}
            bound |= {
                n.id
                for n in ast.walk(stmt)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
            for node in ast.walk(stmt):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    if node.id not in known | answered | bound:
                        raise RuleError(f"{self.where}: unknown name `{node.id}`")
        active = {
            n
            for n in (*self.inputs, self.variadic)
            if n and self.marked(n) in ("", "several", "arrays")
        }
        for name in sorted(active):
            if f"d{name}" not in answered:
                raise RuleError(f"{self.where}: no adjoint for the input `{name}`")
        for name in sorted(answered - {f"d{n}" for n in active}):
            temporary = any(
                isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
                for n in ast.walk(self.definition)
            )
            if not temporary:
                raise RuleError(f"{self.where}: `{name}` is the adjoint of no input")


@dataclass(frozen=True)
class Signature:
    """A function's own names for its arguments, as far as Python tells."""

    positional: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)


@lru_cache(maxsize=1024)
def signature_of(function: Any) -> Signature:
    """The names of a function's arguments; none where they are not told, or any number."""
    if isinstance(function, str):
        return Signature()
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return Signature()
    positional = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if any(p.kind == p.VAR_POSITIONAL for p in found):
        positional = []
    defaults = {p.name: p.default for p in found if p.default is not p.empty}
    return Signature(tuple(positional), defaults)


@dataclass(frozen=True, eq=False)
class Op:
    """An operation: everything that the catalogue says about one function."""

    function: Any
    rules: tuple[Rule, ...]

    @property
    def signature(self) -> Signature:
        return signature_of(self.function)

    @property
    def general(self) -> Rule:
        """The last rule, which every signature of the operation fits."""
        return self.rules[-1]

    @property
    def kind(self) -> str:
        return self.general.kind

    @property
    def name(self) -> str:
        if isinstance(self.function, str):
            return self.general.name
        module, name = home_of(self.function)
        if module in ("builtins", ""):
            return name or self.general.name
        package, _, rest = module.partition(".")
        short = {"numpy": "np", "scipy": ""}.get(package, package.lstrip("_"))
        return ".".join(part for part in (short, rest, name) if part)

    @property
    def takes_arrays(self) -> bool:
        """Whether it makes an array of a list that it is given, as NumPy's functions do."""
        module = getattr(self.function, "__module__", None) or ""
        owner = getattr(self.function, "__self__", self.function)
        return module.startswith(("numpy", "scipy")) or type(owner).__name__ == "ufunc"

    @property
    def takes_lists(self) -> bool:
        """Whether it goes over the elements of a list, as Python's own functions do."""
        return (getattr(self.function, "__module__", None) or "") in ("builtins", "math")

    @property
    def shape(self) -> Shape:
        shape = next((rule.shape for rule in self.rules if rule.shape), None)
        if shape is None and self.kind == "elementwise":
            return broadcasting
        if shape is None:
            raise RuleError(f"{self.general.where}: no shape is given for {self.name}")
        return shape

    def rule_for(self, operands: Mapping[str, Any]) -> Rule:
        """The rule for a call: constants are given by value, all other operands as `Given`."""
        seen: dict[str, Any] = dict.fromkeys(self.general.inputs)
        for key, value in self.general.defaults.items():
            is_const = self.general.marked(key) == "const"
            seen[key] = value if is_const else Given(as_num(value), False, True)
        return self.choose({**seen, **operands})

    def choose(self, types: Mapping[str, Any]) -> Rule:
        """The first rule whose `when` holds for these types and constants."""
        for rule in self.rules:
            if rule.when is None:
                return rule
            code = rule.when.__code__
            if rule.when(*(types[n] for n in code.co_varnames[: code.co_argcount])):
                return rule
        raise RuleError(f"{self.general.where}: the last rule for {self.name} has a `when`")


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
        `silent`: a call is written as its operand alone.
        `leading`: the types of the arguments, as many as `leads`, with which a function
        that is given is called before its own.  `fields`: the attributes of the result
        that are the outputs.
        `in_order`: a new array, whose elements lie in memory as C has them.  `hands_out`: no
        array, but what gives copies of elements (`x.flat`).
        """
        if any(isinstance(f, np.ufunc) for f in functions):
            ignores = (*OF_UFUNCS, *ignores)
        return lambda body: Rule(
            functions, kind, body, shape, when, moves, distinct, cheap, collects, why, views,
            aliases or ("view" if moves or views else "copy"), put,
            gathers, tuple(ignores), also or {}, instead or {}, real, writes=writes, grows=grows,
            in_order=in_order, hands_out=hands_out, folds=folds, silent=silent,
            leading=leading, leads=leads, fields=tuple(fields),
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


def unsupported(
    *functions: Any,
    why: str,
    shape: Shape | None = None,
    when: Callable[..., Any] | None = None,
    makes_sparse: bool = False,
) -> Callable[[FunctionType], Rule]:
    """A function that has a derivative which the catalogue does not have, always or `when`.

    With a `shape` it may stand in bodies of other rules, which then know what it gives.
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
    """

    function: str
    tree: ast.expr
    through: bool = False


def pattern(function: str, text: str, through: bool = False) -> Pattern:
    """`text` is the operation that the rules call `function`; its names are their inputs."""
    return Pattern(function, ast.parse(text, mode="eval").body, through)


def home_of(value: Any) -> tuple[str, str]:
    """The public module that has an object, and its name there; "" where it has none.

    >>> home_of(np.linalg.inv), home_of(np.tanh), home_of(np.add.at)
    (('numpy.linalg', 'inv'), ('numpy', 'tanh'), ('numpy', 'add.at'))
    """
    name = getattr(value, "__name__", "") or getattr(value, "name", "")
    if not name and type(value).__name__.endswith("_gen"):
        name = type(value).__name__.removesuffix("_gen")  # the only one of its class
    owner = getattr(value, "__self__", None)
    if type(owner) is np.random.RandomState:
        return "numpy.random", name
    if owner is not None and not isinstance(owner, ModuleType | type):
        module, owner_name = home_of(owner)
        return module, f"{owner_name}.{name}"
    if type(value) is np.ufunc:
        return ("numpy" if getattr(np, name, None) is value else "scipy.special"), name
    parts = (getattr(value, "__module__", None) or "").split(".")
    public = next((i for i, part in enumerate(parts) if i and part.startswith("_")), len(parts))
    return ".".join(parts[:public]), name


def _is_there(module: str) -> bool:
    """Whether a module can be imported."""
    try:
        import_module(module)
    except ImportError:
        return False
    return True


class Catalogue:
    """The operations, found by the function that a program calls.

    `later` has more rules, by the module that they are about.  They are read once a
    program has imported it, as it has if it calls one of its functions.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        patterns: Iterable[Pattern] = (),
        later: Mapping[str, Iterable[Callable[[], Iterable[Rule]]]] | None = None,
    ) -> None:
        self.patterns = tuple(patterns)
        self._later = dict(later or {})
        self._found: dict[Any, Op] = {}
        self._add(rules)
        self.methods = {
            function.__name__: op
            for function, op in self._found.items()
            if getattr(function, "__module__", "") == "numpy" or type(function).__name__ == "ufunc"
        }

    def _add(self, rules: Iterable[Rule]) -> None:
        table: dict[Any, list[Rule]] = {}
        for rule in rules:
            for function in rule.functions:
                table.setdefault(function, []).append(rule)
        for function, mine in table.items():
            known = self._found[function].rules if function in self._found else ()
            self._found[function] = Op(function, (*known, *mine))

    @property
    def ops(self) -> dict[Any, Op]:
        """Every operation by its function."""
        self._read(module for module in list(self._later) if _is_there(module))
        return self._found

    def _read(self, modules: Iterable[str]) -> None:
        for module in modules:
            for family in self._later.pop(module):
                self._add(family())

    def find(self, function: Any) -> Op | None:
        """The operation that a call of `function` is, or None."""
        try:
            op = self._found.get(function)
        except TypeError:  # not hashable, so not an operation
            return None
        if op is None and self._later:
            package = (getattr(function, "__module__", None) or "").partition(".")[0]
            about = [module for module in self._later if module in sys.modules
                     and (not package or module.startswith(f"{package}."))]  # fmt: skip
            self._read(about)
            op = self._found.get(function) if about else None
        return op

    def method(self, name: str) -> Op | None:
        """The operation that the array method of this name is."""
        return self._found.get(f"method {name}") or self.methods.get(name)

    def __iter__(self) -> Iterator[Op]:
        return iter(self.ops.values())

    def with_rules(self, rules: Iterable[Rule]) -> Catalogue:
        """This catalogue and more rules, which come first."""
        mine = [rule for op in self._found.values() for rule in op.rules]
        return Catalogue([*rules, *dict.fromkeys(mine)], self.patterns, self._later)


def infer_shape(op: Op, facts: Facts, operands: Mapping[str, Any]) -> Type:
    """The type of what the operation gives."""
    found: Type = op.shape(op, facts, **operands)
    return found


@dataclass(frozen=True)
class Given:
    """An operand as a rule's `when` sees it: what is known of it, and its role.

    `is_complex` holds for all that may be complex.
    """

    type: Any
    active: bool
    literal: bool
    is_complex: bool = False

    @property
    def is_display(self) -> bool:
        """A tuple or list, element by element."""
        return hasattr(self.type, "items")

    @property
    def ndim(self) -> int | None:
        return getattr(self.type, "ndim", None)

    @property
    def dims(self) -> Any:
        return getattr(self.type, "dims", None)

    @property
    def dtype(self) -> str:
        return getattr(self.type, "dtype", "")

    @property
    def kind(self) -> str:
        return getattr(self.type, "kind", "")

    @property
    def absent(self) -> bool:
        """Whether the argument is None, or was left out and is None then."""
        if isinstance(self.type, Known):
            return self.type.value is None
        return self.literal and self.type == UNKNOWN

    @property
    def is_scalar(self) -> bool:
        """A Python number or NumPy scalar, for which `a if t else b` can be written."""
        return bool(getattr(self.type, "is_scalar", False))
