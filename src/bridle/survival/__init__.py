"""Survival: times and events, and scores of predicted risks and survival probabilities."""

from bridle.survival.brier import brier_score as brier_score
from bridle.survival.brier import integrated_brier_score as integrated_brier_score
from bridle.survival.concordance import harrell_c as harrell_c
from bridle.survival.concordance import uno_c as uno_c

__all__ = ["brier_score", "harrell_c", "integrated_brier_score", "uno_c"]
