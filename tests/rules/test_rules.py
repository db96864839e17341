"""Every rule of the catalogue, alone and through the compiler."""

import ast
import itertools
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adgen import vjp
from adgen.errors import UserError
from adgen.rules import catalogue
from adgen.rules.registry import Catalogue, Op, Rule, RuleError, elementwise
from adgen.types import Dim, Facts, Known, Num, Seq, type_of
from tests.rules.calls import (
    TOLERANCES,
    Call,
    Literal,
    Sample,
    at,
    compiled,
    holds_floats,
    measured,
    program,
    vector,
)
from tests.rules.samples import SAMPLES

SHAPES = [(), (1,), (3,), (1, 3), (2, 1), (2, 3), (4, 2, 3)]


def needs_sample(op: Op) -> bool:
    """Whether an operation has a derivative that the harness can try by itself.

    Those with a name instead of a function are found by patterns, which have tests
    of their own, but array methods and attributes are called by their names.
    """
    if op.kind in ("constant", "unsupported"):
        return False
    return not isinstance(op.function, str) or op.function.startswith(("method ", "attribute "))


def is_scalar_function(function: Any) -> bool:
    """Whether a function takes single numbers alone."""
    return getattr(function, "__module__", "") == "math" or function is float


def forms(function: Any, call: Call) -> list[Call]:
    """A sample with numbers in the places of ranges: single ones, and arrays."""
    count = len(call.ranges)
    if not count:
        return [call]
    shapes: list[Any] = [float] if is_scalar_function(function) else [float, np.float64, (2, 3)]
    return [call.shaped(*[shape] * count) for shape in shapes]


def cases() -> list[Any]:
    found = []
    for function, calls in SAMPLES.items():
        for call in calls:
            for form in forms(function, call):
                text = program(function, form).text
                kinds = ", ".join(_kind(v) for v in program(function, form).values)
                found.append(pytest.param(function, form, id=f"{text} of {kinds}"))
    return found


def _kind(value: Any) -> str:
    return str(value.shape) if isinstance(value, np.ndarray) else type(value).__name__


# -- rules as they are written --------------------------------------------------------


@pytest.mark.parametrize("rule", sorted({r for op in catalogue() for r in op.rules},
                                        key=lambda rule: rule.where), ids=lambda r: r.name)
def test_rule_is_well_formed(rule):
    rule.check()


def malformed(body):
    return pytest.param(elementwise(np.tanh)(body), id=body.__name__)


def unknown_name(y, x):
    dx = (1 - z**2) * dy


def unanswered_input(c, a, b):
    da = dc


def adjoint_of_nothing(y, x):
    dx = dy
    dz = dy


@pytest.mark.parametrize("rule", [malformed(unknown_name), malformed(unanswered_input),
                                  malformed(adjoint_of_nothing)])
def test_malformed_rule_is_refused_with_its_place(rule):
    with pytest.raises(RuleError, match=r"test_rules\.py:\d+"):
        rule.check()


def without_sample(rules: Catalogue, samples: Any) -> list[str]:
    return [op.name for op in rules if needs_sample(op) and not samples.get(op.function)]


def test_every_operation_has_a_sample():
    assert without_sample(catalogue(), SAMPLES) == []


def test_a_missing_sample_is_noticed():
    fewer = {function: calls for function, calls in SAMPLES.items() if function is not np.tanh}
    assert without_sample(catalogue(), fewer) == ["np.tanh"]


def test_every_sample_is_of_an_operation():
    assert [f for f in SAMPLES if catalogue().find(f) is None] == []


def test_the_last_rule_of_an_operation_is_general():
    assert [op.name for op in catalogue() if op.general.when is not None] == []


# -- shapes ---------------------------------------------------------------------------


def static_type(arg: Any, sizes: dict[Any, int], count: "itertools.count[int]") -> Any:
    """The type of a sample's argument, as staging sees it."""
    if isinstance(arg, Literal):
        return static_type_of_constant(arg.value)
    if isinstance(arg, slice):
        parts = (static_type_of_constant(p) for p in (arg.start, arg.stop, arg.step))
        return Seq("slice", tuple(parts))
    if isinstance(arg, tuple):
        return Seq("tuple", tuple(static_type(item, sizes, count) for item in arg))
    if isinstance(arg, float | np.ndarray | np.generic):
        return type_of(arg, f"x{next(count)}", sizes)
    return static_type_of_constant(arg)


def static_type_of_constant(value: Any) -> Any:
    if type(value) is int:
        return Num("i8", (), "py", Dim(value))
    return type_of(value, "", {}) if type(value) in (bool, float) else Known(value)


