"""The steps of docs/how_to/add_a_loss.md, taken in a copy of bridle."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import bridle

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "how_to" / "add_a_loss.md").read_text("utf-8")

USE = """
import numpy as np
from bridle import elastic_net_path
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import LOSSES
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import ProximalGradient
from scipy import sparse

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 8))
y = X[:, 0] - X[:, 1] + rng.standard_t(2, size=60)
weights = rng.random(60)
options = {"loss": "log_cosh", "alphas": [0.1, 0.01], "l1_ratio": 0.7, "sample_weight": weights}
path = elastic_net_path(X, y, **options)
assert all(one.meets(1e-6) for one in path.certificates), path.certificates
assert np.allclose(elastic_net_path(sparse.csr_array(X), y, **options).coefs[1].toarray(),
                   path.coefs[1].toarray(), atol=1e-6)
problem = Problem.build(DenseDesign(X), y[:, None], LOSSES["log_cosh"],
                        ElasticNetPenalty.from_sklearn(0.01, 0.7), weights=weights)
slow = ProximalGradient().solve(problem)
assert np.allclose(slow.coef, path.coefs[1].toarray(), atol=1e-5), (slow.coef, path.coefs[1])
print("added")
"""


def test_the_loss_of_the_page_is_added_by_its_steps(tmp_path):
    copy = tmp_path / "bridle"
    shutil.copytree(
        Path(bridle.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__")
    )
    name, text = re.search(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL).groups()
    (copy / "elastic_net" / "loss" / name).write_text(text, "utf-8")
    catalogue = copy / "elastic_net" / "loss" / "catalogue.py"
    line = catalogue.read_text("utf-8").replace("Gamma(),", "Gamma(), LogCosh(),")
    added = "from bridle.elastic_net.loss.log_cosh import LogCosh\n"
    start, first, rest = line.partition("from __future__ import annotations\n")
    catalogue.write_text(start + first + added + rest, "utf-8")
    run = subprocess.run(
        [sys.executable, "-c", USE],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "added\n", run.stderr
