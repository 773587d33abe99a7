"""An object whose methods are wrapped: each once, when it is first used."""

from __future__ import annotations

from actors.proxy import Method, wrap_methods


class Store:
    async def add(self, one: int, two: int) -> int:
        return one + two


async def test_a_method_is_wrapped_once_and_called_by_its_name() -> None:
    wrapped: list[str] = []

    def wrap(name: str, method: Method) -> Method:
        wrapped.append(name)
        return lambda *args: method(*args, 10)

    store = wrap_methods(Store(), wrap)
    assert [await store.add(1) for _ in range(3)] == [11, 11, 11]  # type: ignore[call-arg]
    assert wrapped == ["add"]
