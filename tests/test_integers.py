"""Linear conditions on integers, held against trying out every number."""

import itertools
from random import Random

import pytest

from adgen.analysis.integers import is_possible
from adgen.types import Dim

LETTERS = "ijk"
ATOMS = [("index", letter) for letter in LETTERS]
REACH = range(-6, 7)


def _sum(chance):
    made = Dim(chance.randint(-4, 4))
    for atom in ATOMS:
        made += Dim.of(atom) * chance.randint(-2, 2)
    return made


@pytest.mark.parametrize("seed", range(60))
def test_conditions_that_numbers_meet_are_never_called_impossible(seed):
    chance = Random(seed)
    above = [_sum(chance) for _ in range(chance.randint(0, 5))]
    zero = [_sum(chance) for _ in range(chance.randint(0, 2))]
    met = any(
        all(d.evaluate(at) >= 0 for d in above) and all(d.evaluate(at) == 0 for d in zero)
        for at in (
            dict(zip(ATOMS, numbers, strict=True))
            for numbers in itertools.product(REACH, repeat=len(ATOMS))
        )
    )
    assert is_possible(above, zero) or not met


def test_a_triangle_of_indices():
    i, j, k = map(Dim.of, ATOMS)
    inside = [k, j - k - 1, i - j - 1]
    assert not is_possible(inside, [i - k])
    assert not is_possible([*inside, Dim(1) - i])
    assert is_possible(inside, [i - k - 2])


def test_even_is_not_odd():
    i, j, _ = map(Dim.of, ATOMS)
    assert not is_possible([i, j], [i * 2 - j * 2 + 1])
    assert not is_possible([i * 2 - 1, i * -2 + 1])
