"""Kernels as scientists write them, against differences at several inputs."""

import importlib
import pkgutil

import pytest

from tests import kernels
from tests.check_program import check

MODULES = [m.name for m in pkgutil.iter_modules(kernels.__path__)]


def cases():
    for module in MODULES:
        for kernel, calls in importlib.import_module(f"tests.kernels.{module}").ARGUMENTS.items():
            for at, args in enumerate(calls):
                yield pytest.param(kernel, args, id=f"{module}.{kernel.__name__}-{at}")


@pytest.mark.parametrize(("kernel", "args"), [*cases()])
def test_kernel(kernel, args):
    check(kernel, args)
