"""
Choosing the penalty strength
=============================

Mean squared error of five folds with its standard error, against the penalty strength. The rule
``"min"`` takes the lowest point, ``"1se"`` the strongest penalty within one standard error of it.
"""

import numpy as np

from bridle import ElasticNetCV

rng = np.random.default_rng(0)
X = rng.standard_normal((100, 60))
y = X[:, :4].sum(axis=1) + 2 * rng.standard_normal(100)

model = ElasticNetCV(l1_ratio=0.9, alphas=40, random_state=0).fit(X, y)
figure = model.plot()
for name, alpha in (("min", model.alpha_), ("1se", model.alpha_1se_)):
    coef = model.path_.at(alpha).coef
    print(f"{name}: alpha {alpha:.3f}, {np.count_nonzero(coef)} features")
