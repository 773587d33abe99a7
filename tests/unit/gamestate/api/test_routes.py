"""Finding the row of a request."""

from __future__ import annotations

import pytest

from gamestate.api.routes import ROUTES, Route, RouteTable


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_found_by_a_path_of_its_form(route: Route) -> None:
    path = route.path.replace("{char_id}", "42").replace("{file}", "42")
    methods, parameter = RouteTable(ROUTES).find(path)
    assert methods[route.method] is route
    assert parameter == ("42" if "{" in route.path else "")


@pytest.mark.parametrize(
    "path",
    ["", "/", "*", "/v1/characters/4/2/messages", "/v1/characters/4/messages/", "/V1/messages"],
)
def test_other_paths_are_not_there(path: str) -> None:
    assert RouteTable(ROUTES).find(path) == ({}, path.split("/")[3] if "characters" in path else "")


def test_whoever_may_get_may_head() -> None:
    methods, _ = RouteTable(ROUTES).find("/metrics")
    assert methods["HEAD"] is methods["GET"]
