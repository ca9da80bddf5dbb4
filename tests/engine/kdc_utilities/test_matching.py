"""Transfers find their bills, and never another's."""

from collections import Counter
from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from kdc_demo_engine import transfers
from kdc_utilities_engine import account_number, matching, reference
from kdc_utilities_engine.apportion import Charge
from kdc_utilities_engine.matching import Bill, Book, Match, Payer, Transfer

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def number(sequence):
    return account_number.make(sequence)


def code(sequence, period=NOVEMBER):
    return reference.make_reference(number(sequence), period)


def charge(move, period, amount, priority=1):
    return Charge({"move_id": move, "section": "NUOC", "label": "Nước"}, period, priority, amount)


def book(**kwargs):
    """Account 1 owes October 88,160 and November 217,650; account 2 owes November 150,000; account 3 nothing."""
    bills = [
        Bill(code(1, OCTOBER), "a", 10),
        Bill(code(1), "a", 11),
        Bill(code(2), "b", 20),
        Bill(code(3), "c", 30),
        Bill(code(4), "d", 40, cancelled=True),
    ]
    charges = {
        "a": [charge(10, OCTOBER, 88_160), charge(11, NOVEMBER, 217_650)],
        "b": [charge(20, NOVEMBER, 150_000)],
        "d": [charge(41, NOVEMBER, 70_000)],
    }
    payers = [
        Payer("a", number(1), ("nguyen van an",), ("0071000123456",)),
        Payer("b", number(2), ("tran thi binh",)),
        Payer("c", number(3), ("le van cuong",)),
    ]
    return Book(bills, charges, payers, drives={7: "well"}, **kwargs)


def match(text, amount, **kwargs):
    return matching.match(Transfer(amount, text, **kwargs), book())


def booked(found: Match):
    return {part.account: part.amount for part in found.parts}


class TestCodes:
    def test_exact_whatever_is_around(self):
        for text in (
            code(2), code(2).lower(), f"MBVCB.3456.{code(2)}.CT tu 0071", " ".join(code(2)),
            f"{code(2)[:9]}\n{code(2)[9:]}", f"Đóng tiền nước{code(2)}FT26326123",
        ):  # fmt: skip
            found = match(text, 150_000)
            assert (found.outcome, booked(found)) == ("exact", {"b": 150_000}), text

    def test_partial_and_over(self):
        assert (match(code(2), 100_000).outcome, booked(match(code(2), 100_000))) == ("partial", {"b": 100_000})
        assert (match(code(2), 150_001).outcome, booked(match(code(2), 150_001))) == ("over", {"b": 150_001})

    def test_nothing_is_kept_in_advance_for_a_former_payer(self):
        known = book()
        known.by_reference[code(2)] = Bill(code(2), "b", 20, former=True)
        for amount, outcome, parts in ((150_000, "exact", 150_000), (9, "partial", 9), (150_001, "over", None)):
            found = matching.match(Transfer(amount, code(2)), known)
            assert (found.outcome, booked(found).get("b"), found.reason) == (outcome, parts, "" if parts else "former")
        assert found.suggestions[0].account == "b"

    def test_one_code_may_pay_all_that_is_owed(self):
        assert match(code(1), 88_160 + 217_650).outcome == "exact"

    def test_two_codes(self):
        both = f"{code(1)} va {code(2)}"
        assert booked(match(both, 217_650 + 150_000)) == {"a": 217_650, "b": 150_000}
        other = match(both, 300_000)
        assert (other.outcome, other.parts, other.reason) == ("unknown", (), "several")
        assert {one.account for one in other.suggestions} >= {"a", "b"}
        assert booked(match(f"{code(1)} {code(1, OCTOBER)}", 88_160 + 217_650)) == {"a": 88_160 + 217_650}

    def test_paid_already(self):
        found = match(code(3), 50_000)
        assert (found.outcome, found.parts) == ("double", ())

    def test_cancelled(self):
        assert match(code(4), 70_000).reason == "cancelled"

    def test_a_valid_code_of_nobody(self):
        assert match(code(77), 150_000).reason == "unknown_code"

    def test_the_same_code_again_in_one_statement(self):
        state = book()
        first = matching.match(Transfer(150_000, code(2)), state)
        state.take("b", 150_000, first.references)
        assert matching.match(Transfer(150_000, code(2)), state).outcome == "double"

    def test_money_given_to_an_older_bill_does_not_make_its_own_code_a_double(self):
        state = book()
        first = matching.match(Transfer(217_650, code(1)), state)
        assert first.outcome == "exact"
        state.take("a", 217_650, first.references)
        second = matching.match(Transfer(88_160, code(1, OCTOBER)), state)
        assert (second.outcome, booked(second)) == ("exact", {"a": 88_160})
        state.take("a", 88_160, second.references)
        assert state.owed("a") == 0
        assert matching.match(Transfer(88_160, code(1, OCTOBER)), state).outcome == "double"


