"""bridle reins in overfitting: elastic net, dropout, and the experiment that judges them."""

from __future__ import annotations
