"""Reads what a request says about itself: whose it is, names and numbers.

This module does not know what is done with them.
"""

import json
import math

from starlette.requests import Request

from distill.errors import SessionError
from distill.session import Session, Sessions
from distill.ui.gate import CONTENT, GONE, Refusal, read_body

TOKEN_HEADER = "x-distill-session"  # noqa: S105 - a header's name
NAME_LETTERS = 300
LIST_BYTES = 2_000_000


def session_of(request: Request, sessions: Sessions) -> Session:
    """Return the visitor's session.

    Raises:
        Refusal: It has ended; the page then opens another one.
    """
    try:
        return sessions.get(request.headers.get(TOKEN_HEADER, ""))
    except SessionError as error:
        raise Refusal(GONE, str(error)) from error


def name_in(request: Request, fallback: str) -> str:
    """Return the file name in the query: its last part, printable, at most 300 letters."""
    name = request.query_params.get("name", "").replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(letter for letter in name if letter.isprintable()).strip()
    return shown[:NAME_LETTERS] or fallback


def number_in(request: Request, name: str, fallback: float | None = None) -> float:
    """Return a number in the query.

    Raises:
        Refusal: It is missing, not a number or not finite.
    """
    text = request.query_params.get(name, "" if fallback is None else str(fallback))
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e6:
        raise Refusal(CONTENT, f"{name} must be a number. Send {name}=0.5, for example.")
    return value


async def identifiers_in(request: Request) -> list[str]:
    """Return the identifiers of sounds in the body, a JSON list; none where it is empty.

    Raises:
        Refusal: It is something else.
    """
    try:
        wanted = json.loads(await read_body(request, LIST_BYTES) or b"[]")
    except ValueError:
        wanted = None
    if not isinstance(wanted, list) or not all(isinstance(it, str) for it in wanted):
        raise Refusal(CONTENT, "Send a JSON list of identifiers of sounds.")
    return wanted
