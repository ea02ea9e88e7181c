"""Restoring of a model from its description, with a check of every name and value."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from bridle.elastic_net.estimators.survival.baseline_hazard import BaselineHazard
from bridle.encoding.levels import Levels
from bridle.networks.image_axes import channels_come_first
from bridle.networks.kinds.catalogue import KINDS
from bridle.networks.recipe import Recipe
from bridle.workbench.arm.constant_predictor import ConstantPredictor
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.data.preparation import ChannelPreparation, Preparation, Scaled
from bridle.workbench.model.intervals.fold_models import FoldModels
from bridle.workbench.model.intervals.residual_interval import Residuals
from bridle.workbench.model.model_columns import ModelColumns
from bridle.workbench.model.parts import ModelParts, Predictor
from bridle.workbench.model.saved.checked_values import (
    Arrays,
    a_number,
    a_scale,
    a_shape,
    a_text,
    a_truth,
    a_whole,
    an_array,
    an_object,
    texts,
)
from bridle.workbench.model.saved.description import FORMAT, describe
from bridle.workbench.model.saved.restored_folds import restored_folds
from bridle.workbench.model.saved.restored_rules import restored_rules, restored_words
from bridle.workbench.model.stored_module import StoredModule
from bridle.workbench.model.stored_network import StoredNetwork
from bridle.workbench.task import TASK_KINDS, Task
from bridle.workbench.tasks.catalogue import TASK_TYPES

__all__ = ["restored"]

_LINKS = ("linear", "softmax", "sigmoid")


def restored(described: Any, arrays: Arrays, network: bytes | None) -> ModelParts:
    """Return the described model.

    Parameters
    ----------
    described : object
        The parsed JSON.
    arrays : mapping of str to ndarray
    network : bytes or None
        Content of the network's file, if there is one.

    Raises
    ------
    ValueError
        The description is not of the form that `describe` returns.
    """
    if isinstance(described, dict):
        _refuse_format(described.get("format"), described.get("bridle"))
    held = an_object(
        described,
        *("format", "bridle", "arm", "title", "said", "task", "target", "columns", "words"),
        *("others", "identifiers", "shape", "preparation", "feature_names", "predictor", "rows"),
        "folds",
    )
    a_text("bridle", held["bridle"])
    task, labels = _task(held["task"])
    target = an_object(held["target"], "name", "mean", "scale")
    columns = ModelColumns(
        rules=restored_rules(held["columns"]),
        words=restored_words(held["words"]),
        others=texts("others", held["others"]),
        identifiers=texts("identifiers", held["identifiers"]),
    )
    shape = None if held["shape"] is None else a_shape("shape", held["shape"])
    names = texts("feature_names", held["feature_names"])
    preparation = _restored_preparation(held["preparation"], arrays, columns, shape, names)
    predictor = _predictor(held["predictor"], arrays, task, len(names), network)
    if isinstance(predictor, LinearPredictor) and preparation is None:
        raise ValueError("a linear model has prepared features")
    parts = ModelParts(
        arm=a_text("arm", held["arm"]),
        title=a_text("title", held["title"]),
        said=texts("said", held["said"]),
        task=task,
        labels=labels,
        target_name=a_text("target", target["name"]),
        target_mean=a_number("mean", target["mean"]),
        target_scale=a_number("scale", target["scale"]),
        columns=columns,
        shape=shape,
        preparation=preparation,
        feature_names=names,
        predictor=predictor,
        residuals=_residuals(held["rows"], arrays),
        folds=restored_folds(held["folds"], arrays, columns),
        baseline=_baseline(arrays) if task.type.has_events else None,
    )
    if parts.folds is not None and (
        parts.residuals is None
        or task.is_classification
        or not _are_of(parts.folds, parts.residuals)
    ):
        raise ValueError("it holds models of splits without their errors")
    if unknown := arrays.keys() - describe(parts, held["bridle"])[1].keys():
        raise ValueError(f"nothing uses the array {min(unknown)!r}")
    return parts


def _refuse_format(number: Any, version: Any) -> None:
    if type(number) is not int or number != FORMAT:
        raise ValueError(
            f"it is in format {number!r} of bridle {version!r}, and this bridle reads format {FORMAT}"
        )


def _task(held: Any) -> tuple[Task, tuple[Any, ...]]:
    held = an_object(held, "kind", "classes", "labels")
    kind, classes = held["kind"], texts("classes", held["classes"])
    if kind not in TASK_KINDS:
        raise ValueError(f"the kind of prediction is {kind!r}")
    if not TASK_TYPES[kind].has_classes(len(classes)) or len(set(classes)) < len(classes):
        raise ValueError(f"there are {len(classes)} classes, or fewer, for {kind!r}")
    labels = held["labels"]
    if not isinstance(labels, list) or len(labels) != len(classes):
        raise ValueError(f"the number of labels is not {len(classes)}")
    if any(type(label) not in (str, bool, int, float) for label in labels):
        raise ValueError("labels must be text, numbers or booleans")
    return Task(kind, classes), tuple(labels)


def _restored_preparation(
    held: Any,
    arrays: Arrays,
    columns: ModelColumns,
    shape: tuple[int, ...] | None,
    names: tuple[str, ...],
) -> Preparation | ChannelPreparation | None:
    if held is None:
        wanted = len(columns.rules) if shape is None else prod(shape)
        if len(names) != wanted:
            raise ValueError(f"there are {len(names)} features for {wanted} columns")
        return None
    if held == "channels":
        if shape is None or len(names) != prod(shape):
            raise ValueError("the number of features does not match the shape of a row")
        length = prod(shape) if channels_come_first(shape) else shape[-1]
        mean = an_array(arrays, "mean", (length,))
        return ChannelPreparation(mean, a_scale(arrays, "scale", length), names)
    if not isinstance(held, list) or shape is not None:
        raise ValueError(f"the preparation is {held!r}")
    blocks = tuple(_block(entry, place, arrays) for place, entry in enumerate(held))
    _check_blocks(blocks, columns)
    kept = an_array(arrays, "kept", (len(names),), whole=True)
    width = sum(len(block.names) for block in blocks)
    if not len(kept) or kept.min() < 0 or kept.max() >= width or (np.diff(kept) <= 0).any():
        raise ValueError("the array 'kept' has columns that do not exist, or are not in order")
    return Preparation(blocks, kept, names)


def _block(held: Any, place: int, arrays: Arrays) -> Scaled | Levels:
    if isinstance(held, dict) and "column" in held:
        held = an_object(held, "column", "own", "rest")
        own = texts("own", held["own"])
        if len(set(own)) < len(own):
            raise ValueError("a level is listed twice")
        return Levels(a_text("column", held["column"]), own, a_truth("rest", held["rest"]))
    held = an_object(held, "columns", "marked")
    columns = texts("columns", held["columns"])
    if not isinstance(held["marked"], list):
        raise ValueError("marked is not a list")
    marked = tuple(a_whole("marked", entry) for entry in held["marked"])
    if any(not 0 <= place < len(columns) for place in marked) or len(set(marked)) < len(marked):
        raise ValueError("marked has columns that do not exist")
    width = len(columns) + len(marked)
    return Scaled(
        columns,
        an_array(arrays, f"fill_{place}", (len(columns),)),
        marked,
        an_array(arrays, f"mean_{place}", (width,)),
        a_scale(arrays, f"scale_{place}", width),
    )


def _check_blocks(blocks: tuple[Scaled | Levels, ...], columns: ModelColumns) -> None:
    """Refuse a preparation of columns that are not read, or of other kinds."""
    prepared = {
        name: "category" if isinstance(block, Levels) else "number"
        for block in blocks
        for name in ([block.column] if isinstance(block, Levels) else block.columns)
    }
    read = {
        name: "category" if rule.kind == "category" else "number"
        for name, rule in columns.rules.items()
    }
    if prepared != read or sum(len(_columns(block)) for block in blocks) != len(read):
        raise ValueError("other columns are prepared than are read")


def _columns(block: Scaled | Levels) -> tuple[str, ...]:
    return (block.column,) if isinstance(block, Levels) else block.columns


def _predictor(
    held: Any, arrays: Arrays, task: Task, n_features: int, network: bytes | None
) -> Predictor:
    kind = held.get("kind") if isinstance(held, dict) else None
    if kind == "StoredNetwork":
        return _network(held, task, n_features, network)
    if kind == "StoredModule":
        return _module(held, arrays, task, n_features)
    held = an_object(held, "kind")
    if network is not None:
        raise ValueError("there is a network, but its predictor is another")
    if kind == "LinearPredictor":
        coef = an_array(arrays, "coef", (n_features, task.n_outputs))
        return LinearPredictor(task.kind, coef, an_array(arrays, "intercept", (task.n_outputs,)))
    if kind == "ConstantPredictor":
        width = len(task.classes) or 1
        return ConstantPredictor(task.kind, an_array(arrays, "value", (width,)))
    raise ValueError(f"it predicts by {kind!r}")


def _network(held: Any, task: Task, n_features: int, network: bytes | None) -> StoredNetwork:
    held = an_object(held, "kind", "link", "row_shape", "outputs")
    if network is None:
        raise ValueError("its network is missing")
    return StoredNetwork(network, held["outputs"], held["link"], _ending(held, task, n_features))


def _ending(held: Any, task: Task, n_features: int) -> tuple[int, ...]:
    """Return the shape of a row, after checking that the network's output suits the task."""
    row_shape = a_shape("row_shape", held["row_shape"])
    if held["link"] not in _LINKS or prod(row_shape) != n_features:
        raise ValueError(f"its network takes rows of shape {row_shape}, or has another output")
    if held["outputs"] not in task.type.network_kinds:
        raise ValueError(f"its network is for {held['outputs']!r}")
    return row_shape


