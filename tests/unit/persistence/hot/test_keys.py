"""The names are a contract with everybody who looks into Redis."""

from __future__ import annotations

from persistence.hot import keys


def test_the_keys_are_named_as_the_contract_says() -> None:
    assert keys.core(42) == b"ac:42"
    assert keys.dedupe(42) == b"dedupe:42"
    assert keys.session("combat", "5f0c") == b"combat:session:5f0c"
    assert keys.temp("scenario", "5f0c") == b"temp:scenario:5f0c"
    assert keys.session_field("inventory") == "inventory_session_id"
    assert keys.DIRTY == b"dirty_accounts"
