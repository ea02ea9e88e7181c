"""bridle reins in overfitting: elastic net, dropout, and experiments that judge them.

The public names are loaded at first use, so ``import bridle`` imports neither NumPy nor a network
framework.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from bridle.registration import register_classes as _register_classes

if TYPE_CHECKING:
    from bridle.configuration import show_config as show_config
    from bridle.dropout.audit.audit_dropout import audit_dropout as audit_dropout
    from bridle.dropout.guidance.check_dropout import check_dropout as check_dropout
    from bridle.dropout.monte_carlo import MonteCarlo as MonteCarlo
    from bridle.dropout.surgery import add_dropout as add_dropout
    from bridle.dropout.surgery import dropout_summary as dropout_summary
    from bridle.dropout.surgery import remove_dropout as remove_dropout
    from bridle.dropout.surgery import restore as restore
    from bridle.dropout.surgery import set_rate as set_rate
    from bridle.elastic_net.estimators import CoxElasticNet as CoxElasticNet
    from bridle.elastic_net.estimators import CoxElasticNetCV as CoxElasticNetCV
    from bridle.elastic_net.estimators import ElasticNet as ElasticNet
    from bridle.elastic_net.estimators import ElasticNetClassifier as ElasticNetClassifier
    from bridle.elastic_net.estimators import ElasticNetClassifierCV as ElasticNetClassifierCV
    from bridle.elastic_net.estimators import ElasticNetCV as ElasticNetCV
    from bridle.elastic_net.estimators import MultiTaskElasticNet as MultiTaskElasticNet
    from bridle.elastic_net.estimators import MultiTaskElasticNetCV as MultiTaskElasticNetCV
    from bridle.elastic_net.path.elastic_net_path import elastic_net_path as elastic_net_path
    from bridle.elastic_net.penalty.penalty import ElasticNetPenalty as ElasticNetPenalty
    from bridle.networks.estimators import DropoutClassifier as DropoutClassifier
    from bridle.networks.estimators import DropoutRegressor as DropoutRegressor
    from bridle.workbench.compare import compare as compare
    from bridle.workbench.diagnosis.diagnose import diagnose as diagnose
    from bridle.workbench.elsewhere.judge_runs import judge_runs as judge_runs
    from bridle.workbench.export.export_records import export_records as export_records
    from bridle.workbench.json_schema import json_schema as json_schema
    from bridle.workbench.model.load_model import load as load
    from bridle.workbench.report.figures.loss_curves import plot_curves as plot_curves
    from bridle.workbench.study import Study as Study
    from bridle.workbench.trials.trials import Trials as Trials

# Keras looks up the classes of a saved model by name, but does not import them.
_register_classes()

_HOME = {
    "CoxElasticNet": "bridle.elastic_net.estimators",
    "CoxElasticNetCV": "bridle.elastic_net.estimators",
    "DropoutClassifier": "bridle.networks.estimators",
    "DropoutRegressor": "bridle.networks.estimators",
    "ElasticNet": "bridle.elastic_net.estimators",
    "ElasticNetCV": "bridle.elastic_net.estimators",
    "ElasticNetClassifier": "bridle.elastic_net.estimators",
    "ElasticNetClassifierCV": "bridle.elastic_net.estimators",
    "ElasticNetPenalty": "bridle.elastic_net.penalty.penalty",
    "MonteCarlo": "bridle.dropout.monte_carlo",
    "MultiTaskElasticNet": "bridle.elastic_net.estimators",
    "MultiTaskElasticNetCV": "bridle.elastic_net.estimators",
    "Study": "bridle.workbench.study",
    "Trials": "bridle.workbench.trials.trials",
    "add_dropout": "bridle.dropout.surgery",
    "audit_dropout": "bridle.dropout.audit.audit_dropout",
    "check_dropout": "bridle.dropout.guidance.check_dropout",
    "compare": "bridle.workbench.compare",
    "diagnose": "bridle.workbench.diagnosis.diagnose",
    "dropout_summary": "bridle.dropout.surgery",
    "elastic_net_path": "bridle.elastic_net.path.elastic_net_path",
    "export_records": "bridle.workbench.export.export_records",
    "json_schema": "bridle.workbench.json_schema",
    "judge_runs": "bridle.workbench.elsewhere.judge_runs",
    "load": "bridle.workbench.model.load_model",
    "plot_curves": "bridle.workbench.report.figures.loss_curves",
    "remove_dropout": "bridle.dropout.surgery",
    "restore": "bridle.dropout.surgery",
    "set_rate": "bridle.dropout.surgery",
    "show_config": "bridle.configuration",
}

__all__ = [
    "CoxElasticNet",
    "CoxElasticNetCV",
    "DropoutClassifier",
    "DropoutRegressor",
    "ElasticNet",
    "ElasticNetCV",
    "ElasticNetClassifier",
    "ElasticNetClassifierCV",
    "ElasticNetPenalty",
    "MonteCarlo",
    "MultiTaskElasticNet",
    "MultiTaskElasticNetCV",
    "Study",
    "Trials",
    "add_dropout",
    "audit_dropout",
    "check_dropout",
    "compare",
    "diagnose",
    "dropout_summary",
    "elastic_net_path",
    "export_records",
    "json_schema",
    "judge_runs",
    "load",
    "plot_curves",
    "remove_dropout",
    "restore",
    "set_rate",
    "show_config",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'bridle' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
