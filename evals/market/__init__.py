"""`python -m evals market`: simulated markets, the product's matching beside random, round-robin and skills alone.

Every way plays the same markets with the same dice: 200 engineers and 2,000 demands each. Weights were tuned on seeds 1 and 2; reported are
others. `--plot FILE.svg` draws the figures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from evals.market.measures import MEASURES, figures, summary
from evals.market.play import Play
from evals.market.plot import draw
from evals.market.rankings import RANKINGS
from evals.market.world import build

FIRST_SEED = 101  # of those that are reported
OURS = "ours"


def run(argv: Sequence[str]) -> int:
    """Play the markets and show what came of it."""
    parser = argparse.ArgumentParser(
        prog="python -m evals market", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20, help="how many markets (20)")
    parser.add_argument("--first", type=int, default=FIRST_SEED, help=f"seed of the first ({FIRST_SEED})")
    parser.add_argument("--engineers", type=int, default=200)
    parser.add_argument("--demands", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--plot", type=Path, help="where to draw the figures (SVG)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args(argv)
    played = play_all(
        range(options.first, options.first + options.seeds),
        engineers=options.engineers,
        demands=options.demands,
        jobs=options.jobs,
    )
    result = {
        "n": options.demands,
        "engineers": options.engineers,
        "seeds": [options.first, options.first + options.seeds - 1],
        "ways": summary(played, OURS),
    }
    if options.plot:
        options.plot.write_text(draw(result["ways"]), encoding="utf-8")
    print(json.dumps(result, ensure_ascii=False) if options.json else _table(result["ways"]))
    return 0


def play_all(seeds: Sequence[int], *, engineers: int, demands: int, jobs: int = 1) -> list[dict[str, dict[str, float]]]:
    """For each market, by way, its measures."""
    one = partial(play, engineers=engineers, demands=demands)
    if jobs == 1:
        return [one(seed) for seed in seeds]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(one, seeds))


def play(seed: int, *, engineers: int, demands: int) -> dict[str, dict[str, float]]:
    """The measures of one market, by way."""
    world = build(seed, people=engineers, needs=demands)
    return {name: figures(Play(world, way, reads_all=name == OURS).run()) for name, way in RANKINGS.items()}


def _table(ways: dict[str, dict[str, dict[str, float | list[float]]]]) -> str:
    lines = [f"{'':<12}" + "".join(f"{measure.title:>24}" for measure in MEASURES)]
    for name, row in ways.items():
        cells = []
        for measure in MEASURES:
            low, high = row[measure.name]["interval"]  # type: ignore[misc]
            cells.append(f"{row[measure.name]['mean']:>8.3f} [{low:.3f}, {high:.3f}]".rjust(24))
        lines.append(f"{name:<12}" + "".join(cells))
    return "\n".join(lines)
