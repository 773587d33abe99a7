"""The two stores in memory, for tests: `MemoryHotStore` and `MemoryColdStore`."""

from persistence.testing.cold_store import MemoryColdStore
from persistence.testing.hot_store import MemoryHotStore

__all__ = ["MemoryColdStore", "MemoryHotStore"]
