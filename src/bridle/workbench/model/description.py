"""Description of a model: JSON and arrays, every name and value of which is checked when it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from math import isfinite, prod
from typing import Any

import numpy as np

from bridle.types import AnyArray
from bridle.workbench.arm.constant_predictor import ConstantPredictor
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.text_rules import (
    READINGS,
    CompactDates,
    DatePart,
    Labels,
    Likewise,
    PlainNumbers,
    Rule,
    Truths,
    Unquoted,
)
from bridle.workbench.data.preparation import ChannelPreparation, Levels, Preparation, Scaled
from bridle.workbench.model.model_columns import ModelColumns
from bridle.workbench.model.parts import ModelParts, Predictor
from bridle.workbench.model.residual_interval import Residuals
from bridle.workbench.model.stored_network import StoredNetwork
from bridle.workbench.task import TASK_KINDS, Task

__all__ = ["FORMAT", "describe", "restored"]

FORMAT = 1
"""Of the description; one of another format is refused."""

Arrays = Mapping[str, AnyArray]

_RULES: dict[str, type[Rule]] = {
    one.__name__: one
    for one in (PlainNumbers, CompactDates, Truths, Likewise, Labels, Unquoted, DatePart)
}
_NESTED = ("inner", "dates")
"""Fields of a rule that are rules."""
_LINKS = ("linear", "softmax", "sigmoid")


def describe(parts: ModelParts, version: str) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    """Return a model as what JSON can hold, and its arrays; the network aside."""
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
    if parts.residuals is not None:
        arrays |= {"residuals": parts.residuals.sizes, "weights": parts.residuals.weights}
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
    }
    return described, arrays


def restored(described: Any, arrays: Arrays, network: bytes | None) -> ModelParts:
    """Return what was described.

    Parameters
    ----------
    described : object
        From JSON.
    arrays : mapping of str to ndarray
    network : bytes or None
        Of the file of the network, where there is one.

    Raises
    ------
    ValueError
        It is not what `describe` returns.
    """
    held = _object(
        described,
        *("format", "bridle", "arm", "title", "said", "task", "target", "columns", "words"),
        *("others", "identifiers", "shape", "preparation", "feature_names", "predictor", "rows"),
    )
    if held["format"] != FORMAT:
        raise ValueError(
            f"it is in format {held['format']!r} of bridle {held['bridle']!r}, and this bridle reads "
            f"format {FORMAT}"
        )
    task, labels = _task(held["task"])
    target = _object(held["target"], "name", "mean", "scale")
    columns = ModelColumns(
        rules=_rules(held["columns"]),
        words=_words(held["words"]),
        others=_texts("others", held["others"]),
        identifiers=_texts("identifiers", held["identifiers"]),
    )
    shape = None if held["shape"] is None else _shape("shape", held["shape"])
    names = _texts("feature_names", held["feature_names"])
    preparation = _restored_preparation(held["preparation"], arrays, columns, shape, names)
    predictor = _predictor(held["predictor"], arrays, task, len(names), network)
    if isinstance(predictor, LinearPredictor) and preparation is None:
        raise ValueError("a linear model has prepared features")
    return ModelParts(
        arm=_text("arm", held["arm"]),
        title=_text("title", held["title"]),
        said=_texts("said", held["said"]),
        task=task,
        labels=labels,
        target_name=_text("target", target["name"]),
        target_mean=_number("mean", target["mean"]),
        target_scale=_number("scale", target["scale"]),
        columns=columns,
        shape=shape,
        preparation=preparation,
        feature_names=names,
        predictor=predictor,
        residuals=_residuals(held["rows"], arrays),
    )


def _rule(rule: Rule) -> dict[str, Any]:
    held = {one.name: getattr(rule, one.name) for one in fields(rule) if one.init}
    nested = {name: _rule(one) for name, one in held.items() if name in _NESTED}
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


# --- Reading: what is not as it should be is a ValueError


def _object(held: Any, *names: str) -> dict[str, Any]:
    if not isinstance(held, dict) or held.keys() != set(names):
        found = ", ".join(map(repr, held)) if isinstance(held, dict) else type(held).__name__
        raise ValueError(f"an object has {found} in place of {', '.join(map(repr, names))}")
    return held


def _text(name: str, held: Any) -> str:
    if not isinstance(held, str):
        raise ValueError(f"{name} is {held!r} and no text")
    return held


def _texts(name: str, held: Any) -> tuple[str, ...]:
    if not isinstance(held, list):
        raise ValueError(f"{name} is no list")
    return tuple(_text(name, one) for one in held)


def _truth(name: str, held: Any) -> bool:
    if not isinstance(held, bool):
        raise ValueError(f"{name} is {held!r} and neither true nor false")
    return held


def _whole(name: str, held: Any) -> int:
    if type(held) is not int:
        raise ValueError(f"{name} is {held!r} and no whole number")
    return held


def _number(name: str, held: Any) -> float:
    if type(held) not in (int, float) or not isfinite(held):
        raise ValueError(f"{name} is {held!r} and no finite number")
    return float(held)


def _shape(name: str, held: Any) -> tuple[int, ...]:
    if not isinstance(held, list) or not held:
        raise ValueError(f"{name} is {held!r} and no shape")
    found = tuple(_whole(name, one) for one in held)
    if min(found) < 1 or prod(found) > 2**31:
        raise ValueError(f"{name} is {held!r} and no shape")
    return found


def _task(held: Any) -> tuple[Task, tuple[Any, ...]]:
    held = _object(held, "kind", "classes", "labels")
    kind, classes = held["kind"], _texts("classes", held["classes"])
    if kind not in TASK_KINDS:
        raise ValueError(f"the kind of prediction is {kind!r}")
    wanted = {"binary": len(classes) == 2, "multiclass": len(classes) > 2}
    if not wanted.get(kind, not classes) or len(set(classes)) < len(classes):
        raise ValueError(f"there are {len(classes)} classes, or fewer, for {kind!r}")
    labels = held["labels"]
    if not isinstance(labels, list) or len(labels) != len(classes):
        raise ValueError(f"there are other labels than {len(classes)}")
    if any(type(one) not in (str, bool, int, float) for one in labels):
        raise ValueError("labels are no text, numbers or truth values")
    return Task(kind, classes), tuple(labels)


def _rules(held: Any) -> dict[str, Rule]:
    if not isinstance(held, list):
        raise ValueError("columns is no list")
    rules = {}
    for one in held:
        if not isinstance(one, dict) or "name" not in one:
            raise ValueError(f"a column is {one!r}")
        rest = {key: value for key, value in one.items() if key != "name"}
        rules[_text("name", one["name"])] = _restored_rule(rest)
    if len(rules) < len(held):
        raise ValueError("a column stands twice")
    return rules


def _restored_rule(held: Any, depth: int = 0) -> Rule:
    kind = _RULES.get(str(held.get("rule"))) if isinstance(held, dict) else None
    if kind is None or (depth and kind is DatePart) or depth > 2:
        raise ValueError(f"a column is read by {held!r}")
    names = [each.name for each in fields(kind) if each.init]
    found = _object(held, "rule", *names)
    made: dict[str, Any] = {}
    for name in names:
        if name in _NESTED:
            made[name] = _restored_rule(found[name], depth + 1)
        else:
            made[name] = _FIELDS[name](name, found[name])
    return kind(**made)


def _one_of(*allowed: str) -> Callable[[str, Any], str]:
    def check(name: str, held: Any) -> str:
        if held not in allowed:
            raise ValueError(f"{name} is {held!r}, and none of {', '.join(allowed)}")
        return str(held)

    return check


_FIELDS: dict[str, Callable[[str, Any], Any]] = {
    "comma": _truth,
    "least": _whole,
    "reading": _one_of(*READINGS),
    "examples": _texts,
    "kind": _one_of("number", "boolean"),
    "levels": _texts,
    "source": _text,
    "part": _one_of("year", "month", "day", "weekday", "hour"),
}


def _words(held: Any) -> MissingWords:
    held = _object(held, "missing", "keep")
    return MissingWords.of(
        list(_texts("missing", held["missing"])), list(_texts("keep", held["keep"]))
    )


def _array(arrays: Arrays, name: str, shape: tuple[int | None, ...], *, whole: bool = False) -> Any:
    """Return a finite array of a shape, in which None is any length."""
    if name not in arrays:
        raise ValueError(f"the array {name!r} is missing")
    found = arrays[name]
    if found.dtype.kind != ("i" if whole else "f"):
        raise ValueError(f"the array {name!r} is of {found.dtype}")
    fits = found.ndim == len(shape) and all(
        wanted in (None, there) for wanted, there in zip(shape, found.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"the array {name!r} has shape {found.shape} in place of {shape}")
    if not np.isfinite(found).all():
        raise ValueError(f"the array {name!r} is not finite")
    return found.astype(np.intp if whole else np.float64)


def _scale(arrays: Arrays, name: str, length: int | None) -> Any:
    found = _array(arrays, name, (length,))
    if (found <= 0).any():
        raise ValueError(f"the array {name!r} has numbers that are not above 0")
    return found


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
            raise ValueError("there are other places than the shape of a row says")
        mean = _array(arrays, "mean", (shape[-1],))
        return ChannelPreparation(mean, _scale(arrays, "scale", shape[-1]), names)
    if not isinstance(held, list) or shape is not None:
        raise ValueError(f"the preparation is {held!r}")
    blocks = tuple(_block(one, place, arrays) for place, one in enumerate(held))
    _check_blocks(blocks, columns)
    kept = _array(arrays, "kept", (len(names),), whole=True)
    width = sum(len(block.names) for block in blocks)
    if not len(kept) or kept.min() < 0 or kept.max() >= width or (np.diff(kept) <= 0).any():
        raise ValueError("the array 'kept' names other columns than there are, or not in order")
    return Preparation(blocks, kept, names)


def _block(held: Any, place: int, arrays: Arrays) -> Scaled | Levels:
    if isinstance(held, dict) and "column" in held:
        held = _object(held, "column", "own", "rest")
        own = _texts("own", held["own"])
        if len(set(own)) < len(own):
            raise ValueError("a level stands twice")
        return Levels(_text("column", held["column"]), own, _truth("rest", held["rest"]))
    held = _object(held, "columns", "marked")
    columns = _texts("columns", held["columns"])
    if not isinstance(held["marked"], list):
        raise ValueError("marked is no list")
    marked = tuple(_whole("marked", one) for one in held["marked"])
    if any(not 0 <= one < len(columns) for one in marked) or len(set(marked)) < len(marked):
        raise ValueError("marked names columns that are not there")
    width = len(columns) + len(marked)
    return Scaled(
        columns,
        _array(arrays, f"fill_{place}", (len(columns),)),
        marked,
        _array(arrays, f"mean_{place}", (width,)),
        _scale(arrays, f"scale_{place}", width),
    )


def _check_blocks(blocks: tuple[Scaled | Levels, ...], columns: ModelColumns) -> None:
    """Refuse a preparation of other columns, or kinds, than are read."""
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
    held = _object(held, "kind")
    if network is not None:
        raise ValueError("there is a network, and it predicts by none")
    if kind == "LinearPredictor":
        coef = _array(arrays, "coef", (n_features, task.n_outputs))
        return LinearPredictor(task.kind, coef, _array(arrays, "intercept", (task.n_outputs,)))
    if kind == "ConstantPredictor":
        width = len(task.classes) if task.is_classification else 1
        return ConstantPredictor(task.kind, _array(arrays, "value", (width,)))
    raise ValueError(f"it predicts by {kind!r}")


def _network(held: Any, task: Task, n_features: int, network: bytes | None) -> StoredNetwork:
    held = _object(held, "kind", "link", "row_shape", "outputs")
    row_shape = _shape("row_shape", held["row_shape"])
    if network is None:
        raise ValueError("its network is missing")
    if held["link"] not in _LINKS or prod(row_shape) != n_features:
        raise ValueError(f"its network is for rows of shape {row_shape}, or ends in other ways")
    # Two classes may have an output each.
    allowed = (task.kind, "multiclass") if task.kind == "binary" else (task.kind,)
    if held["outputs"] not in allowed:
        raise ValueError(f"its network is for {held['outputs']!r}")
    return StoredNetwork(network, held["outputs"], held["link"], row_shape)


def _residuals(rows: Any, arrays: Arrays) -> Residuals | None:
    if rows is None:
        return None
    sizes = _array(arrays, "residuals", (None,))
    weights = _scale(arrays, "weights", len(sizes))
    if not len(sizes) or (sizes < 0).any() or (np.diff(sizes) < 0).any():
        raise ValueError("the array 'residuals' is not in order")
    if _whole("rows", rows) < 1:
        raise ValueError(f"rows is {rows!r}")
    return Residuals(sizes, weights, rows)
