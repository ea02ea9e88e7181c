"""Estimators that follow scikit-learn's conventions: they check, translate and call the solvers."""

from bridle.elastic_net.estimators.classifier import ElasticNetClassifier as ElasticNetClassifier
from bridle.elastic_net.estimators.classifier_cv import (
    ElasticNetClassifierCV as ElasticNetClassifierCV,
)
from bridle.elastic_net.estimators.multi_task import MultiTaskElasticNet as MultiTaskElasticNet
from bridle.elastic_net.estimators.multi_task_cv import (
    MultiTaskElasticNetCV as MultiTaskElasticNetCV,
)
from bridle.elastic_net.estimators.regressor import ElasticNet as ElasticNet
from bridle.elastic_net.estimators.regressor_cv import ElasticNetCV as ElasticNetCV
from bridle.elastic_net.estimators.survival.cox import CoxElasticNet as CoxElasticNet
from bridle.elastic_net.estimators.survival.cox_cv import CoxElasticNetCV as CoxElasticNetCV

__all__ = [
    "CoxElasticNet",
    "CoxElasticNetCV",
    "ElasticNet",
    "ElasticNetCV",
    "ElasticNetClassifier",
    "ElasticNetClassifierCV",
    "MultiTaskElasticNet",
    "MultiTaskElasticNetCV",
]
