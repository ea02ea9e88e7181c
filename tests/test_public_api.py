"""The public names and what they take, written down once: a change here is a change for users."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import bridle

PACKAGE = Path(__file__).parents[1] / "src" / "bridle"

# A star stands before the arguments that are given by name only.
SIGNATURES = {
    "CoxElasticNet": "alpha * l1_ratio ties standardize positive penalty tol max_iter",
    "CoxElasticNet.coef_table": "",
    "CoxElasticNet.fit": "X y sample_weight offset strata",
    "CoxElasticNet.predict": "X offset",
    "CoxElasticNet.predict_cumulative_hazard_function": "X times * offset strata",
    "CoxElasticNet.predict_survival_function": "X times * offset strata",
    "CoxElasticNet.score": "X y sample_weight * offset strata",
    "CoxElasticNetCV": "* l1_ratio alphas eps cv scoring rule ties standardize positive penalty "
    "tol max_iter random_state keep_coefs n_jobs",
    "CoxElasticNetCV.coef_table": "",
    "CoxElasticNetCV.fit": "X y sample_weight groups offset strata",
    "CoxElasticNetCV.plot": "",
    "CoxElasticNetCV.predict": "X offset",
    "CoxElasticNetCV.predict_cumulative_hazard_function": "X times * offset strata",
    "CoxElasticNetCV.predict_survival_function": "X times * offset strata",
    "CoxElasticNetCV.score": "X y sample_weight * offset strata",
    "CoxElasticNetCV.tidy": "",
    "DropoutClassifier": "network * hidden rate learning_rate epochs batch_size "
    "validation_fraction early_stopping n_iter_no_change warm_start class_weight random_state",
    "DropoutClassifier.fit": "X y sample_weight",
    "DropoutClassifier.load": "path",
    "DropoutClassifier.predict": "X",
    "DropoutClassifier.predict_proba": "X",
    "DropoutClassifier.save": "path",
    "DropoutClassifier.score": "X y sample_weight",
    "DropoutClassifier.summary": "",
    "DropoutRegressor": "network * hidden rate learning_rate epochs batch_size "
    "validation_fraction early_stopping n_iter_no_change warm_start random_state",
    "DropoutRegressor.fit": "X y sample_weight",
    "DropoutRegressor.load": "path",
    "DropoutRegressor.predict": "X",
    "DropoutRegressor.save": "path",
    "DropoutRegressor.score": "X y sample_weight",
    "DropoutRegressor.summary": "",
    "ElasticNet": "alpha * loss l1_ratio fit_intercept standardize max_iter tol warm_start "
    "positive penalty precompute copy_X random_state selection",
    "ElasticNet.coef_table": "* zeros",
    "ElasticNet.fit": "X y sample_weight offset",
    "ElasticNet.predict": "X offset",
    "ElasticNet.score": "X y sample_weight offset",
    "ElasticNet.summary": "",
    "ElasticNetCV": "* loss l1_ratio alphas eps cv scoring rule fit_intercept standardize "
    "positive penalty tol max_iter random_state keep_coefs n_jobs",
    "ElasticNetCV.coef_table": "* zeros",
    "ElasticNetCV.fit": "X y sample_weight groups offset",
    "ElasticNetCV.plot": "",
    "ElasticNetCV.predict": "X offset",
    "ElasticNetCV.score": "X y sample_weight offset",
    "ElasticNetCV.summary": "",
    "ElasticNetCV.tidy": "",
    "ElasticNetClassifier": "alpha * l1_ratio fit_intercept standardize class_weight max_iter "
    "tol warm_start positive penalty group",
    "ElasticNetClassifier.coef_table": "* zeros",
    "ElasticNetClassifier.decision_function": "X offset",
    "ElasticNetClassifier.fit": "X y sample_weight offset",
    "ElasticNetClassifier.predict": "X offset",
    "ElasticNetClassifier.predict_log_proba": "X offset",
    "ElasticNetClassifier.predict_proba": "X offset",
    "ElasticNetClassifier.score": "X y sample_weight offset",
    "ElasticNetClassifier.summary": "",
    "ElasticNetClassifierCV": "* l1_ratio alphas eps cv scoring rule fit_intercept "
    "standardize class_weight positive penalty group tol max_iter random_state keep_coefs n_jobs",
    "ElasticNetClassifierCV.coef_table": "* zeros",
    "ElasticNetClassifierCV.decision_function": "X offset",
    "ElasticNetClassifierCV.fit": "X y sample_weight groups offset",
    "ElasticNetClassifierCV.plot": "",
    "ElasticNetClassifierCV.predict": "X offset",
    "ElasticNetClassifierCV.predict_log_proba": "X offset",
    "ElasticNetClassifierCV.predict_proba": "X offset",
    "ElasticNetClassifierCV.score": "X y sample_weight offset",
    "ElasticNetClassifierCV.summary": "",
    "ElasticNetClassifierCV.tidy": "",
    "ElasticNetPenalty": "l1 l2 factors lower upper group",
    "ElasticNetPenalty.bounds": "n_features",
    "ElasticNetPenalty.check_features": "n_features",
    "ElasticNetPenalty.conjugate": "dual",
    "ElasticNetPenalty.feasible_scale": "dual",
    "ElasticNetPenalty.feasible_scales": "dual",
    "ElasticNetPenalty.from_glmnet": "lambda_ alpha y_sd",
    "ElasticNetPenalty.from_keras": "l1 l2",
    "ElasticNetPenalty.from_mixing": "alpha rho",
    "ElasticNetPenalty.from_sklearn": "alpha l1_ratio",
    "ElasticNetPenalty.from_spark": "reg_param elastic_net_param",
    "ElasticNetPenalty.from_weight_decay": "weight_decay",
    "ElasticNetPenalty.projected": "dual",
    "ElasticNetPenalty.prox": "point step",
    "ElasticNetPenalty.restricted": "index",
    "ElasticNetPenalty.sizes": "coef",
    "ElasticNetPenalty.strengths": "n_features",
    "ElasticNetPenalty.to_glmnet": "y_sd",
    "ElasticNetPenalty.to_keras": "",
    "ElasticNetPenalty.to_mixing": "",
    "ElasticNetPenalty.to_sklearn": "",
    "ElasticNetPenalty.to_spark": "",
    "ElasticNetPenalty.to_weight_decay": "",
    "ElasticNetPenalty.value": "coef",
    "ElasticNetPenalty.values": "coef",
    "ElasticNetPenalty.violation": "coef negative_gradient",
    "ElasticNetPenalty.with_strength": "strength l1_ratio",
    "MonteCarlo": "model",
    "MonteCarlo.predict": "x * samples seed batch_size fixed_masks",
    "MultiTaskElasticNet": "alpha * l1_ratio fit_intercept standardize max_iter tol warm_start penalty "
    "copy_X random_state selection",
    "MultiTaskElasticNet.coef_table": "* zeros",
    "MultiTaskElasticNet.fit": "X y sample_weight offset",
    "MultiTaskElasticNet.predict": "X offset",
    "MultiTaskElasticNet.score": "X y sample_weight offset",
    "MultiTaskElasticNet.summary": "",
    "MultiTaskElasticNetCV": "* l1_ratio alphas eps cv scoring rule fit_intercept standardize penalty "
    "tol max_iter random_state keep_coefs n_jobs",
    "MultiTaskElasticNetCV.coef_table": "* zeros",
    "MultiTaskElasticNetCV.fit": "X y sample_weight groups offset",
    "MultiTaskElasticNetCV.plot": "",
    "MultiTaskElasticNetCV.predict": "X offset",
    "MultiTaskElasticNetCV.score": "X y sample_weight offset",
    "MultiTaskElasticNetCV.summary": "",
    "MultiTaskElasticNetCV.tidy": "",
    "Study": "verdict records protocol dataset titles plan arms command curve_records",
    "Study.answer": "following report",
    "Study.model": "",
    "Study.plot_coefficients": "",
    "Study.plot_learning_curve": "",
    "Study.plot_loss": "",
    "Study.save": "directory * overwrite model",
    "Trials": "folder * arms seeds",
    "Trials.judge": "regularised plain * margin confidence",
    "Trials.results": "arm seed",
    "add_dropout": "model rate where * kind existing seed schedule",
    "audit_dropout": "model batch * compiled group ignore",
    "check_dropout": "model",
    "compare": "X y * arms rates seeds epochs task time_to event drop missing keep parts rows "
    "splits groups network tune versus until_settled learning_curve accept out overwrite model",
    "diagnose": "log * train validation",
    "dropout_summary": "model",
    "elastic_net_path": "X y * loss alphas eps l1_ratio penalty sample_weight offset "
    "fit_intercept standardize tol max_iter n_jobs",
    "export_records": "directory to * out name",
    "json_schema": "name",
    "judge_runs": "baseline regularised * names validation at margin confidence",
    "load": "path * network",
    "plot_curves": "baseline_history history * labels ax",
    "remove_dropout": "model",
    "restore": "model",
    "set_rate": "model rate",
    "show_config": "mode",
}


def words(function: object) -> str:
    """Return the names of the arguments, self left out."""
    listed, named = [], False
    for one in inspect.signature(function).parameters.values():
        if one.name == "self":
            continue
        if one.kind is one.KEYWORD_ONLY and not named:
            listed.append("*")
            named = True
        listed.append(one.name)
    return " ".join(listed)


def public_callables() -> dict[str, object]:
    """Return every public name, and the methods that a public class has from bridle."""
    found = {}
    for name in bridle.__all__:
        value = getattr(bridle, name)
        found[name] = value
        if isinstance(value, type):
            # scikit-learn adds set_fit_request and the like.
            ours = [kind for kind in value.__mro__ if kind.__module__.startswith("bridle.")]
            own = [one for kind in ours for one in vars(kind) if one[0] != "_"]
            members = {one: getattr(value, one) for one in own if not one.endswith("_request")}
            found |= {f"{name}.{one}": it for one, it in members.items() if callable(it)}
    return found


def test_public_names():
    assert bridle.__all__ == [name for name in SIGNATURES if "." not in name]
    assert dir(bridle) == sorted([*bridle.__all__, "__version__"])


def test_signatures():
    assert {name: words(one) for name, one in public_callables().items()} == SIGNATURES


def test_lazy_names_are_the_ones_that_a_type_checker_sees():
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    (guard,) = (node for node in tree.body if isinstance(node, ast.If))
    typed = {alias.asname: node.module for node in guard.body for alias in node.names}
    assert typed == bridle._HOME
    assert sorted(typed) == bridle.__all__


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'bridle' has no attribute 'Lasso'"):
        bridle.Lasso  # noqa: B018


def sets_property(node: ast.ClassDef | ast.FunctionDef) -> bool:
    """Say whether it is the setter of a property, whose docstring is that of the getter."""
    return any(ast.unparse(one).endswith(".setter") for one in node.decorator_list)


def undocumented(node: ast.AST, name: str) -> list[str]:
    """Return the module, the public classes and the public functions that have no docstring."""
    missing = [] if ast.get_docstring(node) else [name]
    for child in node.body if isinstance(node, (ast.Module, ast.ClassDef)) else ():
        named = isinstance(child, (ast.ClassDef, ast.FunctionDef))
        if named and not child.name.startswith("_") and not sets_property(child):
            missing += undocumented(child, f"{name}.{child.name}")
    return missing


def test_everything_public_has_a_docstring():
    paths = sorted(PACKAGE.rglob("*.py"))
    missing = [
        one
        for path in paths
        for one in undocumented(
            ast.parse(path.read_text("utf-8")), path.relative_to(PACKAGE).as_posix()
        )
    ]
    assert len(paths) > 50
    assert missing == []


def test_missing_docstring_is_found():
    source = 'class A:\n    def b(self): ...\n    def _c(self): ...\ndef d():\n    """Say."""'
    assert undocumented(ast.parse(source), "m") == ["m", "m.A", "m.A.b"]