def _module(held: Any, arrays: Arrays, task: Task, n_features: int) -> StoredModule:
    if isinstance(held, dict):
        held = {"network": "mlp", **held}  # files of before had no other, and did not say so
    held = an_object(
        held,
        *("kind", "link", "row_shape", "outputs", "names", "hidden", "network", "batch_norm"),
    )
    shape = _ending(held, task, n_features)
    names = texts("names", held["names"])
    values = {name: arrays[f"module {i}"] for i, name in enumerate(names)}
    hidden = None if held["hidden"] is None else a_shape("hidden", held["hidden"])
    return StoredModule(
        values,
        held["outputs"],
        held["link"],
        shape,
        len(task.classes) if task.is_classification else None,
        None if hidden is None else _recipe(hidden, held["network"], shape),
        batch_norm=a_truth("batch_norm", held["batch_norm"]),
    )


def _recipe(hidden: tuple[int, ...], kind: Any, shape: tuple[int, ...]) -> Recipe:
    if kind not in KINDS or not KINDS[kind].takes(shape):
        raise ValueError(f"its network is {kind!r}, for rows of shape {shape}")
    recipe = Recipe(hidden, rate=0.0, kind=kind)
    if not recipe.layers:
        raise ValueError("its network has no hidden layer")
    return recipe


