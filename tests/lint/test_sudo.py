"""Whoever leaves the rights of the reader says why: every ``sudo()`` of the addons has its reason beside it."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

ADDONS = Path(__file__).parents[2] / "addons"
FILES = [path for path in sorted(ADDONS.glob("*/**/*.py")) if "tests" not in path.parts]


def unexplained(source):
    """Return the lines of calls of ``sudo`` that have no comment on the same or the line before.

    ``sudo(False)`` gives rights back and needs no reason.
    """
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    explained = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    return [
        node.func.end_lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "sudo"
        and [ast.unparse(argument) for argument in node.args] != ["False"]
        and not {node.func.end_lineno, node.func.end_lineno - 1} & explained
    ]


def test_every_sudo_has_its_reason_beside_it():
    found = [
        f"{path.relative_to(ADDONS)}:{line}"
        for path in FILES
        if "sudo" in (source := path.read_text(encoding="utf-8"))
        for line in unexplained(source)
    ]
    assert found == [], "say why on the same line or the line before"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("x = y.sudo()", [1]),
        ("x = y.sudo()  # sudo: counts only", []),
        ("# sudo: counts only\nx = y.sudo()", []),
        ("# sudo: too far away\n\nx = y.sudo()", [3]),
        ("# sudo: too far away\nx = (\n    y\n    .sudo()\n)", [4]),
        ("x = y.sudo(False)", []),
    ],
)
def test_it_sees_what_is_missing(source, lines):
    assert unexplained(source) == lines
