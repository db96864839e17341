"""The documents: generated blocks say what the compiler says today, examples run."""

import inspect
import itertools
import linecache
import operator
import re
import runpy
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from adgen import UserError, grad
from adgen.explain.stages import stages
from adgen.grading import report
from adgen.grading.causes import Cause
from adgen.grading.exercise import exercise
from adgen.grading.grade import grade
from adgen.grading.submission import understood
from adgen.rules import FAMILIES, catalogue
from tests import catalogue_page
from tests.blocks import fenced, has_blocks, hold
from tests.catalogue_page import spelled
from tests.constructs import ROWS
from tests.submissions.cases import MISTAKES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"

LOSS = """\
import numpy as np


def loss(X, w, y):
    r = X @ w - y
    return 0.5 * np.mean(r**2)
"""

# what is accepted by now drops out of the page
REFUSED = [
    "return np.asmatrix(x)",
    "rows = (v * v for v in x)\n    return sum(rows) / sum(rows)",
    "if x[0] > 0:\n        return np.sum(x)",
]


def module(text, name):
    """The names of a module that has this text."""
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    names = {}
    exec(compile(text, name, "exec"), names)
    return names


# --- what the blocks say -------------------------------------------------------------------------


@lru_cache
def swish():
    function = runpy.run_path(str(ROOT / "samples" / "swish.py"))["swish"]
    x = np.ones((4, 3))
    return function, {s.name: s.text for s in stages(grad(function).compilation(x, x))}


@lru_cache
def loss():
    function = module(LOSS, "loss.py")["loss"]
    example = (np.ones((4, 3)), np.ones(3), np.ones(4))
    compilation = grad(function, wrt="w").compilation(*example)
    return function, {s.name: s.text for s in stages(compilation)}


def used_rules():
    """The rules that `swish` needs, as they stand in the catalogue."""
    rules = [catalogue().find(f).general for f in (operator.mul, np.tanh)]
    return "\n\n\n".join(inspect.getsource(rule.body).rstrip() for rule in rules)


def operations():
    """The catalogue by family; what has no derivative is said to have none."""
    rows = ["| family | operations |", "|---|---|"]
    constant = []
    for family in FAMILIES:
        found = []
        for function, op in catalogue().ops.items():
            said = spelled(function)
            if not said or op.general.body.__module__ != f"adgen.rules.{family}":
                continue
            listed = {"constant": constant, "unsupported": []}.get(op.kind, found)
            listed.append(f"`{said}`".replace("|", "\\|"))
        if found:
            rows.append(f"| {family} | {', '.join(found)} |")
    rows.append(f"| carried out, derivative zero | {', '.join(constant)} |")
    return "\n".join(rows) + "\n"


def refusals():
    """Each refused program and the message that it gets."""
    parts = []
    for body in REFUSED:
        text = f"import numpy as np\n\n\ndef f(x, k=True):\n    {body}\n"
        names = module(text + "\n\ndef helper(x):\n    return x * x\n", "model.py")
        with pytest.raises(UserError) as refused:
            grad(names["f"]).source(np.ones(3), k=True)
        parts.append(fenced(str(refused.value), "text"))
    return "\n".join(parts)


def constructs():
    """The rows of `constructs.py`, section by section."""
    lines = []
    for title, rows in itertools.groupby(ROWS, lambda row: row.section):
        lines += [f"### {title}", "", "| construct | accepted |", "|---|---|"]
        lines += [f"| {row.construct} | {verdict(row)} |".replace("`|`", r"`\|`") for row in rows]
        lines.append("")
    return "\n".join(lines)


def verdict(row):
    """Whether a row's function is accepted, or why not and what to write instead."""
    if not row.refusal:
        return "yes"
    try:
        grad(row.function).forward(*row.inputs[0])
    except UserError as refusal:
        return f"no: {refusal.message}" + (f"; {refusal.help}" if refusal.help else "")
    raise AssertionError(f"{row.construct} is accepted")


def source():
    return fenced(inspect.getsource(swish()[0]))


def staged():
    """The README's listing: the sample without its example, and the backward."""
    file = ROOT / "samples" / "staged.py"
    source = file.read_text("utf-8").split("\n\n\nEXAMPLE")[0]
    function = runpy.run_path(str(file))["f"]
    return source, grad(function).source(3.0, -4.0).split("\n\n\n")[1]


def homework():
    """The staged script with `=` where `+=` was needed."""
    (mistake,) = [m for m in MISTAKES if m.right == "dx += (1) * dnum"]
    return mistake.text


def homework_graded():
    """What `adgen grade` says to the homework."""
    function = runpy.run_path(str(ROOT / "samples" / "staged.py"))["f"]
    submission = understood("homework.py", homework(), "", "f")
    printed = report.text(grade(submission, grad(function), (3.0, -4.0)))
    command = "adgen grade homework.py --against samples/staged.py:f --args '3.0, -4.0'"
    return fenced(f"$ {command}\n{printed}", "text")


def causes():
    rows = [f"| `{cause.key}` | {cause.value} |" for cause in Cause]
    return "\n".join(["| cause | what is said |", "|---|---|", *rows]) + "\n"


def an_exercise():
    function = runpy.run_path(str(ROOT / "samples" / "staged.py"))["f"]
    made = exercise(grad(function), (3.0, -4.0), "samples/staged.py:f", 3)
    return fenced(made)


GENERATORS = {
    "grading submission": lambda: fenced(homework()),
    "grading output": homework_graded,
    "grading causes": causes,
    "grading exercise": an_exercise,
    "staged source": lambda: fenced(staged()[0]),
    "staged backward": lambda: fenced(staged()[1]),
    "source": source,
    "rules": lambda: fenced(used_rules()),
    "loss source": lambda: fenced(LOSS),
    "constructs": constructs,
    "operations": operations,
    "catalogue": catalogue_page.page,
    "refusals": refusals,
}


def generated(name):
    if name in GENERATORS:
        return GENERATORS[name]()
    function, _, stage = name.rpartition(" ")
    return fenced((loss if function == "loss" else swish)()[1][stage])


# --- the tests -----------------------------------------------------------------------------------


def pages_with_blocks():
    pages = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
    return [page for page in pages if has_blocks(page)]


@pytest.mark.parametrize("page", pages_with_blocks(), ids=lambda page: page.name)
def test_generated_blocks_are_current(page, request):
    hold(page, generated, request.config.getoption("--update-golden"))


def test_the_example_of_a_rule_runs(tmp_path):
    text = (DOCS / "rules.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert blocks
    script = tmp_path / "rules_example.py"
    script.write_text("\n\n".join(blocks), encoding="utf-8")
    runpy.run_path(str(script))


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), f"docs/{page.name} links to {link}"


def test_helpers_that_the_page_on_rules_lists_exist():
    from adgen.rules.settle import SETTLERS

    text = (DOCS / "rules.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)\(.*\)` \| ", text.split("## Helpers")[1], re.MULTILINE)
    assert listed and set(listed) <= set(SETTLERS)
