"""What is sent is what the protocol's reference encoder sends."""

from __future__ import annotations

from typing import Any

import hiredis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persistence.hot.resp import pack


@given(st.lists(st.binary(max_size=20), min_size=1))
def test_any_command_is_packed_as_hiredis_does(command: list[bytes]) -> None:
    reference: Any = hiredis.pack_command
    assert pack(command) == reference(tuple(command))


@pytest.mark.parametrize("length", [0, 9, 10, 4095, 4096, 100_000])
def test_arguments_of_any_length_are_packed(length: int) -> None:
    argument = b"x" * length
    assert pack([b"GET", argument]) == b"*2\r\n$3\r\nGET\r\n$%d\r\n%b\r\n" % (length, argument)
