"""A pandas table as it comes: text, true/false, missing values and a column of customer numbers.

`bridle.compare` prepares it by what the training rows alone teach, leaves the customer numbers out
and says so. Only the linear arms run here; they need no network backend.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

import bridle


def make_table(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    table = pd.DataFrame(
        {
            "customer_id": np.arange(rows) + 10_000,
            "age": rng.integers(18, 90, rows).astype(float),
            "plan": rng.choice(["basic", "family", "business"], rows),
            "region": rng.choice(["north", "south", "east", "west"], rows),
            "paperless": rng.random(rows) < 0.6,
            "minutes": rng.gamma(2.0, 100.0, rows).round(1),
        }
    )
    leaning = 0.03 * (table["age"] - 50) + 1.2 * (table["plan"] == "basic") - table["paperless"]
    table["churned"] = np.where(leaning + rng.logistic(size=rows) > 0, "yes", "no")
    table.loc[rng.random(rows) < 0.1, "age"] = np.nan
    table.loc[rng.random(rows) < 0.1, "region"] = None
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()

    table = make_table(1000)
    study = bridle.compare(table, "churned", arms=("linear", "elastic_net"), seeds=arguments.seeds)
    print(study)
    for finding in study.verdict.checks:
        print(f"{finding.code}: {finding.message}")
    for arm in study.verdict.arms:
        print(f"{arm.name:12} log loss {arm.test_risk:.4f}, accuracy {arm.score:.3f}")


if __name__ == "__main__":
    main()
