"""The catalogue: what each operation's derivative, shape and kind are."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from importlib import import_module

from adgen.rules.lookup import Catalogue
from adgen.rules.rule import Rule

# What SciPy has, by the module that it is about.
SCIENTIFIC = {
    "elementary": "scipy.special",
    "probability": "scipy.special",
    "gammas": "scipy.special",
    "bessel": "scipy.special",
    "polynomials": "scipy.special",
    "antiderivatives": "scipy.special",
    "softmaxes": "scipy.special",
    "harmonics": "scipy.special",
    "systems": "scipy.linalg",
    "matrices": "scipy.linalg",
    "spectra": "scipy.linalg",
    "structured": "scipy.linalg",
    "control": "scipy.linalg",
    "filters": "scipy.signal",
    "smoothing": "scipy.signal",
    "transforms": "scipy.signal",
    "waves": "scipy.signal",
    "peaks": "scipy.signal",
    "images": "scipy.ndimage",
    "edges": "scipy.ndimage",
    "sampling": "scipy.ndimage",
    "morphology": "scipy.ndimage",
    "regions": "scipy.ndimage",
    "distances": "scipy.spatial.distance",
    "integrals": "scipy.integrate",
    "callbacks": "scipy.optimize",
    "interpolators": "scipy.interpolate",
    "radial": "scipy.interpolate",
    "sparse": "scipy.sparse.linalg",
    "densities": "scipy.stats",
    "lifetimes": "scipy.stats",
    "lines": "scipy.stats",
    "intervals": "scipy.stats",
    "distributions": "scipy.stats",
    "counts": "scipy.stats",
    "vectors": "scipy.stats",
    "summaries": "scipy.stats",
    "relations": "scipy.stats",
    "smoothed": "scipy.stats",
    "circles": "scipy.stats",
    "comparisons": "scipy.stats",
    "located_moments": "scipy.stats",
    "frozen": "scipy.stats",
    "fourier": "scipy.fft",
}

FAMILIES = (
    "identity",
    "arithmetic",
    "elementwise",
    "powers",
    "choices",
    "joining",
    "laying",
    "blocks",
    "splitting",
    "stretching",
    "sums",
    "averages",
    "spreads",
    "factors",
    "extremes",
    "scans",
    "differences",
    "sequences",
    "shaping",
    "axes",
    "repeating",
    "diagonals",
    "picking",
    "conversions",
    "ordering",
    "products",
    "contractions",
    "outer",
    "linalg",
    "decompositions",
    "convolutions",
    "sampled",
    "polynomials",
    "padding",
    "fourier",
    "statistics",
    "indexing",
    "writing",
    "lists",
    "constant",
    "creation",
    "grids",
    "callers",
    "formulas",
    "ascending",
    "series",
    "randomness",
    *(f"scientific.{family}" for family in SCIENTIFIC),
    "patterns",
)

# Families whose module is slow to import, or may be missing: they are read once a program has
# imported it.
LATER = {
    "randomness": "numpy.random",
    **{f"scientific.{family}": module for family, module in SCIENTIFIC.items()},
}


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Everything that comes with adgen; its files are imported on first use."""
    found = [rule for family in FAMILIES if family not in LATER for rule in _rules(family)]
    later: dict[str, list[Callable[[], list[Rule]]]] = {}
    for family, module in LATER.items():
        later.setdefault(module, []).append(partial(_rules, family))
    return Catalogue(found, import_module("adgen.rules.patterns").PATTERNS, later)


def _rules(family: str) -> list[Rule]:
    members = vars(import_module(f"adgen.rules.{family}"))
    own = [member for member in members.values() if isinstance(member, Rule)]
    return [*own, *members.get("RULES", ())]
