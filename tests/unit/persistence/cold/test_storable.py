from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from persistence.cold.storable import bad_record, storable_text
from persistence.records import ItemRow


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_text_made_storable_has_no_nul_and_is_unicode(text: str) -> None:
    assert "\x00" not in storable_text(text)
    storable_text(text).encode()


def test_plain_text_is_left_as_it_is() -> None:
    assert storable_text("Größe: 5 µm") == "Größe: 5 µm"


def test_a_bad_record_keeps_all_that_was_offered_even_if_it_is_not_unicode() -> None:
    error = bad_record(7, "no", ItemRow(2**70, "\ud800", 1))
    assert b"\\ud800" in error.record
    assert str(2**70).encode() in error.record
