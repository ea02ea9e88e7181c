"""
The path of an elastic net
==========================

Coefficients of 200 features fitted to 60 rows, against the penalty strength. From left to right the
penalty weakens and features enter. Five of the 200 have an effect.
"""

import numpy as np

import bridle

rng = np.random.default_rng(0)
X = rng.standard_normal((60, 200))
y = X[:, :5] @ [3, -2, 2, 1, -1] + rng.standard_normal(60)

path = bridle.elastic_net_path(X, y, l1_ratio=0.9, alphas=40)
figure = path.plot()
print("features at the first ten strengths:", path.n_nonzero[:10])
