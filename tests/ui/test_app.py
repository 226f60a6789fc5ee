"""The page as it is served: its parts, its endpoints and its login."""

import httpx
import pytest

from distill.ui.app import panels


def test_the_page_holds_every_panel_once_and_offers_no_endpoint(guarded):
    with httpx.Client(base_url=guarded) as browser:
        browser.post("login", data={"username": "ada", "password": "secret"})
        config = browser.get("config").json()
    areas = [it["props"].get("elem_id") for it in config["components"]]
    assert [area for area in areas if area] == list(panels())
    assert config["dependencies"] == []


@pytest.fixture(scope="module")
def guarded(mapped_explorer, serve) -> str:
    return serve(mapped_explorer.folder, "--login", "ada:secret").address


PATHS = ["live/model", "live/health", "live/map", "live/static/plotly.min.js"]


@pytest.mark.parametrize("path", PATHS)
def test_without_login_the_live_routes_are_closed(guarded, path):
    answer = httpx.get(guarded + path)
    assert answer.status_code == 401
    assert "log in" in answer.json()["error"]


def test_a_forged_cookie_does_not_open_them(guarded):
    cookies = {"access-token-unsecure-1": "x", "access-token-": "x"}
    assert httpx.post(guarded + "live/session", cookies=cookies).status_code == 401


def test_after_login_they_are_open(guarded):
    with httpx.Client(base_url=guarded) as browser:
        browser.post("login", data={"username": "ada", "password": "secret"})
        token = browser.post("live/session").json()["token"]
        answer = browser.get("live/map", headers={"x-distill-session": token})
        assert answer.status_code == 200
        assert browser.get("live/health").json() == {"ok": True}


def test_the_scripts_stand_in_the_html_itself_for_those_who_are_logged_in(guarded):
    script = '<script type="module" src="live/static/'
    with httpx.Client(base_url=guarded) as browser:
        assert script not in browser.get("").text
        browser.post("login", data={"username": "ada", "password": "secret"})
        answer = browser.get("")
    assert script in answer.text[: answer.text.index("</head>")]
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_the_page_names_nothing_outside_its_own_folder(guarded):
    with httpx.Client(base_url=guarded) as browser:
        browser.post("login", data={"username": "ada", "password": "secret"})
        html = browser.get("").text
        assert "live/static/" in html
        assert '"/live/' not in html