def inferred(op: Op, call: Call, sizes_known: bool) -> tuple[Any, dict[Any, int]]:
    """What the catalogue says that a call gives."""
    rule: Rule = op.general
    sizes: dict[Any, int] = {}
    count = itertools.count()
    given = dict(zip(rule.positional, call.args, strict=False)) | call.options
    operands = {
        key: arg if rule.marked(key) == "const" else static_type(arg, sizes, count)
        for key, arg in given.items()
    }
    facts = Facts(sizes if sizes_known else {})
    return op.shape(op, facts, **(rule.defaults | operands)), sizes


@pytest.mark.parametrize("sizes_known", [True, False], ids=["sizes", "no-sizes"])
@pytest.mark.parametrize(("function", "call"), cases())
def test_shape_and_dtype_are_those_of_numpy(function, call, sizes_known):
    sample = program(function, call)
    result = sample.function()(*sample.values)
    type_, sizes = inferred(catalogue().find(function), call, sizes_known)
    assert isinstance(type_, Num)
    if type_.dims is not None:
        assert len(type_.dims) == np.ndim(result)
        lengths = [dim.evaluate(sizes) for dim in type_.dims]
        # a length that only the run can tell is that of a mask, if sizes are known
        told = [n for n, size in zip(lengths, np.shape(result), strict=True) if n is not None]
        assert told == [s for n, s in zip(lengths, np.shape(result), strict=True) if n is not None]
    if sizes_known:
        assert type_.dims is not None
    assert type_.dtype == np.asarray(result).dtype.str[1:]
    assert type_.form in (form_of(result), "any")