class TestDamaged:
    def test_look_alikes_are_repaired_only_when_the_amount_agrees(self):
        damaged = code(2).replace("0", "O")
        assert booked(match(damaged, 150_000)) == {"b": 150_000}
        assert match(damaged, 140_000).reason == "repaired"
        assert match(damaged, 140_000).suggestions[0].account == "b"

    def test_the_check_character_itself_is_never_repaired(self):
        """A mistyped digit and a check character that looks like another's would make a neighbour's code."""
        for look, typed in (("0", "O"), ("1", "I"), ("5", "S"), ("8", "B")):
            sequence = next((n for n in range(1, 400) if code(n)[-1] == look), None)
            state = Book([Bill(code(sequence), "x", 1)], {"x": [charge(1, NOVEMBER, 50_000)]})
            assert not matching.match(Transfer(50_000, code(sequence)[:-1] + typed), state).parts

    def test_missing_prefix(self):
        assert booked(match(code(2)[3:], 150_000)) == {"b": 150_000}

    def test_a_damaged_second_code_keeps_the_money_in_the_queue(self):
        broken = code(1)[:8] + ("3" if code(1)[8] != "3" else "4") + code(1)[9:]
        found = match(f"{code(2)} {broken}", 150_000 + 217_650)
        assert (found.parts, found.reason) == ((), "several")

    def test_a_second_customer_keeps_the_money_in_the_queue(self):
        found = match(f"{code(2)} va {number(1)}", 150_000 + 217_650)
        assert (found.parts, found.reason) == ((), "several")


class TestSuggestions:
    def test_by_number_name_and_amount(self):
        found = match(f"TRAN THI BINH nop tien ma {number(2)}", 150_000)
        assert (found.parts, found.reason) == ((), "no_code")
        best = found.suggestions[0]
        assert (best.account, set(best.reasons), best.owed) == ("b", {"number", "name", "amount"}, 150_000)

    def test_by_the_bank_account_that_paid_before(self):
        assert match("ck", 1, payer_account="0071000123456").suggestions[0].reasons == ("bank_account",)

    def test_nothing_known(self):
        assert match("ck", 123).suggestions == ()


class TestGifts:
    def test_gift(self):
        found = match(reference.make_gift_reference(number(3), 7), 500_000)
        assert (found.outcome, found.gift.account, found.gift.drive, found.gift.amount) == (
            "gift",
            "c",
            "well",
            500_000,
        )

    def test_gift_to_a_drive_that_takes_nothing(self):
        found = match(reference.make_gift_reference(number(3), 8), 500_000)
        assert (found.gift, found.reason) == (None, "no_drive")

    def test_bill_and_gift(self):
        found = match(f"{reference.make_gift_reference(number(2), 7)} {code(2)}", 250_000)
        assert (found.gift, found.parts, found.reason) == (None, (), "mixed")


def ward(size, seed=1):
    """Open bills of this many customers, most of them owing one month, and a book of them."""
    random = Random(seed)
    owed, bills, charges, payers = [], [], {}, []
    for sequence in range(1, size + 1):
        amount = random.choice((44_000, 66_000, random.randrange(30_000, 900_000)))
        name = f"Nguyễn Văn {random.choice('An Bình Cường Dũng Em Phúc Giang'.split())} {sequence % 40}"
        owed.append(transfers.Owed(code(sequence), sequence, number(sequence), amount, name))
        bills.append(Bill(code(sequence), sequence, sequence))
        charges[sequence] = [charge(sequence, NOVEMBER, amount)]
        payers.append(Payer(sequence, number(sequence), (reference.plain(name),)))
    return owed, Book(bills, charges, payers)


def settle(lines, state):
    """Match the lines in order as an import does; return kinds that were booked, and lines booked wrongly."""
    done, wrong = Counter(), []
    for line in lines:
        found = matching.match(Transfer(line.amount, line.text), state)
        for part in found.parts:
            state.take(part.account, part.amount, found.references)
        if found.parts:
            done[line.kind] += 1
            if sorted((part.account, part.amount) for part in found.parts) != sorted(line.truth):
                wrong.append((line, found))
    return done, wrong


class TestStatement:
    def test_two_thousand_lines_with_every_kind_of_dirt(self):
        for seed in (5, 6):
            owed, state = ward(2_400)
            lines = transfers.generate(owed, 2_000, NOVEMBER, seed)
            done, wrong = settle(lines, state)
            kinds = Counter(line.kind for line in lines)
            clean = sum(kinds[kind] for kind in transfers.CLEAN)
            assert not wrong, wrong[:3]
            assert sum(done[kind] for kind in transfers.CLEAN) >= 0.98 * clean, (done, kinds)
            assert not done["double"] and not done["one_damaged"] and not done["other_number"] and not done["nothing"]

    def test_the_same_seed_gives_the_same_lines(self):
        owed, _state = ward(200)
        assert transfers.generate(owed, 100, NOVEMBER) == transfers.generate(owed, 100, NOVEMBER)


def test_the_same_movement_in_another_export():
    assert matching.may_be_one(f"MB {code(1)}", f"{code(1)} tien nuoc")
    assert matching.may_be_one("tien nuoc", code(1))  # another export may cut the text
    assert not matching.may_be_one(code(1), code(2))


