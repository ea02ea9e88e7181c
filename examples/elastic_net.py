"""More features than rows: the elastic net, how good its solution is, and its names elsewhere.

200 rows, 2,000 features in groups of ten that go up and down together; the first three groups count.
"""

from __future__ import annotations

import argparse

import numpy as np

from bridle import ElasticNet, ElasticNetPenalty


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", type=int, default=2000)
    features = parser.parse_args().features

    rng = np.random.default_rng(0)
    groups = np.repeat(rng.standard_normal((200, features // 10)), 10, axis=1)
    X = groups + 0.3 * rng.standard_normal(groups.shape)
    y = X[:, :30].sum(axis=1) / 10 + rng.standard_normal(200)

    # l1_ratio 1 is the lasso, 0 the ridge: one estimator, no class of their own.
    print("l1_ratio  used  of the first 30  largest coefficient  gap")
    for l1_ratio in (1.0, 0.5, 0.0):
        model = ElasticNet(alpha=0.2, l1_ratio=l1_ratio, standardize=True).fit(X, y)
        used = model.coef_ != 0
        print(
            f"{l1_ratio:8} {used.sum():5} {used[:30].sum():16} "
            f"{np.abs(model.coef_).max():20.3f}  {model.certificate_.relative_gap:.0e}"
        )
    # The gap bounds how far the objective is from the best one, whatever the solver did.
    print("certified:", model.certificate_.meets(1e-6))

    penalty = ElasticNetPenalty.from_sklearn(alpha=0.2, l1_ratio=0.5)
    ridge = ElasticNetPenalty.from_weight_decay(0.1)
    elsewhere = {
        "alpha, rho of the formula without one-half": penalty.to_mixing(),
        "lambda, alpha of glmnet": penalty.to_glmnet(y_sd=float(y.std())),
        "l1, l2 of keras.regularizers.L1L2": penalty.to_keras(),
        "regParam, elasticNetParam of Spark": penalty.to_spark(),
        "alpha, l1_ratio for SGD's weight decay 0.1": ridge.to_sklearn(),
    }
    print("\nalpha 0.2, l1_ratio 0.5 in the names of other systems; and back:")
    for system, (first, second) in elsewhere.items():
        print(f"  {system:44} {first:.4g}, {second:.4g}")


if __name__ == "__main__":
    main()
