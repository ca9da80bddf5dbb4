"""Sealing of personal numbers: round trip, rotation, tampering, wrong keys, blind index."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kdc_residents_engine import vault

KIND = "personal_number"
NUMBER = "056090001234"
OLD, NEW = (vault.parse_keys(vault.generate_key())[0] for _ in range(2))


@given(st.text(max_size=40))
def test_round_trip(value):
    box = vault.Vault([OLD])
    assert box.open(box.seal(value, KIND), KIND) == value


def test_equal_values_look_different_but_are_found():
    box = vault.Vault([OLD])
    first, second = box.seal(NUMBER, KIND), box.seal(NUMBER, KIND)
    assert first != second
    assert NUMBER not in first
    assert box.index(NUMBER, KIND) == vault.Vault([OLD]).index(NUMBER, KIND)
    assert box.index(NUMBER, KIND) != box.index("056090001235", KIND)
    assert box.index(NUMBER, KIND) != box.index(NUMBER, "passport")
    assert len(box.index(NUMBER, KIND)) == 24


def test_rotation():
    before, during, after = vault.Vault([OLD]), vault.Vault([NEW, OLD]), vault.Vault([NEW])
    sealed = before.seal(NUMBER, KIND)
    assert during.open(sealed, KIND) == NUMBER
    assert not sealed.startswith(during.current_prefix)
    assert during.indexes(NUMBER, KIND) == [after.index(NUMBER, KIND), before.index(NUMBER, KIND)]
    again = during.seal(during.open(sealed, KIND), KIND)
    assert again.startswith(during.current_prefix)
    assert after.open(again, KIND) == NUMBER
    with pytest.raises(vault.UnknownKey):
        after.open(sealed, KIND)


@pytest.mark.parametrize("position", [0, 1, 5, 12, 20, -5, -1])
def test_tampering(position):
    box = vault.Vault([OLD])
    sealed = list(box.seal(NUMBER, KIND))
    sealed[position] = "A" if sealed[position] != "A" else "B"
    # The last character of base64 may hold unused bits only: then nothing was changed and the value must be right.
    try:
        assert box.open("".join(sealed), KIND) == NUMBER
        assert position == -1
    except vault.VaultError:
        pass


@pytest.mark.parametrize("sealed", ["", "x", NUMBER, "1.", "1.abc", "2.00000000.AAAA"])
def test_no_sealed_value(sealed):
    with pytest.raises(vault.VaultError):
        vault.Vault([OLD]).open(sealed, KIND)


def test_another_kind_does_not_open():
    box = vault.Vault([OLD])
    with pytest.raises(vault.Damaged):
        box.open(box.seal(NUMBER, KIND), "passport")


def test_keys_in_a_text():
    one, two = vault.generate_key(), vault.generate_key()
    assert vault.parse_keys(f"{one},\n  {two}\n") == vault.parse_keys(one) + vault.parse_keys(two)
    assert vault.parse_keys("") == vault.parse_keys(None) == []
    with pytest.raises(vault.NoKey):
        vault.Vault([])


@pytest.mark.parametrize("word", ["abc", "A" * 43, "not base64!", "A" * 100])
def test_bad_keys_are_named_without_being_shown(word):
    with pytest.raises(vault.BadKey) as caught:
        vault.parse_keys(word)
    assert word not in str(caught.value)
