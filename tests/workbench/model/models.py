"""Tables with every kind of column, and models of all arms that are fitted to them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from tests.workbench.table_arms import ARMS

from bridle.workbench.data.dataset import make_dataset
from bridle.workbench.model.fit_model import fit_model
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.experiment import run_experiment

TARGETS = {"regression": "spent", "binary": "left", "multiclass": "size", "count": "visits"}
TABLE_ARMS = [one for one in ARMS if one not in ("permuted_target", "shift_flip")]
LINEAR_ARMS = ("dummy", "linear", "elastic_net")
PROTOCOL = Protocol(seeds=(0, 1), epochs=2)


@cache
def table(n=160, seed=0):
    """Return numbers with holes, text of all kinds, and three targets."""
    rng = np.random.default_rng(seed)
    age = rng.normal(50, 9, n).round(1)
    city = rng.choice(["Oslo", "Rome", "Bonn"], n)
    member = rng.random(n) < 0.5
    spent = 0.1 * age + 2 * member + 3 * (city == "Rome") + rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "name": [f"C{i:04}" for i in range(n)],
            "age": np.where(rng.random(n) < 0.1, np.nan, age),
            "city": np.where(rng.random(n) < 0.1, None, city),
            "member": member,
            "share": [f"{one} %" for one in rng.integers(1, 99, n)],
            "day": [f"2024-03-{one:02}" for one in rng.integers(1, 28, n)],
            "code": [f"00{one}" for one in rng.integers(1, 5, n)],
            "spent": spent.round(3),
            "left": np.where(spent > np.median(spent), "yes", "no"),
            "visits": rng.poisson(np.exp(spent / 4)),
            "size": pd.cut(spent, 3, labels=["low", "mid", "top"]).astype(str),
        }
    )
    frame.loc[3, "city"] = "Kiel"  # a rare one
    return frame


def training(kind):
    """Return the table with one of its targets."""
    return table().drop(columns=[one for one in TARGETS.values() if one != TARGETS[kind]])


def features():
    return table().drop(columns=[*TARGETS.values()])


@cache
def dataset(kind):
    return make_dataset(training(kind), TARGETS[kind], task=kind)


@cache
def model(arm, kind):
    """Return a model of an arm, after two runs of it."""
    data = dataset(kind)
    records = run_experiment(data, [ARMS[arm]], PROTOCOL)
    return fit_model(data, ARMS[arm], PROTOCOL, records)
