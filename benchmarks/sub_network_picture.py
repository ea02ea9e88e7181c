"""``python -m benchmarks.sub_network_picture RUNS.jsonl PICTURE.png``: what the study of masks found.

Prints for each data set and arm the means over the seeds, and the difference from a mask a sample,
paired by seed, with its 95 % interval (Student's t); and draws every seed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
from matplotlib.axes import Axes
from scipy.stats import t

from benchmarks.sub_network_study import ARMS, TUNING
from bridle.figure import GREY, PALETTE, house_style, new_figure, tidy, title

__all__ = ["draw", "main"]

MASK = "mask a sample"
MEASURES = {
    "loss": "best validation loss",
    "accuracy": "accuracy there",
    "seconds": "seconds to reach it",
}

Runs = dict[tuple[str, str], list[dict[str, Any]]]


@click.command()
@click.argument("runs", type=click.Path(exists=True, path_type=Path))
@click.argument("picture", type=click.Path(path_type=Path))
def main(runs: Path, picture: Path) -> None:
    """Print the table of RUNS and draw PICTURE."""
    found = read(runs)
    for (data, arm), runs in found.items():
        click.echo(f"{data:9} {arm:15} {line(runs, found[data, MASK])}")
    draw(found, picture)


def read(path: Path) -> Runs:
    """Return the runs that count, by data and arm, in the order of their seeds."""
    lines = [json.loads(run) for run in path.read_text().splitlines()]
    names = dict.fromkeys(run["data"] for run in lines)
    counted = sorted(
        (run for run in lines if run["seed"] != TUNING), key=lambda run: int(run["seed"])
    )
    return {
        (data, arm): [run for run in counted if (run["data"], run["arm"]) == (data, arm)]
        for data in names
        for arm in ARMS
    }


def line(runs: list[dict[str, Any]], masks: list[dict[str, Any]]) -> str:
    """Return what is known of an arm."""
    rate = runs[0]["rate"]
    means = {name: np.mean([run[name] for run in runs]) for name in (*MEASURES, "epoch")}
    step = 1e3 * np.mean([run["seconds_an_epoch"] for run in runs])
    words = [
        f"rate {rate:<4g} loss {means['loss']:.4f} accuracy {means['accuracy']:.4f}",
        f"epoch {means['epoch']:4.1f} seconds {means['seconds']:5.2f} ({step:.0f} ms an epoch)",
    ]
    if runs is not masks:
        words += [f"{name} {difference(runs, masks, name)}" for name in ("loss", "accuracy")]
    return "; ".join(words)


def difference(runs: list[dict[str, Any]], masks: list[dict[str, Any]], name: str) -> str:
    """Return the mean difference from the masks, and its interval."""
    pairs = np.array([run[name] - mask[name] for run, mask in zip(runs, masks, strict=True)])
    half = t.ppf(0.975, len(pairs) - 1) * pairs.std(ddof=1) / np.sqrt(len(pairs))
    return f"{pairs.mean():+.4f} +- {half:.4f}"


@house_style
def draw(runs: Runs, file: Path) -> None:
    """Draw every seed of every arm, and the means: a row for each data set."""
    names = list(dict.fromkeys(data for data, _ in runs))
    figure = new_figure(10, 1.2 + 1.9 * len(names))
    panels = figure.subplots(len(names), len(MEASURES), squeeze=False)
    for data, row in zip(names, panels, strict=True):
        for (measure, words), ax in zip(MEASURES.items(), row, strict=True):
            _panel(ax, [[run[measure] for run in runs[data, arm]] for arm in ARMS])
            ax.set_title(f"{data}: {words}", fontsize=10, loc="left")
        for ax in row[1:]:
            ax.set_yticklabels([])
    title(figure, "Masks a sample, blocks a batch and blocks a group, at tuned rates, by seed")
    figure.savefig(file)


def _panel(ax: Axes, values: list[list[float]]) -> None:
    for place, (arm, each) in enumerate(zip(ARMS, values, strict=True)):
        color = GREY if arm == "none" else PALETTE[0]
        ax.plot(each, [place] * len(each), "o", color=color, alpha=0.45, markersize=5)
        ax.plot([np.mean(each)], [place], "|", color=color, markersize=16, markeredgewidth=2)
    ax.set_yticks(range(len(ARMS)), ARMS)
    ax.set_ylim(len(ARMS) - 0.5, -0.5)
    tidy(ax)


if __name__ == "__main__":
    main()
