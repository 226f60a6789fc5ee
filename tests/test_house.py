"""The house keeps its own rules: layout, requirements, README, sizes, no pickles."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_requirements_are_the_projects_dependencies():
    wanted = (ROOT / "requirements.txt").read_text().split("\n")
    assert [line for line in wanted if line] == PROJECT["dependencies"]


def test_the_top_level_holds_nothing_else():
    named = {"app.py", "distill", "assets", "tests", "pyproject.toml", "requirements.txt"}
    found = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in found if not name.startswith(".")} == named | {"README.md", "LICENSE"}


def test_large_files_lie_in_assets_only():
    large = [path for path in tracked() if path.is_file() and path.stat().st_size > 1_000_000]
    assert all(path.is_relative_to(ROOT / "assets") for path in large)


def test_the_bundled_model_is_small_enough():
    assert (ROOT / "assets/model/model.safetensors").stat().st_size <= 40_000_000


@pytest.mark.parametrize("word", ["import pickle", "torch.load(", "allow_pickle=True"])
def test_nothing_is_unpickled(word):
    code = [path for path in (ROOT / "distill").rglob("*.py") if word in path.read_text()]
    assert code == []


def test_the_readmes_tree_names_every_module():
    modules = {path.name for path in (ROOT / "distill").glob("*.py")}
    listed = set(re.findall(r"^  (\w+\.py) ", README, re.MULTILINE))
    assert listed == modules


def test_the_app_is_short():
    assert len((ROOT / "app.py").read_text().splitlines()) <= 25


def test_a_space_can_read_the_front_matter():
    block = README.split("---")[1]
    fields = dict(line.split(": ", 1) for line in block.strip().splitlines())
    assert fields["sdk"] == "gradio"
    assert fields["app_file"] == "app.py"
    assert fields["python_version"] == '"3.12"'
    assert len(fields["short_description"]) <= 60
    assert {"title", "emoji", "colorFrom", "colorTo", "sdk_version", "license"} <= set(fields)