def _residuals(rows: Any, arrays: Arrays) -> Residuals | None:
    if rows is None:
        return None
    sizes = an_array(arrays, "residuals", (None,))
    weights = a_scale(arrays, "weights", len(sizes))
    if not len(sizes) or (sizes < 0).any() or (np.diff(sizes) < 0).any():
        raise ValueError("the array 'residuals' is not in order")
    if a_whole("rows", rows) < 1:
        raise ValueError(f"rows is {rows!r}")
    return Residuals(sizes, weights, rows)


def _baseline(arrays: Arrays) -> BaselineHazard:
    times = an_array(arrays, "event_times", (None,))
    hazard = a_scale(arrays, "hazard", len(times))
    if not len(times) or times[0] < 0 or (np.diff(times) <= 0).any() or (np.diff(hazard) < 0).any():
        raise ValueError("the arrays 'event_times' and 'hazard' are not in order")
    return BaselineHazard(times, hazard)


def _are_of(folds: FoldModels, residuals: Residuals) -> bool:
    """Whether the errors of the splits are all those of the residuals, with their weights."""
    counts = [len(errors) for errors in folds.errors]
    pairs = (
        (np.concatenate(folds.errors), np.repeat(folds.weights, counts)),
        (residuals.sizes, residuals.weights),
    )
    one, other = (np.sort(np.rec.fromarrays(pair)) for pair in pairs)
    return np.array_equal(one, other)