def form_of(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return "array"
    return "np" if isinstance(value, np.generic) else "py"


# -- gradients ------------------------------------------------------------------------


def check_gradient(sample: Sample, rules: Catalogue | None = None) -> None:
    """A sample's gradient in all of its arguments, and in each one alone, against its slope."""
    f = sample.function()
    expected = f(*sample.values)
    dout = np.random.default_rng(1).normal(size=np.shape(expected))
    if not isinstance(expected, np.ndarray):
        dout = float(dout)
    rtol, atol = TOLERANCES[sample.by]
    slopes = {i: measured(f, sample.values, i, dout, sample.by) for i in sample.floats}
    every = tuple(sample.floats)
    for wrt in {every, *((i,) for i in every)}:
        out, pullback = vjp(f, *sample.values, wrt=wrt, catalogue=rules)
        assert type(out) is type(expected)
        assert np.array_equal(out, expected, equal_nan=True)
        first, again = pullback(dout), pullback(dout)
        for i, gradient, repeated in zip(wrt, first, again, strict=True):
            assert_allclose(gradient, slopes[i], rtol, atol, err_msg=f"d/dx{i}")
            assert_like(gradient, sample.values[i])
            assert np.array_equal(gradient, repeated, equal_nan=True)


def assert_like(gradient: Any, value: Any) -> None:
    """A gradient has its argument's shape and dtype; that of a number is a number."""
    if np.ndim(value):
        assert isinstance(gradient, np.ndarray)
        assert (gradient.shape, gradient.dtype) == (value.shape, value.dtype)
    elif not isinstance(value, np.ndarray):
        assert isinstance(gradient, float)  # np.float64 is one, too
    else:
        assert np.ndim(gradient) == 0


@pytest.mark.parametrize(("function", "call"), cases())
def test_gradient_is_the_slope(function, call):
    check_gradient(program(function, call))


@pytest.mark.parametrize(("function", "call"), cases())
def test_gradient_of_the_sum(function, call):
    """A sum's adjoint is one number that stands for all elements."""
    sample = program(function, call)
    inner = sample.function()
    if np.ndim(inner(*sample.values)) == 0:
        pytest.skip("the result is a number itself")
    sample.text = f"np.sum({sample.text})"
    check_gradient(sample)


@pytest.mark.parametrize(("function", "call"), cases())
def test_float32_stays_float32(function, call):
    sample = program(function, call)
    if not any(isinstance(v, np.ndarray) and holds_floats(v) for v in sample.values):
        pytest.skip("no array goes in")
    f = sample.function()
    narrow = [
        v.astype("f4") if isinstance(v, np.ndarray) and holds_floats(v) else v
        for v in sample.values
    ]
    wide = [v.astype("f8") if isinstance(v, np.ndarray) and holds_floats(v) else v for v in narrow]
    out, pullback = vjp(f, *narrow, wrt=tuple(sample.floats))
    dout = np.random.default_rng(2).normal(size=np.shape(out))
    gradients = pullback(dout.astype(np.asarray(out).dtype) if np.ndim(out) else float(dout))
    exact = vjp(f, *wide, wrt=tuple(sample.floats))[1](dout if np.ndim(out) else float(dout))
    for i, gradient, wanted in zip(sample.floats, gradients, exact, strict=True):
        assert_like(gradient, narrow[i])
        assert_allclose(gradient, wanted, rtol=1e-3, atol=1e-4)


PAIRS = [
    pytest.param(function, call, id=program(function, call.shaped(*[(2,)] * 2)).text)
    for function, calls in SAMPLES.items()
    for call in calls
    if len(call.ranges) == 2 and not is_scalar_function(function)
]
ONES = [
    pytest.param(function, call, id=program(function, call.shaped((2,))).text)
    for function, calls in SAMPLES.items()
    for call in calls
    if len(call.ranges) == 1 and not is_scalar_function(function) and function not in (max, min)
]


@pytest.mark.parametrize(("function", "call"), [p for p in PAIRS if p.values[0] not in (max, min)])
def test_broadcasting_of_two_operands(function, call):
    for shapes in itertools.product(SHAPES, SHAPES):
        check_gradient(program(function, call.shaped(*shapes)))


@pytest.mark.parametrize(("function", "call"), ONES)
def test_one_operand_of_any_shape(function, call):
    for shape in SHAPES:
        check_gradient(program(function, call.shaped(shape)))


# -- what the harness is good for -------------------------------------------------------


@elementwise(np.tanh)
def wrong_tanh(y, x):
    dx = (1 + y**2) * dy


@elementwise(np.multiply)
def wrong_multiply(c, a, b):
    da = b * dc
    db = b * dc


@pytest.mark.parametrize("rule", [wrong_tanh, wrong_multiply], ids=lambda rule: rule.name)
def test_a_wrong_rule_is_caught(rule):
    (function,) = rule.functions
    call = SAMPLES[function][0]
    sample = program(function, call.shaped(*[(2, 3)] * len(call.ranges)))
    check_gradient(sample)
    with pytest.raises(AssertionError, match="d/dx"):
        check_gradient(sample, catalogue().with_rules([rule]))


# -- spellings that samples do not have ------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x0.reshape(2, -1)", np.ones((4, 3))),
        ("x0.reshape((3, 4))", np.ones((4, 3))),
        ("x0.reshape(-1)", np.ones((4, 3))),
        ("x0.reshape(x0.shape[1], x0.shape[0])", np.ones((4, 3))),
        ("x0.reshape(x0.shape[0], -1)", np.ones((4, 3, 2))),
        ("x0.transpose()", np.ones((4, 3))),
        ("x0.transpose(1, 2, 0)", np.ones((4, 3, 2))),
        ("x0.transpose((1, 0, 2))", np.ones((4, 3, 2))),
        ("x0.sum(0)", np.ones((4, 3))),
        ("x0.mean(axis=1, keepdims=True)", np.ones((4, 3))),
        ("x0.var(ddof=1)", np.arange(12.0).reshape(4, 3)),
        ("x0.max(axis=0)", np.arange(12.0).reshape(4, 3)),
        ("x0.dot(x0.T)", np.arange(12.0).reshape(4, 3)),
        ("x0.clip(0.5, 2.5)", np.arange(12.0).reshape(4, 3)),
        ("x0.clip(min=2.5)", np.arange(12.0).reshape(4, 3)),
        ("x0.clip(max=2.5)", np.arange(12.0).reshape(4, 3)),
        ("x0.ravel()[::2]", np.arange(12.0).reshape(4, 3)),
        ("x0.swapaxes(0, 1)", np.ones((4, 3))),
        ("x0.squeeze()", np.ones((4, 1))),
        ("x0.cumsum()", np.ones((4, 3))),
        ("x0.take([0, 0, 2])", np.arange(3.0)),
        ("x0[[0, 0, 2]]", np.arange(3.0)),
        ("x0.repeat(2)", np.ones(3)),
        ("x0.trace()", np.ones((3, 3))),
        ("x0.prod()", np.arange(1.0, 4.0)),
        ("x0.item() * 2", np.ones(1)),
        ("x0 * float(len(x0))", np.ones(3)),
        ("x0[x0 > 0.5]", np.arange(3.0)),
        ("x0[np.argsort(x0)]", np.array([3.0, 1.0, 2.0])),
        ("x0 * (x0 > 0.5)", np.arange(3.0)),
        ("x0 // 2 * x0", np.array([3.0, 1.0, 5.0])),
        ("np.round(x0, 1) * x0", np.array([3.13, 1.18, 5.01])),
        ("np.sign(x0) * x0", np.array([3.13, -1.18, 5.01])),
        ("x0 * np.arange(3)", np.ones(3)),
        ("x0 * np.linspace(0, 1, 3)", np.ones(3)),
        ("x0 + np.zeros((2, 3))", np.ones(3)),
        ("x0 @ np.eye(3)", np.ones(3)),
        ("x0 * np.ones_like(x0)", np.ones(3)),
        ("np.where(np.logical_and(x0 > 0.5, ~np.isnan(x0)), x0, 0)", np.arange(3.0)),
        ("x0 * x0.size + np.ndim(x0)", np.ones(3)),
    ],
)
def test_spelling(text, value):
    check_gradient(Sample(text, [value], "differences"))


