"""What a character saw, without what must differ between two that lived the same life."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

UUID: Final = '"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"'
DIFFERS: Final = re.compile(
    r'(?P<clock>"(?:deadline_s|remaining_s)":)[0-9.e+-]+'
    r'|(?P<life>"epoch":)[0-9]+'
    rf'|(?P<bag>"inventory":){UUID}'
    rf'|(?P<item>"item_id":)(?P<id>[0-9]+)|(?P<slots>"quick_slots":\[)(?P<ids>[^]]*)|{UUID}'
)


class Transcript:
    """Makes JSON values comparable: the ids of items and sessions are named by the order in which
    they appeared; times, and the session that Postgres keeps no more of than the items, are only
    there or not; whose life it is says nothing."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def of(self, value: Any) -> str:
        """The value as JSON, with every id by its name: the same id, the same name in all of
        them."""
        return DIFFERS.sub(self._same, orjson.dumps(value).decode())

    def _same(self, found: re.Match[str]) -> str:
        if label := found["clock"] or found["life"] or found["bag"]:
            return f'{label}"…"'
        if found["item"]:
            return found["item"] + self._name(found["id"])
        if found["slots"]:
            ids = found["ids"].split(",")
            return found["slots"] + ",".join(
                id_ if id_ == "null" else self._name(id_) for id_ in ids
            )
        return self._name(found[0])

    def _name(self, id_: str) -> str:
        return self._names.setdefault(id_, f'"id {len(self._names) + 1}"')
