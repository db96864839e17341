"""The gradients of `everyday.py` are the slopes."""

import contextlib
import inspect
import io

import pytest

from tests.check_program import check
from tests.everyday import CASES


@pytest.mark.parametrize(
    ("function", "args"), CASES, ids=[function.__name__ for function, _ in CASES]
)
def test_gradient(function, args):
    bound = inspect.signature(function).bind(*args)
    bound.apply_defaults()
    with contextlib.redirect_stdout(io.StringIO()):
        check(function, tuple(bound.arguments.values()))
