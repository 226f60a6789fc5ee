"""Serves the page with the bundled model: what a Hugging Face Space runs."""

from distill.explorer import Explorer
from distill.ui.app import build_app, launch

if __name__ == "__main__":
    explorer = Explorer.load()
    launch(build_app(explorer), explorer)
