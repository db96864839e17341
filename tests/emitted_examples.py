"""One emitted listing for each rule of the catalogue, made of the samples that its tests run."""

import ast
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from unittest import mock

import numpy as np
from scipy import integrate, optimize, sparse
from scipy.sparse import linalg as sparse_linalg

from adgen import UserError, grad
from adgen.emission import emit
from adgen.ir import name, renamed
from adgen.rules import catalogue
from adgen.rules.operations import Op
from adgen.rules.rule import Rule
from tests.rules.calls import Call, compiled_with, program, spelled
from tests.rules.harness import forms
from tests.rules.samples import SAMPLES
from tests.rules.spelled import CONSTANTS, Spelling, spellings

# what has no lines of its own to show
WITHOUT_LINES = ("constant", "unsupported", "written out", "remembers")

x, m, z = np.array([0.5, 1.5, 2.5]), np.arange(6.0).reshape(2, 3), np.array([0.5 + 1j, 1.5])

# what no sample is of: complex numbers, lists of arrays as one array, functions of the author's
PROGRAMS: list[tuple[str, dict[str, Any]]] = [
    ("y = abs(z)", {"z": 0.5 + 1j}),
    *(
        (f"y = {text}", {"z": z})
        for text in (
            "np.abs(z)", "z.imag", "np.angle(z)", "np.angle(z, deg=True)", "np.arcsin(z)",
            "np.arccos(z)", "np.arcsinh(z)", "np.arccosh(z)", "z**2.5",
        )
    ),
    *((f"u, s, vh = {module}linalg.svd(a)", {"a": np.eye(3) + 1j}) for module in ("", "np.")),
    ("y = np.linalg.slogdet(a)[1]", {"a": np.eye(3) + 1j}),
    *((f"y = np.einsum('{letters}', t)", {"t": np.ones((3,) * rank)})
      for letters, rank in (("ij->ji", 2), ("ii->i", 2), ("kii->ki", 3))),
    ("x = linalg.solve_triangular(a, b, trans='C')", {"a": np.eye(3) + 1j, "b": x}),
    ("x = linalg.solve_toeplitz(c, b)", {"c": x + 1j, "b": x}),
    ("y = np.concatenate(m, axis=None)", {"m": np.ones((2, 3, 4))}),
    ("y = np.hstack(m)", {"m": np.ones((2, 3, 4))}),
    ("y = np.column_stack(m)", {"m": m}),
    ("y = np.add.reduce(x, where=x > 1)", {"x": x}),
    ("y, total = np.average(m, weights=w, returned=True)", {"m": m, "w": m + 1}),
    ("y = m.flat[4]", {"m": m}),
    ("y = m.item(4)", {"m": m}),
    ("y = np.linalg.norm(x, 0)", {"x": x}),
    ("y = np.linalg.vector_norm(x, ord=0)", {"x": x}),
    ("y = integrate.quad(lambda t, k: np.sin(k * t), 0.0, b, args=(k,))[0]",
     {"b": 2.0, "k": 1.5}),
    ("y = optimize.brentq(lambda t, k: t**3 - k, 0.0, 5.0, args=(k,))", {"k": 2.0}),
    ("y = optimize.newton(lambda t, k: t**3 - k, 1.0, args=(k,))", {"k": 2.0}),
    ("y = optimize.root_scalar(lambda t, k: t**3 - k, args=(k,), bracket=(0.0, 5.0)).root",
     {"k": 2.0}),
    ("y = optimize.fixed_point(lambda t, k: np.cos(k * t), 0.5, args=(k,))", {"k": 0.8}),
    ("y = optimize.fsolve(lambda t, k: t**3 - k, x0, args=(k,))", {"x0": x, "k": x}),
    ("y = optimize.root(lambda t, k: t**3 - k, x0, args=(k,)).x", {"x0": x, "k": x}),
    ("y = optimize.minimize(lambda t, k: np.sum((t - k) ** 2), x0, args=(k,)).x",
     {"x0": x, "k": x}),
    ("y = optimize.least_squares(lambda t, k: t - k, x0, args=(k,)).x", {"x0": x, "k": x}),
    ("y = optimize.leastsq(lambda t, k: t - k, x0, args=(k,))[0]", {"x0": x, "k": x}),
    ("y = optimize.minimize_scalar(lambda t, k: (t - k) ** 2, args=(k,)).x", {"k": 2.0}),
    ("y = integrate.odeint(lambda u, t, k: -k * u, u0, [0.0, 1.0], args=(k,))",
     {"u0": x, "k": 2.0}),
    ("y = integrate.solve_ivp(lambda t, u, k: -k * u, (0.0, 1.0), u0, args=(k,)).y",
     {"u0": x, "k": 2.0}),
    ("y = math.dist([k, 0.5], v)", {"k": 2.0, "v": x[:2]}),
    ("y = math.dist(v, [k, 0.5])", {"v": x[:2], "k": 2.0}),
    ("y = sparse_linalg.spsolve(A, b)", {"b": x}),
    ("y = sparse_linalg.expm_multiply(A, b)", {"b": x}),
]  # fmt: skip

