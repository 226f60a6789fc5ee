"""Measure the space between sounds: random draws, and ways from one sound to another.

    python assets/recipe/figures.py assets/model > assets/model/space.json

Needs the model with its charted map; takes a few minutes on one core. Figures of single sounds come
from `distill evaluate`, those of the map and the sliders from `chart.py`.
"""

import argparse
import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from distill.descriptors import describe
from distill.explorer import Explorer
from distill.metrics import log_spectral_distance

Floats = NDArray[np.float32]
Described = Mapping[str, NDArray[np.floating]]

PERCENTILES = (1, 99)


def main() -> None:
    """Print both measures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--draws", type=int, default=500)
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--steps", type=int, default=32)
    arguments = parser.parse_args()
    explorer = Explorer.load(arguments.model)
    figures = {
        "model": f"{explorer.info.name} {explorer.info.hash}",
        "draws": draws(explorer, arguments.draws),
        "ways": ways(explorer, arguments.pairs, arguments.steps),
    }
    print(json.dumps(figures, indent=1))


def draws(explorer: Explorer, count: int, seed: int = 0) -> dict[str, object]:
    """Shares of draws whose descriptors lie where those of the map's clips lie.

    Of real sounds 2 % lie outside by definition, descriptor by descriptor, so with eight of them
    one real sound in ten does. The same clips through the model stand beside, as what it adds.
    """
    real = explorer.library.labels.described
    limits = {name: np.nanpercentile(values, PERCENTILES) for name, values in real.items()}
    some = np.random.default_rng(seed).choice(len(explorer.atlas.latents), count, replace=False)
    latents = {
        "drawn": explorer.draw(count, seed=seed),
        "decoded clips": explorer.atlas.latents[some],
    }
    heard = {
        name: describe(explorer.decode(each), explorer.info.sample_rate)
        for name, each in latents.items()
    }
    return {
        "count": count,
        "percentiles": PERCENTILES,
        **{name: inside(each, limits) for name, each in (heard | {"clips": real}).items()},
    }


def inside(described: Described, limits: Mapping[str, NDArray[np.floating]]) -> dict[str, float]:
    """Share of sounds within limits, for all descriptors at once and for each; NaN is within."""
    within = {}
    for name, (low, high) in limits.items():
        values = described[name]
        within[name] = ~((values < low) | (values > high))
    everywhere = np.all(list(within.values()), axis=0)
    shares = {"all": everywhere} | within
    return {name: round(float(share.mean()), 4) for name, share in shares.items()}


def ways(explorer: Explorer, pairs: int, steps: int, seed: int = 0) -> dict[str, float]:
    """How evenly the sound changes from A to B: the largest step over the median step, in LSD."""
    latents = explorer.atlas.latents
    ends = np.random.default_rng(seed).choice(len(latents), (pairs, 2), replace=False)
    ratios = []
    for start, end in latents[ends]:
        audio = explorer.decode(way(start, end, steps, explorer.directions.mean))
        moved = [log_spectral_distance(after, before) for before, after in pairwise(audio)]
        ratios.append(max(moved) / float(np.median(moved)))
    return {
        "pairs": pairs,
        "steps": steps,
        "median": round(float(np.median(ratios)), 3),
        "mean": round(float(np.mean(ratios)), 3),
        "p90": round(float(np.percentile(ratios, 90)), 3),
        "largest": round(float(np.max(ratios)), 3),
        "within 3": round(float(np.mean(np.array(ratios) <= 3)), 3),
    }


def way(start: Floats, end: Floats, steps: int, centre: Floats) -> Floats:
    """Latents [step + 1, latent] at even angles about a centre (Shoemake, 1985).

    As the page's morph pad goes: see `slerp` in its `morph_maths.js`.
    """
    first, second = start - centre, end - centre
    radii = np.linalg.norm(first), np.linalg.norm(second)
    angle = np.arccos(np.clip(first @ second / (radii[0] * radii[1]), -1, 1))
    share = np.linspace(0, 1, steps + 1)[:, None]
    turned = np.sin((1 - share) * angle) * (first / radii[0])
    turned = turned + np.sin(share * angle) * (second / radii[1])
    radius = (1 - share) * radii[0] + share * radii[1]
    return np.asarray(centre + radius * turned / np.sin(angle), np.float32)


if __name__ == "__main__":
    main()
