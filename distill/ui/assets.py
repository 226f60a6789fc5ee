"""Serves the page's own files: ES modules, style sheets and plotly.js, all offline.

This module does not know what is in them. Their address carries a version, so that a browser may
keep them for ever and still never runs an old one.
"""

import gzip
import hashlib
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from distill.ui.gate import NOT_FOUND, guarded, refuse

FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
MEDIA_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
}
PLOTLY = "plotly.min.js"


class PageAssets:
    """The files of one folder and plotly.js.

    Args:
        folder: Where the page's own files lie.
    """

    def __init__(self, folder: Path) -> None:
        paths = sorted(path for path in folder.iterdir() if path.suffix in MEDIA_TYPES)
        self._files = {path.name: path.read_bytes() for path in paths}
        digest = hashlib.sha256(b"".join(self._files.values())).hexdigest()
        self.base = f"live/static/{digest[:12]}"

    @property
    def names(self) -> list[str]:
        """Names of the page's own files."""
        return list(self._files)

    def address(self, name: str) -> str:
        """Return the address of a file relative to the page."""
        return f"{self.base}/{name}"

    def routes(self) -> list[BaseRoute]:
        """Return the routes that serve the files."""
        return [
            Route(f"/live/static/{PLOTLY}", guarded(self.plotly)),
            Route("/live/static/{version}/{name}", guarded(self.file)),
        ]

    async def file(self, request: Request) -> Response:
        """Return one of the page's own files."""
        name = request.path_params["name"]
        if name == PLOTLY:
            return await self.plotly(request)
        if name not in self._files:
            return refuse(NOT_FOUND, "There is no such file on this server. Reload the page.")
        media_type = MEDIA_TYPES[Path(name).suffix]
        return Response(self._files[name], media_type=media_type, headers=FOREVER)

    async def plotly(self, _: Request) -> Response:
        """Return plotly.js, compressed once."""
        headers = FOREVER | {"content-encoding": "gzip", "vary": "accept-encoding"}
        return Response(self._plotly, media_type="text/javascript", headers=headers)

    @cached_property
    def _plotly(self) -> bytes:
        return gzip.compress(files("plotly").joinpath("package_data", PLOTLY).read_bytes(), 6)