# -- kinks ------------------------------------------------------------------------------

TIE = np.array([2.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("text", "values", "gradients"),
    [
        ("abs(x0)", [0.0], [0.0]),
        ("np.abs(x0)", [np.zeros(2)], [[0, 0]]),
        ("max(0.0, x0)", [0.0], [0.0]),
        ("max(x0, 0)", [0.0], [0.0]),
        ("np.maximum(0, x0)", [np.zeros(2)], [[0, 0]]),
        ("np.maximum(x0, 0)", [np.zeros(2)], [[0, 0]]),
        ("np.minimum(x0, 0)", [np.zeros(2)], [[0, 0]]),
        ("max(x0, x1)", [1.0, 1.0], [1.0, 0.0]),
        ("min(x0, x1)", [1.0, 1.0], [1.0, 0.0]),
        ("max(x0, x1, x2)", [1.0, 2.0, 2.0], [0.0, 1.0, 0.0]),
        ("np.maximum(x0, x1)", [TIE, TIE], [[1, 1, 1], [0, 0, 0]]),
        ("np.minimum(x0, x1)", [TIE, TIE], [[1, 1, 1], [0, 0, 0]]),
        ("np.fmax(x0, x1)", [TIE, np.full(3, np.nan)], [[1, 1, 1], [0, 0, 0]]),
        ("np.max(x0)", [TIE], [[0.5, 0, 0.5]]),
        ("np.min(x0)", [-TIE], [[0.5, 0, 0.5]]),
        ("max(x0)", [TIE], [[1, 0, 0]]),
        ("np.clip(x0, 1, 2)", [np.array([0.5, 1.0, 1.5, 2.0])], [[0, 0, 1, 0]]),
        ("x0 ** 0", [0.0], [0.0]),
        ("x0 ** 0.0", [np.zeros(2)], [[0, 0]]),
        ("x0 ** 1", [0.0], [1.0]),
        ("x0 ** 2", [np.zeros(2)], [[0, 0]]),
        ("x0 ** x1", [0.0, 2.0], [0.0, 0.0]),
        ("x0 ** x1", [0.0, 0.0], [0.0, 0.0]),
        ("x0 ** x1", [np.zeros(2), np.array([0.0, 1.0])], [[0, 1], [0, 0]]),
        ("x0 ** 0.5", [np.zeros(2)], [[np.inf, np.inf]]),
        ("np.where(x0 > 0, np.log(x0), 0.0)", [np.array([1.0, 2.0])], [[1.0, 0.5]]),
        ("np.heaviside(x0, x1)", [np.array([-1.0, 0.0]), 0.5], [[0, 0], 1.0]),
        ("np.prod(x0)", [np.zeros(2)], [[0, 0]]),
        ("np.sinc(x0)", [np.zeros(2)], [[0, 0]]),
    ],
)
def test_kink_follows_the_convention(text, values, gradients):
    f = compiled(text, len(values))
    out, pullback = vjp(f, *values, wrt=tuple(range(len(values))))
    quiet = np.errstate(divide="ignore" if np.inf in np.ravel(gradients[0]) else "raise",
                        invalid="raise")  # fmt: skip
    with quiet:
        found = pullback(np.ones(out.shape) if isinstance(out, np.ndarray) else 1.0)
    for gradient, expected in zip(found, gradients, strict=True):
        assert_allclose(gradient, expected)


def test_a_number_drawn_at_random_is_drawn_once():
    f = compiled("x0 * np.random.normal(size=3)", 1)
    x = np.array([1.0, 2.0, 4.0])
    out, pullback = vjp(f, x)
    assert_allclose(pullback(np.ones(3)), out / x)


# -- what is not done is refused -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("np.interp(x0, x0, x0)", vector()),
        ("np.sum(x0, 0, np.float32)", vector()),
        ("np.sum(x0, where=x0 > 0)", vector()),
        ("x0.reshape((2, 2), order='F')", vector()),
        ("np.diff(x0, 2)", vector()),
        ("np.linspace(x0[0], x0[1], 3)", vector()),
        ("np.arange(x0[0])", vector()),
        ("np.linalg.norm(x0, 1)", vector()),
        ("max(x0, 0)", vector()),
        ("float(x0)", vector()),
    ],
)
def test_refused(text, value):
    with pytest.raises(UserError):
        vjp(compiled(text, 1), value)


