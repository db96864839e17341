"""What adgen says of code that it does not accept, word for word."""

import linecache
import math
import textwrap
import traceback
from collections import deque

import numpy as np
import pytest

from adgen import UserError, grad, vjp

U = np.array([1.0, 2.0, 3.0])


def program(text, name="model.py"):
    """The function f of a module that has this text."""
    text = "import math\n\nimport numpy as np\n\n\n" + textwrap.dedent(text).strip("\n") + "\n"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    names = {}
    exec(compile(text, name, "exec"), names)
    return names["f"]


def message(text, *args, **options):
    """What is said when `grad` meets the program, with these arguments."""
    with pytest.raises(UserError) as caught:
        grad(program(text), **options)(*args)
    return str(caught.value)


def lines(text):
    return textwrap.dedent(text).strip("\n")


# --- operations ----------------------------------------------------------------------------------


def test_function_without_a_rule():
    said = message(
        """
        def f(x):
            return np.sum(np.emath.sqrt(x))
        """,
        U,
    )
    assert said == lines("""
        model.py:7:19: error: no derivative rule for np.emath.sqrt
            7 |     return np.sum(np.emath.sqrt(x))
              |                   ^^^^^^^^^^^^^
          because `x` is differentiated
          help: keep `x` out of `wrt`, or add a rule: see docs/rules.md
        """)


def test_function_without_a_rule_is_fine_where_nothing_is_differentiated():
    f = program("def f(x, t):\n    return x * np.unwrap(t)[1]")
    assert grad(f, wrt="x")(3.0, np.array([0.0, 0.5])) == 0.5


def test_keyword_that_a_rule_does_not_know():
    said = message(
        """
        def f(x):
            return np.exp(x, where=x > 0)
        """,
        U,
    )
    assert said == lines("""
        model.py:7:28: error: np.exp with `where=` is not supported
            7 |     return np.exp(x, where=x > 0)
              |                            ^^^^^
          help: choose with np.where
        """)


def test_too_many_arguments():
    said = message(
        """
        def f(x):
            return math.sin(x, x)
        """,
        1.0,
    )
    assert said == lines("""
        model.py:7:24: error: math.sin is given more arguments than adgen knows it to take
            7 |     return math.sin(x, x)
              |                        ^
          help: see docs/catalogue.md for what the catalogue knows
        """)


@pytest.mark.parametrize("text", ["str(x)", 'f"{x:.3f}"', '"%.3f" % x'])
def test_a_number_that_was_made_a_text(text):
    said = message(f"def f(x):\n    return x + float({text})\n", U)
    assert "a number that was made a text before has no derivative" in said


def test_a_text_of_what_is_not_differentiated_may_be_read():
    def f(x, rate):
        return x * float(f"{rate:.1f}")

    assert grad(f, wrt="x")(2.0, 0.25) == 0.2


def test_array_method_without_a_rule():
    said = message(
        """
        def f(x):
            return x.byteswap()
        """,
        U,
    )
    assert said == lines("""
        model.py:7:12: error: no derivative rule for the array method `.byteswap()`
            7 |     return x.byteswap()
              |            ^^^^^^^^^^^^
          help: see docs/rules.md for how to add one
        """)


def test_array_attribute_without_a_rule():
    said = message(
        """
        def f(x):
            return np.sum(x.imagine)
        """,
        U,
    )
    assert said == lines("""
        model.py:7:19: error: the attribute `.imagine` of an array is not supported
            7 |     return np.sum(x.imagine)
              |                   ^^^^^^^^^
        """)


# --- statements and expressions ------------------------------------------------------------------

UNSUPPORTED = {
    "set": ("y = {x, 2.0}\nreturn sum(y)", "{x, 2.0}", "a set"),
    "yield": ("yield x", "yield x", "a generator (`yield`)"),
}


