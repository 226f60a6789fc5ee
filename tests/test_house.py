"""The house keeps its own rules: layout, requirements, README, sizes, no pickles."""

import csv
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from distill.cli import app

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
# Kept for judging the model on sources that it never saw.
JUDGES = [
    *("timgm6mb-soundfont", "freepats", "opl3-soundfont", "lmms-common", "hydrogen-data"),
    *("hydrogen-drumkits-effects", "minetest-data", "openttd-opensfx", "oxygen-sounds"),
    *("ktuberling-data", "tuxpaint-stamps-default"),
]
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


def test_the_readmes_commands_exist():
    told = set(re.findall(r"^distill (\w+)", README, re.MULTILINE))
    assert told == set(get_command(app).commands)


def test_every_module_has_its_ban_on_the_pages_libraries():
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    banned = next(c for c in contracts if "plotly" in c.get("forbidden_modules", []))
    modules = {path.stem for path in (ROOT / "distill").glob("*.py")} | {"models"}
    listed = {name.removeprefix("distill.") for name in banned["source_modules"]}
    assert listed == modules - {"cli", "__init__"}


def test_the_wheel_takes_the_model_and_the_sounds_along():
    wheel = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert wheel == {f"assets/{name}": f"distill/_assets/{name}" for name in ("model", "sounds")}


def test_hooks_fetch_nothing():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert set(re.findall(r"repo: (\S+)", hooks)) == {"local"}


def test_the_recipe_names_every_script():
    recipe = ROOT / "assets" / "recipe"
    told = set(re.findall(r"`(\w+\.py)`", (recipe / "README.md").read_text()))
    assert told == {path.name for path in recipe.glob("*.py")}


@pytest.mark.parametrize("package", JUDGES)
def test_the_recipe_keeps_the_judges_out(package):
    recipe = ROOT / "assets" / "recipe"
    assert package in (recipe / "README.md").read_text()
    assert all(package not in path.read_text() for path in recipe.glob("*.py"))


@pytest.mark.parametrize(
    "sound", sorted((ROOT / "assets/sounds").glob("*.flac")), ids=lambda p: p.stem
)
def test_a_bundled_sound_is_free_and_labelled(sound):
    with (sound.parent / "demo.csv").open(newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    assert rows[sound.name]["licence"].startswith("CC0-1.0")
    assert rows[sound.name]["family"] in {"drum", "synth", "pitched", "texture", "voice"}


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