@given(st.text(max_size=60), st.integers(1, 10**9))
def test_any_text_is_answered(text, amount):
    found = match(text, amount)
    assert sum(part.amount for part in found.parts) in (0, amount)


@given(st.data(), st.integers(1, 10**6))
def test_a_single_mistake_never_pays_another(data, amount):
    """Every code with one character changed, dropped or doubled pays its own account or nobody."""
    original = code(2)
    place = data.draw(st.integers(0, len(original) - 1))
    change = data.draw(st.sampled_from(["", original[place] * 2, *reference.ALPHABET]))
    found = match(original[:place] + change + original[place + 1 :], amount)
    assert set(booked(found)) <= {"b"}


@given(st.lists(st.integers(1, 400_000), max_size=12))
def test_what_is_owed_never_gets_negative(amounts):
    state = book()
    for amount in amounts:
        before = state.owed("a")
        spread = state.take("a", amount, (code(1),))
        assert spread.total == amount
        assert state.owed("a") == before - (amount - spread.advance) >= 0


class TestDeposits:
    """Cash on its way to the bank."""

    WAITING = (matching.Deposit("d", 5_000_000, date(2026, 11, 20), "GNT-00417"),)

    def arrival(self, text, amount=5_000_000, number="FT26325", day=date(2026, 11, 21), waiting=WAITING):
        transfer = Transfer(amount, text)
        return matching.match_deposit(matching.match(transfer, book()), transfer, number, day, waiting)

    def test_proven_by_amount_day_and_slip(self):
        for text in ("NOP TIEN MAT GNT 00417", "gnt00417 UBND phuong", "Nộp tiền, GNT.00417;", "nop tien GNT-00417"):
            assert self.arrival(text).deposit == "d", text
        assert self.arrival("NOP TIEN MAT", number="GNT00417").deposit == "d"

    def test_anything_less_is_a_question(self):
        for text in ("NOP TIEN MAT", "GNT 004171", "GNT 0041", ""):
            found = self.arrival(text)
            assert (found.sure, found.reason) == (False, "deposit"), text
        late = self.arrival("GNT-00417", day=date(2026, 12, 21))
        assert (late.sure, late.reason) == (False, "deposit")
        twins = (*self.WAITING, matching.Deposit("e", 5_000_000, date(2026, 11, 21), "GNT-00417"))
        assert not self.arrival("GNT-00417", waiting=twins).sure
        short = (matching.Deposit("d", 5_000_000, date(2026, 11, 20), "417"),)
        assert not self.arrival("GNT 417", waiting=short).sure

    def test_another_amount_an_earlier_day_or_a_code_is_none(self):
        assert self.arrival("GNT-00417", amount=5_000_001).reason == "no_code"
        assert self.arrival("GNT-00417", day=date(2026, 11, 18)).reason == "no_code"
        assert booked(self.arrival(f"{code(1)} GNT-00417")) == {"a": 5_000_000}
        assert self.arrival(f"{code(9)} GNT-00417").reason == "unknown_code"


class TestPossible:
    """Whatever the matching finds with all bills at hand is among what it would ask the database for."""

    @given(st.integers(1, 10**7), st.sampled_from("TUVWXYZ"), st.integers(0, 2**16), st.booleans(), st.text(max_size=9))
    def test_every_reading_of_a_code(self, sequence, letter, damage, prefixed, around):
        whole = reference.make_reference(number(sequence), NOVEMBER, "TUVWXYZ".index(letter) + 1)
        swaps = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z", "Z": "2"}
        body = "".join(
            swaps.get(char, char) if damage >> place % 16 & 1 else char for place, char in enumerate(whole[:-1])
        )
        text = f"{around} {(body if prefixed else body[3:]) + whole[-1]} {around}"
        found = Book([Bill(whole, "a", 1)], {}).repaired(text) | set(reference.find_references(text)) & {whole}
        assert found <= matching.possible_codes(text)

    def test_nothing_else_is_asked_for(self):
        assert matching.possible_codes("NGUYEN VAN AN chuyen tien nuoc thang 11 2026") == set()
        assert matching.possible_names("AN", "Lê Văn  C") == {
            "an le",
            "an le van",
            "an le van c",
            "le van",
            "le van c",
            "van c",
        }
        assert matching.possible_numbers("KH 0012345 KDC7654321, 12345678901") == ["0012345", "7654321"]


def test_the_number_of_an_entry_made_by_hand():
    """A number proves which movement it is; a word, a day or a part of a longer number does not."""
    own, text = "FT26328123456", "MBVCB.23112026 chuyen tien rac thang 11 KD0001 so GD 778899-MB"
    for typed in ("FT26328123456", " ft 26328-123456 ", "778899"):
        assert matching.same_number(typed, own, text), typed
    for typed in ("", "11", "tháng 11", "23/11/2026", "23112026", "123456", "26328123456", "chuyen tien", "77889"):
        assert not matching.same_number(typed, own, text), typed
    assert matching.same_number("FT26328123456", "", "NGUYEN VAN AN CT FT26328123456ND tien nuoc")
    assert not matching.same_number("FT26328123456", "", "FT263281234567")
