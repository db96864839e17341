"""What is printed reads back as the same expression."""

import ast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adgen.emission.text import text_of

names = st.sampled_from("xyz").map(lambda n: ast.Name(n, ast.Load()))
numbers = st.sampled_from([2, -2, 1.3, -1.3, 0.0, -1e-5, 2j]).map(ast.Constant)
operators = st.sampled_from([ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult, ast.Mod, ast.Pow])
comparisons = st.sampled_from([ast.Lt, ast.Eq, ast.GtE])


def larger(inner):
    return st.one_of(
        st.builds(lambda a, op, b: ast.BinOp(a, op(), b), inner, operators, inner),
        st.builds(lambda a: ast.UnaryOp(ast.USub(), a), inner),
        st.builds(lambda a: ast.UnaryOp(ast.Not(), a), inner),
        st.builds(lambda a, op, b: ast.Compare(a, [op()], [b]), inner, comparisons, inner),
        st.builds(lambda a, b: ast.BoolOp(ast.And(), [a, b]), inner, inner),
        st.builds(ast.IfExp, inner, inner, inner),
        st.builds(lambda a: ast.Attribute(a, "T", ast.Load()), inner),
        st.builds(lambda a, b: ast.Call(ast.Name("f", ast.Load()), [a, b], []), inner, inner),
        st.builds(lambda a, b: ast.Subscript(a, b, ast.Load()), inner, inner),
        st.builds(lambda a, b: ast.Tuple([a, b], ast.Load()), inner, inner),
    )


class _Signs(ast.NodeTransformer):
    """Negative numbers as Python reads them: a sign before a number."""

    def visit_Constant(self, node):
        if isinstance(node.value, int | float) and node.value < 0:
            return ast.UnaryOp(ast.USub(), ast.Constant(-node.value))
        return node


def as_read(node):
    return ast.dump(_Signs().visit(node))


# how long it takes says nothing
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.recursive(names | numbers, larger, max_leaves=12))
def test_text_reads_back(node):
    read = ast.parse(text_of(node), mode="eval").body
    assert as_read(read) == as_read(node)


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (ast.BinOp(ast.Constant(-1.3), ast.Pow(), ast.Constant(2)), "(-1.3)**2"),
        (ast.BinOp(ast.Constant(2), ast.Pow(), ast.Constant(-1.3)), "2**-1.3"),
        (ast.BinOp(ast.Name("x"), ast.Mult(), ast.Constant(-2)), "x * -2"),
        (ast.Attribute(ast.Constant(-2.0), "real", ast.Load()), "(-2.0).real"),
    ],
)
def test_signs_of_numbers(node, text):
    assert text_of(node) == text
