"""
Lasso, elastic net and ridge on correlated features
===================================================

Ten groups of four nearly equal features; the first two groups have an effect. The lasso keeps a few
features of a group, the elastic net shares the effect among them, the ridge keeps all features.
"""

import matplotlib.pyplot as plt
import numpy as np

from bridle import ElasticNet

rng = np.random.default_rng(0)
groups = np.repeat(rng.standard_normal((80, 10)), 4, axis=1)
X = groups + 0.1 * rng.standard_normal(groups.shape)
y = X[:, :8].sum(axis=1) / 4 + 0.5 * rng.standard_normal(80)

figure, axes = plt.subplots(1, 3, figsize=(10, 3), sharey=True, layout="constrained")
for ax, (name, l1_ratio) in zip(
    axes, {"lasso": 1.0, "elastic net": 0.5, "ridge": 0.0}.items(), strict=True
):
    model = ElasticNet(alpha=0.1, l1_ratio=l1_ratio).fit(X, y)
    ax.bar(np.arange(40), model.coef_)
    ax.set(title=f"{name}: {np.count_nonzero(model.coef_)} features", xlabel="feature")
axes[0].set_ylabel("coefficient")
