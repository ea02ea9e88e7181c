"""A fitted estimator as JSON: parameters, fitted attributes and curves, without the network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from math import isfinite
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from bridle.arguments.scalars import is_integer, is_number, refuse
from bridle.encoding.frame_encoding import FrameEncoding
from bridle.encoding.levels import Levels
from bridle.errors import InputError
from bridle.networks.curves import Curves
from bridle.networks.estimators.settings import Settings
from bridle.types import AnyArray

__all__ = ["FORMAT", "describe", "restored"]

FORMAT = 1
"""Version of the format; other versions are not read."""

_KEYS = ("format", "class", "own_network", "parameters", "fitted", "history")
_NAMES, _ENCODING = "feature_names_in_", "encoding_"
_OPTIONAL = (_NAMES, _ENCODING)


def describe(estimator: Any) -> dict[str, Any]:
    """Return the description of a fitted estimator, without its network.

    Raises
    ------
    InputError
        ``random_state`` is neither an integer nor None, or JSON cannot represent the class labels.
    """
    parameters = estimator.get_params(deep=False)
    own = parameters.pop("network") is not None
    state = parameters["random_state"]
    if state is not None and not is_integer(state):
        refuse(
            "random_state",
            "an integer or None to be saved; the state of a generator cannot be",
            state,
        )
    held = vars(estimator)
    return {
        "format": FORMAT,
        "class": type(estimator).__name__,
        "own_network": own,
        "parameters": {name: _plain(value) for name, value in parameters.items()},
        "fitted": {name: _to_json(held[name]) for name in _fitted(estimator) if name in held},
        "history": asdict(estimator.history_),
    }


def restored(cls: Any, described: Any) -> tuple[Any, bool]:
    """Return the described estimator, without network, and whether the user had given a network.

    Parameters
    ----------
    cls : type
        Class of the estimator.
    described : object
        Parsed JSON; every name and value is checked.

    Raises
    ------
    ValueError
        It is not what `describe` returns for an estimator of this class.
    """
    _check_names("the description", described, _KEYS)
    if described["format"] != FORMAT or described["class"] != cls.__name__:
        raise ValueError(
            f"it must be of {cls.__name__} in format {FORMAT}. Received: a description of "
            f"{described['class']!r} in format {described['format']!r}"
        )
    if not isinstance(described["own_network"], bool):
        raise ValueError(f"own_network is {described['own_network']!r}")
    estimator = cls(**_parameters(cls, described["parameters"]))
    held = described["fitted"]
    names = _fitted(estimator)
    given = held if isinstance(held, dict) else {}
    wanted = [name for name in names if name not in _OPTIONAL or name in given]
    _check_names("fitted", held, wanted)
    for name in names:
        if name in held:
            # The names come from the class, so a file cannot set other attributes.
            setattr(estimator, name, _CHECKED[name](name, held[name]))
    _check_kind(estimator)
    estimator.history_ = _history(described["history"])
    return estimator, described["own_network"]


def _fitted(estimator: Any) -> tuple[str, ...]:
    return (*estimator._FITTED, "kind_", "link_", "n_features_in_", *_OPTIONAL)


def _check_names(what: str, held: Any, names: Iterable[str]) -> None:
    if not isinstance(held, dict):
        raise ValueError(f"{what} must be an object of JSON, not {type(held).__name__}")
    for wrong, said in (({*held} - {*names}, "unknown"), ({*names} - {*held}, "missing")):
        if wrong:
            raise ValueError(f"{what} has {said} names: {', '.join(map(repr, sorted(wrong)))}")


def _parameters(cls: Any, held: Any) -> dict[str, Any]:
    _check_names("parameters", held, [param for param in cls().get_params() if param != "network"])
    hidden, state = held["hidden"], held["random_state"]
    if "class_weight" in held:
        held = {**held, "class_weight": _class_weight(held["class_weight"])}
    found = {**held, "hidden": tuple(hidden) if isinstance(hidden, list) else hidden}
    Settings.of(cls(**{**found, "random_state": 0}))
    if state is not None:
        if not is_integer(state):
            raise ValueError(f"random_state is {state!r}")
        check_random_state(state)
    return found


def _class_weight(held: Any) -> Any:
    if held is None or held == "balanced":
        return held
    if not isinstance(held, list) or not all(
        isinstance(item, list) and len(item) == 2 for item in held
    ):
        raise ValueError(f"class_weight is {held!r}")
    for label, weight in held:
        if not isinstance(label, (str, int, float)) or not is_number(weight) or weight < 0:
            raise ValueError(f"class_weight has {weight!r} for {label!r}")
    return dict(held)


def _plain(value: Any) -> Any:
    """Return a parameter with Python types instead of NumPy's."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        # Pairs, since JSON would turn the keys of an object into text.
        return [[_plain(label), _plain(weight)] for label, weight in value.items()]
    return value.item() if isinstance(value, np.generic) else value


def _to_json(value: Any) -> Any:
    if isinstance(value, FrameEncoding):
        levels = [[place, list(made.own)] for place, made in value.levels.items()]
        return {"columns": list(value.columns), "levels": levels}
    if not isinstance(value, np.ndarray):
        return _plain(value)
    entries = value.tolist()
    if not all(isinstance(entry, (str, int, float)) for entry in entries):
        raise InputError(
            "The labels of classes must be text, numbers or booleans to be saved. "
            f"Received: {entries[:3]!r}."
        )
    return {"dtype": "object" if value.dtype == object else value.dtype.str, "values": entries}


