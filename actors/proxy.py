"""An object whose methods are those of another, each wrapped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")
Method = Callable[..., Awaitable[Any]]


def wrap_methods(target: T, wrap: Callable[[str, Method], Method]) -> T:
    """`target`, each method replaced by `wrap(name, method)`, once, when it is first used."""
    return cast("T", _Proxy(target, wrap))


class _Proxy:
    def __init__(self, target: Any, wrap: Callable[[str, Method], Method]) -> None:
        self._target = target
        self._wrap = wrap

    def __getattr__(self, name: str) -> Method:
        wrapped = self._wrap(name, getattr(self._target, name))
        setattr(self, name, wrapped)
        return wrapped
