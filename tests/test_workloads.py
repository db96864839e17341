"""What the benchmark compares is right: the hand-written gradients, and adgen's."""

import copy

import numpy as np
import pytest

from adgen.api import Gradient
from tests.benchmarks.listings import by_hand, emitted
from tests.benchmarks.workloads import ALL
from tests.check_program import close, same
from tests.differences import vector_jacobian

EACH = pytest.mark.parametrize("workload", ALL, ids=lambda w: w.name)


@EACH
def test_by_hand_against_differences(workload):
    args = workload.example("tiny")
    given = copy.deepcopy(args)
    value, gradients = workload.by_hand(*args)
    assert same(args, given)
    assert np.isclose(value, workload.function(*args), rtol=1e-12)
    if len(workload.wrt) == 1:
        gradients = (gradients,)
    for name, gradient in zip(workload.wrt, gradients, strict=True):
        slope = vector_jacobian(workload.function, args, name)
        assert close(gradient, slope, rtol=1e-5, atol=1e-7), name


@EACH
def test_emitted_against_by_hand(workload):
    args = workload.example("tiny")
    value, gradients = workload.by_hand(*args)
    wrt = workload.wrt if len(workload.wrt) > 1 else workload.wrt[0]
    ours, found = Gradient(workload.function, wrt).value_and_grad(*args)
    assert same(ours, workload.function(*args))
    assert close(found, gradients)


def test_emitted_backwards_are_no_longer_than_by_hand():
    """But for the textbook's staged function, where every stage has lines of its own."""
    ratios = {}
    for workload in ALL:
        if "standard" in workload.sizes:
            gradient = Gradient(workload.function, workload.wrt)
            lines = emitted(gradient, workload.example("standard"))
            ratios[workload.name] = lines / by_hand(workload.backward)
    assert np.exp(np.mean(np.log(list(ratios.values())))) <= 1.0
    assert max(ratios.values()) <= 1.25, ratios
