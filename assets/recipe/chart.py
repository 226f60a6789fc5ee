"""Chart a trained model: the factory map and the directions for its sliders, stored beside it.

    python assets/recipe/chart.py assets/model CORPUS_DIR

Writes `atlas.npz` (latents, places, names and families of corpus clips; no audio, no pickle) and
`directions.json`, and prints what was measured. `--only map` or `--only sliders` does one half; the
sliders need the map's latents, not the corpus.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from points import balanced, title, told_apart
from sklearn.manifold import TSNE
from slopes import slopes

from distill.atlas import Atlas, continuity, neighbour_agreement, trustworthiness
from distill.descriptors import describe
from distill.directions import (
    Direction,
    Directions,
    Listen,
    Measure,
    fit_directions,
    measure,
    measured,
)
from distill.explorer import Explorer
from distill.sound import Sound
from distill.steering import steer

Floats = NDArray[np.float32]

PERPLEXITY = 15
ROUNDS = 600
SAME_FAMILY = 0.785
"""Share of the ten nearest of one family to which the families are pulled apart before t-SNE."""
NEAREST = 10
PLACES = 1800
"""At how many latents slopes are taken."""
ASIDE = 0.15
"""How far these lie from a clip's latent, as a share of the way between two other clips."""
CORRECTION_STARTS = 100
"""Fewer do not tell a leak from chance: from 50 starts to another 50 it moves by 0.1."""
CORRECTIONS = (0.1, 0.25, 0.5, 0.75)
"""Shares of another direction that are tried as a correction."""
PURE = 0.4
"""Leakage that needs no correction."""
SURE = 0.9
"""A correction may not cost more of the direction's own rho than down to this."""
SURER = 0.93
"""A direction less sure than this is sought again with more slack."""
LOOSER = (0.12, 0.14, 0.16, 0.18, 0.2)
"""That slack, from less to more; see `distill.steering.SLACK`."""
AUDIBLE_RHO = 0.4
"""A slider that moves its descriptor less surely than this would mislead, and is left out."""


def main() -> None:
    """Encode a balanced part of the corpus, fit, measure and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--points", type=int, default=4000)
    parser.add_argument("--starts", type=int, default=100)
    parser.add_argument("--only", choices=("map", "sliders"))
    arguments = parser.parse_args()
    explorer = Explorer.load(arguments.model)
    if arguments.only != "sliders":
        store_map(arguments.model / "atlas.npz", explorer, arguments.corpus, arguments.points)
    if arguments.only != "map":
        store_directions(arguments.model, explorer, arguments.starts)


def store_map(path: Path, explorer: Explorer, corpus: Path, points: int) -> None:
    """Lay out corpus clips and the bundled sounds; say how true the map is."""
    clips, titles, families = chosen_clips(explorer, corpus, points)
    described = describe(clips, explorer.info.sample_rate)
    # Fitted to the latents as they are stored, in half precision.
    latents = explorer.encode_clips(clips).astype(np.float16).astype(np.float32)
    kinds, family = np.unique(families, return_inverse=True)
    atlas = Atlas(latents, laid_out(latents, family))
    np.savez_compressed(
        path,
        latents=latents.astype(np.float16),
        places=atlas.places,
        names=np.array(told_apart(titles, described["brightness"])),
        families=kinds,
        family=family.astype(np.uint8),
        descriptors=np.array(list(described)),
        described=np.stack(list(described.values())).astype(np.float32),
    )
    print("points", len(latents), "bytes", path.stat().st_size)
    print("trustworthiness", round(trustworthiness(latents, atlas.places), 4))
    print("continuity", round(continuity(latents, atlas.places), 4))
    print("same family", round(neighbour_agreement(atlas.places, family), 4), flush=True)


def chosen_clips(
    explorer: Explorer, corpus: Path, points: int
) -> tuple[Floats, list[str], list[str]]:
    """Clips [clip, sample], and the title and family of each; none that is bundled stands twice."""
    library = explorer.library
    bundled = [library.load(name).clips() for name in library.names]
    known = {clip.tobytes() for clips in bundled for clip in clips}
    parts, titles, families = [], list[str](), list[str]()
    for row in balanced(corpus / "labels.csv", points):
        clip = Sound.read(corpus / row["file"]).clips()[:1]
        if clip.tobytes() not in known:
            parts.append(clip)
            titles.append(title(row))
            families.append(row["family"])
    for name, family, clips in zip(library.names, library.families, bundled, strict=True):
        parts.append(clips)
        titles += [name] * len(clips)
        families += [family] * len(clips)
    return np.concatenate(parts), titles, families


def laid_out(latents: Floats, family: NDArray[np.int64]) -> Floats:
    """Places [point, 2] by t-SNE (van der Maaten and Hinton, 2008), families a little apart.

    t-SNE keeps neighbours better than UMAP, and a factory map may take its minute. What an ear
    calls a family is only partly what a latent holds, so each family is first moved aside in a
    dimension of its own, no further than it takes for `SAME_FAMILY`.
    """
    typical = typical_distance(latents)
    pull = least_pull(latents, family, typical)
    print("families pulled apart by", round(pull, 3), "of the distance to the tenth neighbour")
    labels = pull * typical * np.eye(family.max() + 1, dtype=np.float32)[family]
    layout = TSNE(
        perplexity=PERPLEXITY, max_iter=ROUNDS, init="pca", random_state=0, n_jobs=1
    ).fit_transform(np.concatenate([latents, labels], axis=1))
    middle, extent = (layout.min(axis=0) + layout.max(axis=0)) / 2, np.ptp(layout, axis=0).max()
    return np.asarray((layout - middle) / (extent / 2), np.float32)


def typical_distance(latents: Floats) -> float:
    """Median distance to the tenth neighbour."""
    squares = squared_distances(latents)
    return float(np.sqrt(np.median(np.partition(squares, NEAREST - 1, axis=1)[:, NEAREST - 1])))


def least_pull(latents: Floats, family: NDArray[np.int64], typical: float) -> float:
    """How far families must move apart for `SAME_FAMILY`, in typical distances, by bisection."""
    squares = squared_distances(latents)
    other = family[:, None] != family
    low, high = 0.0, 1.0
    for _ in range(6):
        middle = (low + high) / 2
        pulled = squares + np.float32(2 * (middle * typical) ** 2) * other
        nearest = np.argpartition(pulled, NEAREST, axis=1)[:, :NEAREST]
        enough = (family[nearest] == family[:, None]).mean() >= SAME_FAMILY
        low, high = (low, middle) if enough else (middle, high)
    return high


def squared_distances(latents: Floats) -> Floats:
    """Between all latents [point, point]; infinite between a point and itself."""
    lengths = np.einsum("nd,nd->n", latents, latents)
    squares = lengths[:, None] - 2 * latents @ latents.T + lengths
    np.fill_diagonal(squares, np.inf)
    return np.asarray(squares, np.float32)


def store_directions(model: Path, explorer: Explorer, starts: int) -> None:
    """Fit directions to the map's latents, measure the named ones on decoded sounds."""
    latents = explorer.atlas.latents
    order = np.random.default_rng(1).permutation(len(latents))
    begin, rest = latents[order[:starts]], latents[order[starts:]]
    known = slopes(model, places_around(rest))
    looser = [steer(latents, known, slack=slack) for slack in LOOSER]
    listen, tried = ear(explorer, list(known)), rest[:CORRECTION_STARTS]
    each = zip(steer(latents, known), *looser, strict=True)
    chosen = [surest(tight, loose, listen, tried) for tight, *loose in each]
    others = [direction for direction, _ in chosen]
    found = [corrected(direction, heard, others, listen, tried) for direction, heard in chosen]
    named = measured_on_audio(found, listen, begin)
    kept = tuple(direction for direction in named if direction.rho >= AUDIBLE_RHO)
    stored = with_room(replace(fit_directions(latents), named=kept), explorer).to_json()
    (model / "directions.json").write_text(json.dumps(stored) + "\n", encoding="utf-8")


