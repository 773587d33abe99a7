"""The API as a page: Swagger UI from its package, no third party asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from swagger_ui_bundle import swagger_ui_path

from gamestate.api.errors import NoSuchPathError
from gamestate.api.responses import Response

PAGE: Final = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>gamestate API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""

# The bundled Swagger UI reads OpenAPI 3.0; the document says 3.1 and uses little that is new in it.
START: Final = b"""fetch("/openapi.json").then(answer => answer.json()).then(spec =>
  SwaggerUIBundle({spec: {...spec, openapi: "3.0.3"}, dom_id: "#swagger-ui", validatorUrl: null}));
"""

FILES: Final[Mapping[str, str]] = {
    "favicon-32x32.png": "image/png",
    "start.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}

POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'"
)


class DocsPage:
    """The page and its files, each read once, when it is first asked for."""

    def __init__(self) -> None:
        self._read = {"start.js": START}

    def page(self) -> Response:
        """The HTML."""
        return 200, _headers("text/html; charset=utf-8"), PAGE

    def file(self, name: str) -> Response:
        """One of FILES. Raises NoSuchPathError for any other name."""
        if name not in FILES:
            raise NoSuchPathError
        if name not in self._read:
            self._read[name] = (swagger_ui_path / name).read_bytes()
        return 200, _headers(FILES[name]), self._read[name]


def _headers(media_type: str) -> list[tuple[str, str]]:
    return [
        ("content-type", media_type),
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
    ]
