"""
Coefficients of a study, with their spread
==========================================

A study fits the linear model and the elastic net on several random splits. The figure shows the
largest coefficients and how much they vary from split to split.
"""

import pandas as pd
from sklearn.datasets import load_diabetes

import bridle

data = load_diabetes(as_frame=True)
table = pd.concat([data.data, data.target], axis=1)
study = bridle.compare(table, "target", arms=["linear", "elastic_net"], seeds=3)
print(study)
figure = study.plot_coefficients()
