"""
Loss curves of two trainings
============================

Training and validation loss of two networks, from their histories: what Keras's ``fit`` returns, or
plain lists. The first overfits after the third epoch, the second does not.
"""

import bridle

plain = {
    "loss": [0.69, 0.52, 0.41, 0.30, 0.21, 0.14, 0.09, 0.05],
    "val_loss": [0.70, 0.58, 0.54, 0.55, 0.59, 0.66, 0.74, 0.83],
}
with_dropout = {
    "loss": [0.71, 0.60, 0.54, 0.50, 0.47, 0.45, 0.44, 0.43],
    "val_loss": [0.70, 0.60, 0.55, 0.53, 0.52, 0.51, 0.51, 0.51],
}
figure = bridle.plot_curves(plain, with_dropout)
print(bridle.diagnose(plain))
