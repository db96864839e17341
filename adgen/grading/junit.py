"""A grade as a JUnit file: a test case for each gradient, as autograders read them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from adgen.grading.judge import Grade, Judged
from adgen.grading.report import explained

# what XML has no way to say
_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd]")


def junit(grade: Grade) -> str:
    """One test case per gradient that is asked for; what is missing counts as skipped."""
    asked = [g for g in grade.gradients if g.asked]
    suite = _suite(grade.function, len(asked))
    for found in asked:
        case = _case(suite, grade.function, found.name)
        if found.mark == "missing":
            _add(case, "skipped", "not filled in")
        elif found.mark != "right":
            _add(case, "failure", _why(grade, found))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    return _text(suite)


def cannot(function: str, message: str) -> str:
    """The file for a submission that could not be graded."""
    suite = _suite(function, 1)
    _add(_case(suite, function, "submission"), "error", message)
    suite.set("errors", "1")
    return _text(suite)


def _why(grade: Grade, found: Judged) -> str:
    wrong = grade.wrong
    if wrong is None:
        return f"{found.name} is {found.mark}"
    return f"first wrong line: {wrong.line}: {wrong.text}\n{explained(wrong)}"


def _suite(function: str, count: int) -> ElementTree.Element:
    return ElementTree.Element(
        "testsuite", name=_clean(f"adgen grade {function}"), tests=str(count)
    )


def _case(suite: ElementTree.Element, function: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=_clean(function), name=_clean(name))


def _add(case: ElementTree.Element, kind: str, message: str) -> None:
    made = ElementTree.SubElement(case, kind, message=_clean(message.split("\n")[0]))
    made.text = _clean(message)


def _clean(text: str) -> str:
    return _CONTROL.sub("?", text)


def _text(suite: ElementTree.Element) -> str:
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