# The width of text is bounded, so that a few labels cannot request much memory.
_DTYPE = re.compile(r"object|[<>|=][biuf][1248]|[<>|=]f16|[<>|=]U[0-9]{1,5}")


def _array(name: str, held: Any) -> AnyArray:
    _check_names(name, held, ("dtype", "values"))
    dtype, values = held["dtype"], held["values"]
    if not isinstance(dtype, str) or not _DTYPE.fullmatch(dtype):
        raise ValueError(f"{name} is of type {dtype!r}")
    if not isinstance(values, list) or not values:
        raise ValueError(f"{name} must be a list of values")
    if len({type(value) for value in values}) > 1 or type(values[0]) not in (str, bool, int, float):
        raise ValueError(f"{name} must hold values of one kind: text, booleans or numbers")
    try:
        array = np.array(values, dtype=np.dtype(dtype))
    except (TypeError, OverflowError) as error:
        raise ValueError(f"{name} holds other values than {dtype}: {error}") from error
    back = array.tolist()
    if back != values or type(back[0]) is not type(values[0]):
        raise ValueError(f"{name} holds other values than {dtype}")
    return array


def _classes(name: str, held: Any) -> AnyArray:
    labels = _array(name, held)
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise ValueError(f"{name} must be finite")
    if len(labels) < 2 or not np.all(labels[:-1] < labels[1:]):
        raise ValueError(f"{name} must be at least two labels in order, each once")
    return labels


def _names(name: str, held: Any) -> AnyArray:
    names = _array(name, held)
    if names.dtype != object or not isinstance(names[0], str):
        raise ValueError(f"{name} must hold text")
    if len(np.unique(names)) < len(names):
        raise ValueError(f"{name} must be distinct")
    return names


def _encoding(name: str, held: Any) -> FrameEncoding:
    _check_names(name, held, ("columns", "levels"))
    columns, levels = held["columns"], held["levels"]
    if not _are_texts(columns):
        raise ValueError(f"{name} must name its columns")
    if not isinstance(levels, list) or not levels:
        raise ValueError(f"{name} must hold levels")
    made = {}
    for pair in levels:
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError(f"{name} must hold pairs of a place and its levels, not {pair!r}")
        place, own = pair
        if type(place) is not int or not 0 <= place < len(columns) or place in made:
            raise ValueError(f"{name} has levels at the place {place!r}")
        if not _are_texts(own) or len({*own}) < len(own):
            raise ValueError(f"{name} must hold distinct levels at the place {place}")
        made[place] = Levels(columns[place], tuple(own), rest=False)
    return FrameEncoding(tuple(columns), made)


def _are_texts(held: Any) -> bool:
    return isinstance(held, list) and bool(held) and all(isinstance(text, str) for text in held)


def _one_of(*allowed: str) -> Callable[[str, Any], str]:
    def check(name: str, held: Any) -> str:
        if held not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {held!r}")
        return str(held)

    return check


def _count(name: str, held: Any) -> int:
    if type(held) is not int or held < 1:
        raise ValueError(f"{name} must be an integer of at least 1, not {held!r}")
    return held


def _number(name: str, held: Any) -> float:
    if type(held) is not float or not isfinite(held):
        raise ValueError(f"{name} must be a finite number, not {held!r}")
    return held


def _scale(name: str, held: Any) -> float:
    if _number(name, held) <= 0:
        raise ValueError(f"{name} must be above 0, not {held!r}")
    return float(held)


_CHECKED: dict[str, Callable[[str, Any], Any]] = {
    "classes_": _classes,
    "target_mean_": _number,
    "target_scale_": _scale,
    "kind_": _one_of("binary", "multiclass", "regression"),
    "link_": _one_of("linear", "softmax", "sigmoid"),
    "n_features_in_": _count,
    _NAMES: _names,
    _ENCODING: _encoding,
}
"""What each fitted attribute must be."""


def _check_kind(estimator: Any) -> None:
    held = vars(estimator)
    classes, names = held.get("classes_"), held.get(_NAMES)
    if (classes is None) != (estimator.kind_ == "regression"):
        raise ValueError(f"kind_ {estimator.kind_!r} is not that of {type(estimator).__name__}")
    if estimator.kind_ == "binary" and len(held["classes_"]) != 2:
        raise ValueError(f"kind_ 'binary' has two classes, not {len(held['classes_'])}")
    if names is not None and len(names) != estimator.n_features_in_:
        raise ValueError(f"there are {len(names)} names for {estimator.n_features_in_} features")
    encoding = held.get(_ENCODING)
    if encoding is not None and len(encoding.columns) != estimator.n_features_in_:
        raise ValueError(
            f"encoding_ is of {len(encoding.columns)} columns for {estimator.n_features_in_} features"
        )


def _history(held: Any) -> Curves:
    names = [field.name for field in fields(Curves)]
    _check_names("history", held, names)
    lengths = {len(entry) if isinstance(entry, list) else 0 for entry in held.values()}
    if len(lengths) > 1 or 0 in lengths:
        raise ValueError("history must hold four lists of one length")
    return Curves(**{name: tuple(_number(name, number) for number in held[name]) for name in names})
