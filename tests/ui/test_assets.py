"""The page's own files: found, cached for ever under a version, and nothing else with them."""

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from distill.ui.app import head, panels
from distill.ui.assets import PageAssets
from distill.ui.components import STATIC


@pytest.fixture(scope="module")
def assets() -> PageAssets:
    return PageAssets(STATIC)


@pytest.fixture(scope="module")
def files(assets: PageAssets) -> TestClient:
    return TestClient(Starlette(routes=assets.routes()))


def test_everything_the_head_names_is_served_for_ever(assets, files):
    addresses = re.findall(r'(?:href|src)="([^"]+)"', head(assets))
    assert len(addresses) > 10
    for address in addresses:
        assert not address.startswith(("/", "http")), "a Space has a root path of its own"
        answer = files.get(f"/{address}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_every_import_of_a_module_is_there(assets):
    for path in STATIC.glob("*.js"):
        imported = re.findall(r'^(?:import|export) .*?from "\./([^"]+)"', path.read_text(), re.M)
        assert set(imported) <= set(assets.names), path.name


def test_every_panel_has_its_script_and_style(assets):
    for panel in panels().values():
        assert panel.script in assets.names
        assert panel.style in assets.names


def test_the_version_follows_the_contents(tmp_path):
    (tmp_path / "a.js").write_text("1")
    first = PageAssets(tmp_path).base
    (tmp_path / "a.js").write_text("2")
    assert PageAssets(tmp_path).base != first


def test_plotly_is_served_from_this_machine_and_compressed(files):
    answer = files.get("/live/static/plotly.min.js")
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 2_000_000
    assert "plotly.js v" in answer.text[:200]


@pytest.mark.parametrize("name", ["..%2fapp.py", "%2e%2e%2f__init__.py", "header.py", "nothing.js"])
def test_nothing_else_is_served(files, name):
    assert files.get(f"/live/static/1/{name}").status_code == 404


def test_no_script_parses_data_as_markup():
    for path in STATIC.glob("*.js"):
        text = path.read_text()
        found = re.findall(r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write)\b", text)
        assert not found, path.name
