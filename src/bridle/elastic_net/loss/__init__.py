"""Losses: functions of the linear predictor and the target; they never see X."""

from bridle.elastic_net.loss.base import JoinedLoss as JoinedLoss
from bridle.elastic_net.loss.base import Loss as Loss
from bridle.elastic_net.loss.base import SingleOutputLoss as SingleOutputLoss
from bridle.elastic_net.loss.catalogue import LOSSES as LOSSES
from bridle.elastic_net.loss.cox import Cox as Cox
from bridle.elastic_net.loss.custom import CustomLoss as CustomLoss
from bridle.elastic_net.loss.gamma import Gamma as Gamma
from bridle.elastic_net.loss.huber import Huber as Huber
from bridle.elastic_net.loss.logistic import Logistic as Logistic
from bridle.elastic_net.loss.multinomial import Multinomial as Multinomial
from bridle.elastic_net.loss.poisson import Poisson as Poisson
from bridle.elastic_net.loss.squared import Squared as Squared
from bridle.elastic_net.loss.tweedie import Tweedie as Tweedie

__all__ = [
    "LOSSES",
    "Cox",
    "CustomLoss",
    "Gamma",
    "Huber",
    "JoinedLoss",
    "Logistic",
    "Loss",
    "Multinomial",
    "Poisson",
    "Squared",
    "Tweedie",
]