@pytest.mark.parametrize("case", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_unsupported_syntax_is_named_and_shown(case):
    body, part, name = case
    said = message(f"def f(x):\n{textwrap.indent(body, '    ')}", 2.0)
    shown = f"    {next(line for line in body.splitlines() if part in line)}"
    number = 7 + [part in line for line in body.splitlines()].index(True)
    column = shown.index(part)
    # a statement is underlined to the end of its first line
    carets = " " * column + "^" * len(part)
    assert said.splitlines()[:3] == [
        f"model.py:{number}:{column + 1}: error: {name} is not supported",
        f"    {number} | {shown}" if number < 10 else f"   {number} | {shown}",
        f"      | {carets}",
    ]


def test_names_of_the_function_that_leave_it():
    said = message(
        """
        def f(x):
            y = set()
            y.add(x)
            return x
        """,
        1.0,
    )
    assert said == lines("""
        model.py:8:5: error: a set of differentiated values is not supported
            8 |     y.add(x)
              |     ^^^^^^^^
          help: keep their positions in it
        """)


def test_coroutine():
    with pytest.raises(UserError) as caught:
        grad(program("async def f(x):\n    return x"))
    assert str(caught.value) == lines("""
        model.py:6:1: error: coroutines cannot be differentiated
            6 | async def f(x):
              | ^^^^^^^^^^^^^^^
        """)


# --- names and indices ---------------------------------------------------------------------------


def test_name_that_is_nowhere_defined():
    said = message(
        """
        def f(x):
            return x * scale
        """,
        1.0,
    )
    assert said == lines("""
        model.py:7:16: error: `scale` has no value here
            7 |     return x * scale
              |                ^^^^^
        """)


def test_name_that_is_defined_later():
    said = message(
        """
        def f(x):
            y = z
            z = x
            return y
        """,
        1.0,
    )
    assert said == lines("""
        model.py:7:9: error: `z` has no value here
            7 |     y = z
              |         ^
        """)


def test_index_outside_of_a_list():
    said = message(
        """
        def f(p):
            return p[0] + p[2]
        """,
        [1.0, 2.0],
    )
    assert said == lines("""
        model.py:7:19: error: index 2 is outside of 2 elements
            7 |     return p[0] + p[2]
              |                   ^^^^
        """)


def test_differentiated_index():
    said = message(
        """
        def f(x, u):
            return u[x]
        """,
        1.0,
        U,
    )
    assert said == lines("""
        model.py:7:14: error: an index is differentiated
            7 |     return u[x]
              |              ^
          help: make it an integer, or wrap it in stop_gradient
        """)


def test_unpacking_into_too_many_names():
    said = message(
        """
        def f(p):
            a, b, c = p
            return a
        """,
        [1.0, 2.0],
    )
    assert said == lines("""
        model.py:7:15: error: 2 values are unpacked into 3 names
            7 |     a, b, c = p
              |               ^
        """)


def test_the_place_is_right_behind_a_decorator_and_within_a_method():
    text = """
        def same(g):
            return g


        class Model:
            @same
            def loss(self, x):
                y = np.emath.sqrt(x)
                return y


        f = Model().loss
        """
    assert message(text, 1.0).splitlines()[:3] == [
        "model.py:13:13: error: no derivative rule for np.emath.sqrt",
        "   13 |         y = np.emath.sqrt(x)",
        "      |             ^^^^^^^^^^^^^",
    ]


@pytest.mark.parametrize("grid", ["mgrid[x:3]", "mgrid[0:x:4j]", "ogrid[x:3, 0:2]", "r_[x:3]"])
def test_bound_of_a_slice_that_is_differentiated(grid):
    said = message(f"def f(x):\n    return np.sum(np.{grid}[0])", 0.5)
    assert "a bound of a slice is differentiated" in said and "help: use np.linspace" in said


def test_expression_that_is_too_deep():
    text = "def f(x):\n    return " + " + ".join(["x"] * 1000)
    said = message(text, 1.0)
    assert said.startswith("model.py:6:1: error: `f` has expressions or calls too deep inside")
    assert "write long sums in several statements" in said


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("np.fft.foo(x)", "`np.fft.foo` does not exist"),
        ("x.foo()", "an array has no method `.foo()`"),
        ("np.sum(math.sin(x))", "it takes a number: use NumPy's function for arrays"),
    ],
)
def test_what_there_is_not(result, said):
    assert said in message(f"def f(x):\n    return {result}", U)


