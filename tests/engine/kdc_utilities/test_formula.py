"""The small grammar of prices: it computes what it says, and refuses the rest with a place."""

from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kdc_utilities_engine import formula

VALUES = {name: D(number) for number, name in enumerate(formula.VARIABLES, 2)}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 2 - 3", 5),
        ("-2 * -3", 6),
        ("0,5 * 3", D("1.5")),
        ("1.25*4", 5),
        ("max(1; 2; 3) + min(4; 5)", 7),
        ("so_luong * 10", 20),
        ("quantity * 10", 20),
        ("SO_NGUOI", 3),
        ("lam_tron(2,5) + tron_len(1,1) + tron_xuong(1,9)", 6),
        ("neu(so_nguoi >= 3; 10; 20)", 10),
        ("if(so_nguoi > 3; 10; 20)", 20),
        ("neu(2 = 2; neu(1 <> 1; 1; 2); 3)", 2),
        # Only the branch that counts is computed.
        ("neu(so_luong > 0; 100 / so_luong; 0)", 50),
        ("12000", 12000),
    ],
)
def test_results(text, result):
    assert formula.parse(text).compute(VALUES) == result


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("", "empty", 0),
        ("   ", "empty", 0),
        ("1" * 301, "long", 300),
        ("(" * 25 + "1" + ")" * 25, "deep", 21),
        ("2 $ 3", "sign", 3),
        ("so_nguoii", "name", 1),
        ("1 + gia", "name", 5),
        ("15.000 * 2", "thousands", 1),
        ("1,234,567", "thousands", 1),
        ("1.2.3", "number", 1),
        ("2 * ", "end", 4),
        ("(1 + 2", "end", 7),
        ("1 2", "expected", 3),
        ("2 * )", "expected", 5),
        ("max(1)", "arguments", 1),
        ("lam_tron(1; 2)", "arguments", 1),
        ("neu(1; 2; 3)", "expected", 6),
        ("neu(1 < 2; 3)", "arguments", 1),
        ("max 1", "expected", 5),
        ("1 < 2", "expected", 3),
        ("__import__('os')", "sign", 12),
        ("so_luong.real", "sign", 9),
        ("2 ** 3", "expected", 4),
        ("1e9", "expected", 2),
        ("lambda", "name", 1),
    ],
)
def test_refusals(text, code, position):
    with pytest.raises(formula.FormulaError) as caught:
        formula.parse(text)
    assert (caught.value.code, caught.value.position) == (code, position)


def test_division_by_zero_names_its_place():
    with pytest.raises(formula.FormulaError) as caught:
        formula.parse("1 + 100 / (so_luong - 2)").compute(VALUES)
    assert (caught.value.code, caught.value.position) == ("zero", 9)


def test_variables_are_named_once_in_a_fixed_order():
    assert formula.parse("so_xe + so_luong * quantity").variables() == ("quantity", "vehicles")


@st.composite
def expressions(draw, depth=3):
    """A text with the value that exact fractions give it."""
    if not depth or draw(st.booleans()):
        number = draw(st.integers(0, 50))
        return str(number), Fraction(number)
    left, first = draw(expressions(depth=depth - 1))
    right, second = draw(expressions(depth=depth - 1))
    sign = draw(st.sampled_from("+-*"))
    value = {"+": first + second, "-": first - second, "*": first * second}[sign]
    return f"({left} {sign} {right})", value


@settings(deadline=None)
@given(expressions())
def test_equals_exact_arithmetic(expression):
    text, value = expression
    assert Fraction(formula.parse(text).compute({})) == value


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="0123456789.,;()+-*/<>= abcdefghijklmnopqrstuvwxyz_đ'\"\\\n", max_size=40))
def test_any_text_is_read_or_refused_never_worse(text):
    try:
        formula.parse(text).compute(VALUES)
    except formula.FormulaError:
        pass


@pytest.mark.parametrize("text", ["9" * 60, f"round({'9' * 60})", f"ceil(1/(1/{'9' * 99}))", "*".join(["9" * 14] * 18)])
def test_numbers_no_bill_can_have_are_refused(text):
    with pytest.raises(formula.FormulaError) as caught:
        formula.parse(text).compute({})
    assert caught.value.code == "large"
