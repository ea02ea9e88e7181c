"""Catalogue of the losses that have a name."""

from __future__ import annotations

from bridle.elastic_net.loss.base import Loss
from bridle.elastic_net.loss.gamma import Gamma
from bridle.elastic_net.loss.huber import Huber
from bridle.elastic_net.loss.logistic import Logistic
from bridle.elastic_net.loss.multinomial import Multinomial
from bridle.elastic_net.loss.poisson import Poisson
from bridle.elastic_net.loss.squared import Squared
from bridle.elastic_net.loss.tweedie import Tweedie

__all__ = ["LOSSES"]

LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (Squared(), Logistic(), Multinomial(), Poisson(), Gamma(), Tweedie(), Huber())
}
"""All losses by name."""
