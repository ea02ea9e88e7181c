"""Description of a model for saving: JSON values and arrays, without the network."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from bridle.encoding.levels import Levels
from bridle.networks.recipe import Recipe
from bridle.types import AnyArray
from bridle.workbench.arm.constant_predictor import ConstantPredictor
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.columns.text_rules import Rule
from bridle.workbench.data.preparation import ChannelPreparation, Preparation
from bridle.workbench.model.intervals.fold_models import FoldModels
from bridle.workbench.model.parts import ModelParts
from bridle.workbench.model.stored_module import StoredModule

__all__ = ["FORMAT", "NESTED", "describe"]

FORMAT = 2
"""Format of the description; other formats are refused."""

NESTED = ("inner", "dates")
"""Fields of a rule that are rules."""


def describe(parts: ModelParts, version: str) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    """Return the JSON values and the arrays of a model, without the network."""
    arrays: dict[str, AnyArray] = {}
    predictor: dict[str, Any] = {"kind": type(parts.predictor).__name__}
    if isinstance(parts.predictor, LinearPredictor):
        arrays |= {"coef": parts.predictor.coef, "intercept": parts.predictor.intercept}
    elif isinstance(parts.predictor, ConstantPredictor):
        arrays["value"] = parts.predictor.value
    else:
        row_shape = list(parts.predictor.row_shape)
        predictor |= {"link": parts.predictor.link, "row_shape": row_shape}
        predictor["outputs"] = parts.predictor.kind
    if isinstance(parts.predictor, StoredModule):
        predictor |= _module(parts.predictor)
        arrays |= {f"module {i}": value for i, value in enumerate(parts.predictor.values.values())}
    if parts.residuals is not None:
        arrays |= {"residuals": parts.residuals.sizes, "weights": parts.residuals.weights}
    if parts.baseline is not None:
        arrays |= {"event_times": parts.baseline.times, "hazard": parts.baseline.cumulative}
    columns = parts.columns
    described = {
        "format": FORMAT,
        "bridle": version,
        "arm": parts.arm,
        "title": parts.title,
        "said": list(parts.said),
        "task": {
            "kind": parts.task.kind,
            "classes": list(parts.task.classes),
            "labels": list(parts.labels),
        },
        "target": {
            "name": parts.target_name,
            "mean": parts.target_mean,
            "scale": parts.target_scale,
        },
        "columns": [{"name": name, **_rule(rule)} for name, rule in columns.rules.items()],
        "words": {"missing": list(columns.words.missing), "keep": list(columns.words.keep)},
        "others": list(columns.others),
        "identifiers": list(columns.identifiers),
        "shape": None if parts.shape is None else list(parts.shape),
        "preparation": _preparation(parts.preparation, arrays),
        "feature_names": list(parts.feature_names),
        "predictor": predictor,
        "rows": None if parts.residuals is None else parts.residuals.n_rows,
        "folds": None if parts.folds is None else _folds(parts.folds, arrays),
    }
    return described, arrays


def _module(predictor: StoredModule) -> dict[str, Any]:
    source = predictor.source
    return {
        "names": list(predictor.values),
        "hidden": list(source.hidden) if isinstance(source, Recipe) else None,
        "network": source.kind if isinstance(source, Recipe) else None,
        "batch_norm": predictor.batch_norm,
    }


def _folds(folds: FoldModels, arrays: dict[str, AnyArray]) -> dict[str, Any]:
    arrays |= {
        "folds_slopes": folds.slopes,
        "folds_gaps": folds.gaps,
        "folds_constants": folds.constants,
        "folds_errors": np.concatenate(folds.errors),
        "folds_counts": np.array([len(errors) for errors in folds.errors], dtype=np.int64),
        "folds_weights": folds.weights,
        **{f"folds_levels_{i}": level.added for i, level in enumerate(folds.levels)},
    }
    levels = [{"column": level.column, "own": list(level.own)} for level in folds.levels]
    return {"columns": list(folds.columns), "levels": levels}


def _rule(rule: Rule) -> dict[str, Any]:
    held = {field.name: getattr(rule, field.name) for field in fields(rule) if field.init}
    nested = {name: _rule(item) for name, item in held.items() if name in NESTED}
    return {"rule": type(rule).__name__, **held, **nested}


def _preparation(
    preparation: Preparation | ChannelPreparation | None, arrays: dict[str, AnyArray]
) -> Any:
    if preparation is None:
        return None
    if isinstance(preparation, ChannelPreparation):
        arrays |= {"mean": preparation.mean, "scale": preparation.scale}
        return "channels"
    arrays["kept"] = preparation.kept
    blocks: list[dict[str, Any]] = []
    for place, block in enumerate(preparation.blocks):
        if isinstance(block, Levels):
            blocks.append({"column": block.column, "own": list(block.own), "rest": block.rest})
            continue
        blocks.append({"columns": list(block.columns), "marked": list(block.marked)})
        for name in ("fill", "mean", "scale"):
            arrays[f"{name}_{place}"] = getattr(block, name)
    return blocks
