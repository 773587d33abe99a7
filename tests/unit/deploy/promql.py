"""As much of PromQL as it takes to see whether an expression asks for what is exposed."""

import re
from collections.abc import Iterator, Mapping

SELECTOR = re.compile(r"\b(gamestate_\w+)(?:\{([^}]*)\})?")
MATCHED_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
GROUPING = re.compile(r"\b(?:by|without)\s*\(([^)]*)\)")
ADDED_BY_PROMETHEUS = {"job", "instance"}


def unknown(expr: str, exposed: Mapping[str, set[str]]) -> Iterator[str]:
    """The metrics and labels an expression names that no server exposes."""
    selectors = SELECTOR.findall(expr)
    labels = set(ADDED_BY_PROMETHEUS)
    for name, matchers in selectors:
        if name not in exposed:
            yield name
        known = exposed.get(name, set()) | ADDED_BY_PROMETHEUS
        yield from (label for label in MATCHED_LABEL.findall(matchers) if label not in known)
        labels |= known
    if selectors:
        yield from (label for label in grouped_by(expr) if label not in labels)


def grouped_by(expr: str) -> Iterator[str]:
    for names in GROUPING.findall(expr):
        yield from (name.strip() for name in names.split(","))
