"""
Dropout on the inputs of a linear model is a ridge
==================================================

Averaged over the masks, dropping inputs adds a ridge penalty with a factor for each feature. The
line is the exact average; the points are losses of randomly dropped inputs.
"""

import matplotlib.pyplot as plt
import numpy as np

from bridle.elastic_net import input_dropout_penalty

rng = np.random.default_rng(0)
X = rng.standard_normal((200, 5)) * [1.0, 2.0, 3.0, 4.0, 5.0]
coef = np.array([1.0, -0.5, 0.3, -0.2, 0.1])
y = X @ coef + rng.standard_normal(200)

rates = np.linspace(0.05, 0.8, 16)
plain = np.mean((y - X @ coef) ** 2) / 2
exact = [plain + input_dropout_penalty(rate, X).value(coef) for rate in rates]
drawn = []
for rate in rates:
    masks = rng.random((200, 200, 5)) >= rate
    drawn.append(np.mean((y - (masks * X / (1 - rate)) @ coef) ** 2) / 2)

figure, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
ax.plot(rates, exact, label="loss + penalty")
ax.plot(rates, drawn, "o", label="mean loss of 200 random masks")
ax.set(xlabel="dropout rate", ylabel="half mean squared error")
ax.legend()
