"""
Schedules of a dropout rate
===========================

The factor by which each schedule multiplies the rate, over 1,000 training steps.
"""

import matplotlib.pyplot as plt
import numpy as np

from bridle.dropout.schedule import Constant, Curriculum, Early, Late, Linear

schedules = {
    "Constant()": Constant(),
    "Linear(800)": Linear(800),
    "Early(300)": Early(300),
    "Late(600)": Late(600),
    "Curriculum(1000)": Curriculum(1000),
}
steps = np.arange(1000)
figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
for name, schedule in schedules.items():
    ax.plot(steps, [schedule.factor(step) for step in steps], label=name)
ax.set(xlabel="training step", ylabel="rate / given rate")
ax.legend()