# -- operations written out by hand ------------------------------------------------------------

X = np.random.default_rng(3).normal(size=(3, 4))
PATTERNS = {
    "sigmoid": [
        "1 / (1 + np.exp(-x0))",
        "1.0 / (1.0 + np.exp(-x0))",
        "1 / (np.exp(-x0) + 1)",
        "np.exp(x0) / (1 + np.exp(x0))",
    ],
    "sigmoid of -x": ["1 / (1 + np.exp(x0))"],
    "square": ["x0 * x0"],
    "softmax": [
        "np.exp(x0) / np.sum(np.exp(x0))",
        "np.exp(x0) / np.exp(x0).sum(axis=1, keepdims=True)",
        "np.exp(x0) / np.sum(np.exp(x0), axis=(0, 1), keepdims=True)",
        "np.exp(x0 - np.max(x0)) / np.sum(np.exp(x0 - np.max(x0)))",
        "np.exp(x0 - x0.max(axis=0, keepdims=True))"
        " / np.sum(np.exp(x0 - x0.max(axis=0, keepdims=True)), axis=0, keepdims=True)",
    ],
    "log of softmax": [
        "x0 - np.log(np.sum(np.exp(x0)))",
        "x0 - np.log(np.sum(np.exp(x0), axis=1, keepdims=True))",
    ],
    "logsumexp": [
        "np.log(np.sum(np.exp(x0)))",
        "np.log(np.sum(np.exp(x0), axis=1))",
        "np.log(np.sum(np.exp(x0), axis=0, keepdims=True))",
        "np.max(x0) + np.log(np.sum(np.exp(x0 - np.max(x0))))",
    ],
    "logsumexp, axes kept": [
        "np.log(np.sum(np.exp(x0 - np.max(x0, axis=1, keepdims=True)), axis=1, keepdims=True))"
        " + np.max(x0, axis=1, keepdims=True)",
    ],
}


def recognised(f: Any, *args: Any) -> set[Any]:
    """The operations without a function of their own among a program's gates."""
    from adgen import grad

    program_ = grad(f).compilation(*args).staged.program
    ops = [gate.op.function for _, gate in program_.gates() if gate.op is not None]
    return {op for op in ops if isinstance(op, str) and op != "copy"}


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in PATTERNS.items() for text in texts]
)
def test_pattern_is_recognised(name, text):
    assert name in recognised(compiled(text, 1), X)
    check_gradient(Sample(text, [X], "differences"))


@pytest.mark.parametrize(
    "text",
    [
        "np.exp(x0) / np.sum(np.exp(x0), axis=0)",
        "np.exp(x0) / np.sum(np.exp(2 * x0))",
        "np.exp(x0) / np.sum(np.exp(x0), axis=0, keepdims=False)",
        "2 / (1 + np.exp(-x0))",
        "1 / (2 + np.exp(-x0))",
        "x0[0] * x0[1]",
    ],
)
def test_what_only_looks_like_a_pattern_is_not_taken_for_one(text):
    assert recognised(compiled(text, 1), X) == set()
    check_gradient(Sample(text, [X], "differences"))


def stable_softmax(x):
    m = np.max(x, axis=-1, keepdims=True)
    e = np.exp(x - m)
    total = np.sum(e, axis=-1, keepdims=True)
    return e / total


def shared_parts(x):
    e = np.exp(x)
    return e / e.sum() + e


@pytest.mark.parametrize("f", [stable_softmax, shared_parts])
def test_pattern_looks_through_names(f):
    assert recognised(f, X) == {"softmax"}
    out, pullback = vjp(f, X)
    dout = np.random.default_rng(4).normal(size=out.shape)
    assert_allclose(pullback(dout), measured(f, [X], 0, dout, "differences"), 1e-6, 1e-8)


def test_every_pattern_names_an_operation():
    assert [p.function for p in catalogue().patterns if catalogue().find(p.function) is None] == []
    assert {p.function for p in catalogue().patterns} == set(PATTERNS)
    assert all(isinstance(p.tree, ast.BinOp | ast.Call) for p in catalogue().patterns)
