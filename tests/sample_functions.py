"""Every function of every sample that has a gradient, and the sample's arguments for it."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adgen.explain.targets import Target, example, own_functions

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
# these make arguments, train or draw
WITHOUT_GRADIENT = {"example", "make_spiral", "train", "draw", "main", "loss_gradient"}


@dataclass(frozen=True)
class SampleFunction:
    """A function; `args` is None where its sample has no arguments for it."""

    file: str
    name: str
    function: Any
    args: list[Any] | None
    wrt: tuple[str, ...] | None

    @property
    def target(self) -> str:
        """What the command line calls it, from the root of the repository."""
        return f"{self.file}:{self.name}"


def load(path):
    """A file outside of any package, as a module."""
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def functions_of(path):
    module = load(path)
    for name in own_functions(module):
        if name not in WITHOUT_GRADIENT:
            function = getattr(module, name)
            args, wrt = example(Target(function, name, module)) or (None, None)
            yield SampleFunction(str(path.relative_to(ROOT)), name, function, args, wrt)


SAMPLE_FUNCTIONS = [f for path in sorted(SAMPLES.rglob("*.py")) for f in functions_of(path)]
every_sample = pytest.mark.parametrize(
    "f, args, wrt",
    [
        pytest.param(f.function, f.args, f.wrt, id=f"{Path(f.file).stem}-{f.name}")
        for f in SAMPLE_FUNCTIONS
    ],
)
