"""The API as a page: Swagger UI, served from its package, without requests to third parties."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from swagger_ui_bundle import swagger_ui_path

from gamestate.api.endpoints import Api, Call
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


async def docs(api: Api, call: Call) -> Response:
    return 200, _headers("text/html; charset=utf-8"), PAGE


async def docs_file(api: Api, call: Call) -> Response:
    return 200, _headers(FILES.get(call.parameter, "")), _file(call.parameter)


@cache
def _file(name: str) -> bytes:
    """One of FILES, read once. Raises: NoSuchPathError for any other name."""
    if name not in FILES:
        raise NoSuchPathError
    return START if name == "start.js" else (swagger_ui_path / name).read_bytes()


def _headers(media_type: str) -> list[tuple[str, str]]:
    return [
        ("content-type", media_type),
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
    ]
