"""Estimators with scikit-learn's contract. They check, translate and forward; the problem judges."""

from bridle.elastic_net.estimators.classifier import ElasticNetClassifier as ElasticNetClassifier
from bridle.elastic_net.estimators.regressor import ElasticNet as ElasticNet

__all__ = ["ElasticNet", "ElasticNetClassifier"]
