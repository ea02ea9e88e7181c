"""The project's own example: a network that memorises noise, and the same network with dropout.

4,000 rows of 20 standard normal features; the label is a noisy linear signal. `bridle.compare` trains
both networks on ten random splits, judges them, and writes the report.
"""

from __future__ import annotations

import argparse

import numpy as np

import bridle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?", default="recipe-bridle")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=15)
    arguments = parser.parse_args()

    rng = np.random.default_rng(42)
    X = rng.standard_normal((4000, 20))
    signal = X @ rng.standard_normal(20)
    y = (signal + 2 * rng.standard_normal(4000) > 0).astype(int)

    study = bridle.compare(
        X, y, arms=("baseline", "dropout"), seeds=arguments.seeds, epochs=arguments.epochs
    )
    print(study)
    print("Report:", study.save(arguments.directory))


if __name__ == "__main__":
    main()
