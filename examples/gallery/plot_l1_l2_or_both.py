"""
L1, L2 or both: three paths on a planted group
==============================================

Four nearly equal features carry the effect; six others carry none. Along the path of the lasso one
feature of the group stands for all, and which one is chance. The elastic net brings the four in
together, with nearly equal coefficients, and leaves the others out. The ridge shares the effect too,
but keeps every feature.
"""

import matplotlib.pyplot as plt
import numpy as np

from bridle import elastic_net_path

rng = np.random.default_rng(0)
group = rng.standard_normal((80, 1)) + 0.1 * rng.standard_normal((80, 4))
X = np.hstack([group, rng.standard_normal((80, 6))])
y = group.mean(axis=1) + 0.7 * rng.standard_normal(80)

figure, axes = plt.subplots(1, 3, figsize=(10, 3.2), sharey=True, layout="constrained")
for ax, (name, l1_ratio) in zip(
    axes, {"lasso": 1.0, "elastic net, half of each": 0.5, "ridge": 0.0}.items(), strict=True
):
    path = elastic_net_path(
        X, y, l1_ratio=l1_ratio, standardize=True, eps=1e-3 if l1_ratio else 1e-6
    )
    coefs = np.array([coef.toarray()[:, 0] for coef in path.coefs])
    ax.plot(path.alphas, coefs[:, 4:], color="0.7", linewidth=1)
    ax.plot(path.alphas, coefs[:, :4], color="C0", linewidth=1.8)
    ax.set(title=name, xlabel="strength", xscale="log")
    ax.invert_xaxis()
axes[0].set_ylabel("coefficient")
axes[0].plot([], color="C0", label="the group")
axes[0].plot([], color="0.7", label="no effect")
axes[0].legend(loc="lower left", frameon=False)