MODULE = CONSTANTS | {
    "integrate": integrate,
    "optimize": optimize,
    "sparse_linalg": sparse_linalg,
    "A": sparse.csc_matrix(np.eye(3)),
}


@dataclass(frozen=True)
class Example:
    """A program of one operation, and the arguments that it is compiled for."""

    body: tuple[str, ...]
    parameters: tuple[str, ...]
    values: tuple[Any, ...]

    @property
    def wrt(self) -> tuple[str, ...]:
        pairs = zip(self.parameters, self.values, strict=True)
        return tuple(p for p, value in pairs if np.asarray(value).dtype.kind in "fc")

    @property
    def types(self) -> str:
        """`x: (2, 3), k: float`"""
        pairs = zip(self.parameters, self.values, strict=True)
        return ", ".join(f"{p}: {np.shape(v) or type(v).__name__}" for p, v in pairs)


@lru_cache
def listings() -> dict[str, str]:
    """The lines that an example of each rule comes to, by where the rule stands."""
    found: dict[str, str] = {}

    def show(example: Example) -> None:
        try:
            rules, text = emitted(example)
        except UserError:
            return  # a sample of a form that is refused
        for rule in rules:
            found.setdefault(rule.where, text)

    for op in catalogue():
        wanted = {r.where for r in op.rules if r.kind not in WITHOUT_LINES}
        for example in examples(op):
            if wanted <= found.keys():
                break
            show(example)
    for text, values in PROGRAMS:
        result = text.partition(" = ")[0]
        show(Example((text, f"return {result}"), tuple(values), tuple(values.values())))
    return found


def examples(op: Op) -> Iterator[Example]:
    """The samples of an operation, those of arrays first, and its spellings."""
    for call in SAMPLES.get(op.function, []):
        for form in reversed(forms(op.function, call)):
            yield of_call(op, form)
    for spelling in spellings():
        if op.function in spelling.called and spelling.is_there:
            yield of_spelling(spelling)


def of_spelling(spelling: Spelling) -> Example:
    body = (f"y = {spelling.text}", "return y")
    return Example(body, spelling.operands, tuple(spelling.values))


def of_call(op: Op, call: Call) -> Example:
    """A sample whose operands and results have the rule's names for them."""
    sample, rule = program(op.function, call), op.general
    parameters = tuple(operand_names(rule, call))
    table = {f"x{i}": name(said) for i, said in enumerate(parameters)}

    def named(text: str) -> str:
        return ast.unparse(renamed(ast.parse(text, mode="eval").body, table.get))

    if sample.before:
        body = (named(sample.said), f"return {named(sample.text)}")
    else:
        results = ", ".join(rule.outputs if call.part is not None else rule.outputs[:1])
        text = program(op.function, replace(call, part=None)).text
        body = (f"{results} = {named(text)}", f"return {results}")
    return Example(body, parameters, tuple(sample.values))


def operand_names(rule: Rule, call: Call) -> Iterator[str]:
    """What the rule calls each value of a call; several of one name have numbers."""
    rest = rule.variadic or rule.positional[-1]
    positional = [*rule.positional, *[rest for _ in call.args]]
    given = [*zip(positional, call.args, strict=False), *call.options.items()]
    found = [said for said, arg in given for _ in parameters_of(arg)]
    for at, said in enumerate(found):
        yield f"{said}{found[:at].count(said) + 1}" if found.count(said) > 1 else said


def parameters_of(arg: Any) -> list[Any]:
    """The parameters that an argument of a call becomes."""
    found: list[Any] = []
    spelled(arg, found)
    return found


def emitted(example: Example) -> tuple[list[Rule], str]:
    """The rules that an example's adjoint takes, and its lines: forward, then backward."""
    function = compiled_with(example.body, example.parameters, MODULE)
    with noted() as rules:
        compilation = grad(function, wrt=example.wrt).compilation(*example.values)
    listing = emit(compilation.pair, comments=False)
    lines = [f"# {example.types}", *lines_of(listing.forward), *lines_of(listing.backward)]
    return rules, "\n".join(lines)


@contextmanager
def noted() -> Iterator[list[Rule]]:
    """The rules that are chosen in the meantime."""
    chosen: list[Rule] = []
    choose = Op.rule_for

    def noting(op: Op, operands: Any) -> Rule:
        chosen.append(choose(op, operands))
        return chosen[-1]

    with mock.patch.object(Op, "rule_for", noting):
        yield chosen


def lines_of(text: str) -> list[str]:
    """A definition's statements, without those that hand on the cache and the results."""
    (definition,) = ast.parse(text).body
    assert isinstance(definition, ast.FunctionDef)
    lines = text.splitlines()
    kept = [stmt for stmt in definition.body if not hands_on(stmt)]
    return [textwrap.dedent("\n".join(lines[s.lineno - 1 : s.end_lineno])) for s in kept]


def hands_on(stmt: ast.stmt) -> bool:
    match stmt:
        case ast.Assign(targets=[ast.Name(id="cache")]) | ast.Assign(value=ast.Name(id="cache")):
            return True
        case ast.Return(value=value):
            return all(isinstance(n, ast.Name | ast.Tuple | ast.List | ast.expr_context)
                       for n in ast.walk(value))  # fmt: skip
    return False
