"""Callbacks of trainers: bridle beside a training by Keras, Lightning or Hugging Face.

A callback's base class is the framework's own, so that each is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridle.callbacks.hugging_face import HuggingFaceDiagnosis as HuggingFaceDiagnosis
    from bridle.callbacks.keras import KerasDiagnosis as KerasDiagnosis
    from bridle.callbacks.lightning import LightningDiagnosis as LightningDiagnosis

_HOME = {
    "HuggingFaceDiagnosis": "hugging_face",
    "KerasDiagnosis": "keras",
    "LightningDiagnosis": "lightning",
}

__all__ = ["HuggingFaceDiagnosis", "KerasDiagnosis", "LightningDiagnosis"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