def test_function_that_always_raises():
    said = message("def f(x):\n    raise NotImplementedError(x)", 1.0)
    assert said.splitlines()[0] == "model.py:6:1: error: `f` raises an error on every path"


# --- parameters and arguments --------------------------------------------------------------------


NOTHING = """\
model.py:6:1: error: no argument of `f` is floating-point data, so there is nothing to differentiate
    6 | def f(x, n):
      | ^^^^^^^^^^^^
  help: integers are not differentiated: pass 2.0 instead of 2"""


@pytest.mark.parametrize("args", [(2, 3), (np.arange(3), 2), (True, "a")])
def test_no_argument_to_differentiate(args):
    assert message("def f(x, n):\n    return x * n", *args) == NOTHING


@pytest.mark.parametrize("wrt", [None, "x"])
def test_argument_that_is_not_followed(wrt):
    said = message("def f(x):\n    return x[0] * 2", deque([1.0]), wrt=wrt)
    assert said.splitlines()[-1] == (
        "  help: what is in a deque is not followed: pass a float, an array with a float dtype, "
        "or a tuple, list or dict of them"
    )


@pytest.mark.parametrize("wrt", [2.0, (), {"x"}])
def test_what_names_no_parameter(wrt):
    said = message("def f(x):\n    return x * x", 1.0, wrt=wrt)
    assert said == (
        f"`wrt` is {wrt!r}, which names no parameter\n"
        "  help: give a name, a position, or a tuple of either"
    )


def test_unknown_name_in_wrt():
    said = message("def f(x, y):\n    return x * y", 1.0, 2.0, wrt="z")
    assert said == lines("""
        model.py:6:1: error: `f` has no parameter `z`, which `wrt` asks for
            6 | def f(x, y):
              | ^^^^^^^^^^^^
          help: its parameters are: x, y
        """)


def test_unknown_position_in_wrt():
    said = message("def f(x, y):\n    return x * y", 1.0, 2.0, wrt=2)
    assert said == lines("""
        model.py:6:1: error: `f` has no parameter at position 2, which `wrt` asks for
            6 | def f(x, y):
              | ^^^^^^^^^^^^
          help: its parameters are: x, y
        """)


@pytest.mark.parametrize("wrt", ["n", ("x", "n"), 1])
def test_integer_in_wrt(wrt):
    assert message("def f(x, n):\n    return x * n", 1.0, 2, wrt=wrt) == (
        "model.py:6:1: error: `n` is not floating-point data, so it has no gradient\n"
        "    6 | def f(x, n):\n"
        "      | ^^^^^^^^^^^^\n"
        "  help: pass it as a float: `n=2.0`, or an array with a float dtype"
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((1.0,), "f() missing 1 required positional argument: 'y'"),
        ((1.0, 2.0, 3.0), "f() takes 2 positional arguments but 3 were given"),
    ],
)
def test_a_call_with_other_arguments_names_the_function(args, said):
    with pytest.raises(TypeError) as caught:
        grad(program("def f(x, y):\n    return x * y"))(*args)
    assert str(caught.value) == said


def test_function_without_source():
    names = {}
    exec("def typed(x):\n    return x", names)
    with pytest.raises(UserError) as caught:
        grad(names["typed"])
    assert str(caught.value) == (
        "the source of `typed` cannot be found\n"
        "  help: put the function into a file (or a notebook cell): adgen reads its text, "
        "and code typed at a prompt or made by exec() leaves none"
    )


@pytest.mark.parametrize(
    ("what", "name"), [(math.hypot, "hypot"), (max, "max"), (int, "int"), (3, "3")]
)
def test_what_is_no_python_function(what, name):
    with pytest.raises(UserError) as caught:
        grad(what)
    assert str(caught.value) == (
        f"`{name}` is not a Python function that adgen can read\n"
        "  help: give a function defined with `def` or `lambda`"
    )


# --- results -------------------------------------------------------------------------------------


def test_array_result():
    said = message(
        """
        def f(x):
            y = x * 2
            return y
        """,
        U,
    )
    assert said == lines("""
        model.py:8:5: error: the result of `f` is an array, not a scalar
            8 |     return y
              |     ^^^^^^^^
          help: sum it up for a gradient, or use vjp for the adjoint of an array result
        """)


