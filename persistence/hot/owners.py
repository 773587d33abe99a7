"""The owners of many characters, where one unreadable record must not hide the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from persistence.errors import BadRecordError
from persistence.hot.store import OwnerStore
from persistence.records import CharId, Ownership


async def readable_owners(
    hot: OwnerStore, char_ids: Sequence[CharId]
) -> Mapping[CharId, Ownership]:
    """The owner of each character that Redis knows, without those whose record is unreadable: a
    login finds those. Raises: HotStoreUnavailableError."""
    asked = list(char_ids)
    while True:
        try:
            owners = await hot.peek(asked)
        except BadRecordError as error:
            asked.remove(error.char_id)
        else:
            pairs = zip(asked, owners, strict=True)
            return {char_id: owner for char_id, owner in pairs if owner is not None}