def with_room(directions: Directions, explorer: Explorer) -> Directions:
    """Directions whose edge takes in sounds encoded as a visitor's are, refined.

    Refinement moves a latent outwards, and the map's points are spared it, for it takes a third of
    a second a clip. Measured on the bundled sounds.
    """
    library = explorer.library
    clips = np.concatenate([library.load(name).clips() for name in library.names])
    latents = explorer.encode_clips(clips, refined=True)
    farthest = float(np.percentile(directions.remoteness(latents), 99))
    return replace(directions, edge=(directions.edge or 1.0) * max(1.0, farthest))


def places_around(latents: Floats) -> Floats:
    """Latents between and beyond the clips', as far from them as sliders go."""
    rng = np.random.default_rng(2)
    centres, first, second = (latents[rng.integers(len(latents), size=PLACES)] for _ in range(3))
    return np.asarray(centres + ASIDE * (first - second), np.float32)


def ear(explorer: Explorer, names: Sequence[str]) -> Listen:
    """Listen to decoded audio for the named descriptors."""

    def listen(latents: Floats) -> Mapping[str, NDArray[np.float64]]:
        heard = describe(explorer.decode(latents), explorer.info.sample_rate)
        return {name: heard[name] for name in names}

    return listen


def surest(
    tight: Direction, looser: Sequence[Direction], listen: Listen, starts: Floats
) -> tuple[Direction, Measure]:
    """The direction that leaves others nearly alone, unless it wavers and a loose one is pure.

    Tried on starts that no figure is quoted from; what was heard there is returned with it.
    """
    name = tight.name
    chosen = tight, measure(tight, listen, starts)
    if abs(chosen[1].rho[name]) >= SURER:
        return chosen
    for loose in looser:
        heard = measure(loose, listen, starts)
        if heard.leakage(name) <= PURE and abs(heard.rho[name]) > abs(chosen[1].rho[name]):
            chosen = loose, heard
    return chosen


def corrected(
    direction: Direction,
    heard: Measure,
    others: Sequence[Direction],
    listen: Listen,
    starts: Floats,
) -> Direction:
    """The direction less as much of the one it leaks into as leaves it purest on audio.

    What slopes tell nearby need not hold over a whole slider. Tried on starts that no figure is
    quoted from.
    """
    name = direction.name
    least, chosen = heard.leakage(name), direction
    if least <= PURE:
        return direction
    leak = max((o for o in others if o.name != name), key=lambda o: abs(heard.rho[o.name]))
    away = np.sign(heard.rho[leak.name]) * leak.vector
    for share in CORRECTIONS:
        vector = np.asarray(direction.vector - share * away, np.float32)
        tried = replace(direction, vector=vector)
        result = measure(tried, listen, starts)
        if result.leakage(name) < least and result.rho[name] > SURE:
            least, chosen = result.leakage(name), tried
    return chosen


def measured_on_audio(
    found: Sequence[Direction], listen: Listen, starts: Floats
) -> list[Direction]:
    """Directions with rho and leakage, from starts that they were not fitted to."""
    named = []
    for direction in found:
        result = measured(direction, listen, starts)
        print(f"{result.name:12s} rho {result.rho:+.2f} leakage {result.leakage:.2f}", flush=True)
        named.append(result)
    return named


if __name__ == "__main__":
    main()