def test_integer_result():
    said = message(
        """
        def f(x):
            return int(x)
        """,
        2.0,
    )
    assert said == lines("""
        model.py:7:5: error: the result of `f` is not floating-point
            7 |     return int(x)
              |     ^^^^^^^^^^^^^
          help: a gradient needs a float result
        """)


@pytest.mark.parametrize("body", ["y = x * x", "if x > 0:\n        return x"])
def test_path_without_a_result(body):
    said = message(f"def f(x):\n    {body}", 1.0)
    assert said == lines("""
        model.py:6:1: error: `f` can end without returning a value
            6 | def f(x):
              | ^^^^^^^^^
          help: return a number on every path
        """)


def test_return_of_nothing():
    said = message(
        """
        def f(x):
            if x > 0:
                return
            return x
        """,
        1.0,
    )
    assert said == lines("""
        model.py:8:9: error: the function returns nothing
            8 |         return
              |         ^^^^^^
          help: return a number
        """)


def test_result_of_several_values():
    said = message(
        """
        def f(x):
            return x, 2 * x
        """,
        1.0,
    )
    assert said == lines("""
        model.py:7:5: error: the result of `f` is several values, and a gradient needs one
            7 |     return x, 2 * x
              |     ^^^^^^^^^^^^^^^
          help: return one number, or use vjp, which takes an adjoint for each value
        """)


def test_adjoint_of_another_rank():
    _, pullback = vjp(program("def f(x):\n    return x * 2"), U)
    with pytest.raises(UserError, match="the adjoint of the result has 0 axes, the result has 1"):
        pullback(1.0)


# --- errors of the author's own ------------------------------------------------------------------


def failure(text, *args):
    """The error that a program itself raises, and its traceback as text."""
    f = program(text)
    with pytest.raises(Exception) as original:
        f(*args)
    with pytest.raises(type(original.value)) as caught:
        grad(f)(*args)
    assert str(caught.value) == str(original.value)
    return "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("body", "args", "shown"),
    [
        ("y = x - x\n    return 1.0 / y", (2.0,), "1.0 / y"),
        ("return math.log(-x)", (2.0,), "math.log(-x)"),
        ("s = x + np.ones(2)\n    return np.sum(s)", (U,), "x + np.ones(2)"),
        ("s = x @ np.ones((2, 2))\n    return np.sum(s)", (U,), "s = x @ "),
        ("return x[0] + x[5]", (U,), "x[5]"),
        ("return np.sum(np.sum(x, axis=3))", (U,), "np.sum(x, axis=3)"),
        ("assert x > 5, 'too small'\n    return x", (2.0,), "assert x > 5"),
        ("if x > 1:\n        raise ValueError('no')\n    return x", (2.0,), "raise ValueError("),
    ],
)
def test_the_authors_own_errors_come_through_with_the_emitted_line(body, args, shown):
    text = failure(f"def f(x):\n    {body}", *args)
    emitted = text[text.index('File "<adgen f') :]
    assert shown in emitted


def test_errors_of_the_backward_show_its_line():
    f = program("def f(x):\n    return x * x[::-1]")
    _, pullback = vjp(f, U)
    with pytest.raises(ValueError) as caught:
        pullback(np.ones(2))
    shown = traceback.format_exception(caught.value)
    assert any('File "<adgen f' in part and "dx = " in part for part in shown)


@pytest.mark.parametrize("returned", ["x", "x[:2]", "(x, 1.0)"])
def test_finally_writes_into_what_is_returned(returned):
    text = f"""
        def f(x):
            try:
                return {returned}
            finally:
                x *= 2.0
        """
    assert "this `finally` block writes into an array that is returned" in message(text, np.ones(3))


def test_axes_that_differ_from_trip_to_trip():
    text = """
        def f(x, n):
            y = x
            for i in range(n):
                y = np.stack([y, y]) if i == 0 else y * 2
            return np.sum(y)
        """
    assert "how many axes there are is not known while compiling" in message(text, np.ones(3), 2)
