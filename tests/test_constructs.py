"""Every row of `constructs.py` does what it says."""

import contextlib
import io

import pytest

from adgen import UserError
from adgen.api import Gradient
from tests.check_program import check
from tests.constructs import ROWS


def quiet():
    return contextlib.redirect_stdout(io.StringIO())


@pytest.mark.parametrize(
    ("row", "args"),
    [(row, args) for row in ROWS if not row.refusal for args in row.inputs],
    ids=lambda part: part.function.__name__ if hasattr(part, "function") else "at",
)
def test_accepted(row, args):
    with quiet():
        check(row.function, args)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.refusal], ids=lambda row: row.function.__name__
)
def test_refused(row):
    with pytest.raises(UserError) as refusal:
        Gradient(row.function).forward(*row.inputs[0])
    assert row.refusal in str(refusal.value)
