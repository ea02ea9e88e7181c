"""Callbacks of trainers: bridle beside a training by Keras, Lightning, Hugging Face and others.

A callback's base class is the framework's own, so that each is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridle.callbacks.accelerate import AccelerateDiagnosis as AccelerateDiagnosis
    from bridle.callbacks.accelerate import AccelerateTrial as AccelerateTrial
    from bridle.callbacks.hugging_face import HuggingFaceDiagnosis as HuggingFaceDiagnosis
    from bridle.callbacks.hugging_face import HuggingFaceTrial as HuggingFaceTrial
    from bridle.callbacks.keras import KerasDiagnosis as KerasDiagnosis
    from bridle.callbacks.keras import KerasTrial as KerasTrial
    from bridle.callbacks.lightning import LightningDiagnosis as LightningDiagnosis
    from bridle.callbacks.lightning import LightningTrial as LightningTrial
    from bridle.callbacks.skorch import SkorchDiagnosis as SkorchDiagnosis
    from bridle.callbacks.skorch import SkorchTrial as SkorchTrial

_HOME = {
    "AccelerateDiagnosis": "accelerate",
    "AccelerateTrial": "accelerate",
    "HuggingFaceDiagnosis": "hugging_face",
    "HuggingFaceTrial": "hugging_face",
    "KerasDiagnosis": "keras",
    "KerasTrial": "keras",
    "LightningDiagnosis": "lightning",
    "LightningTrial": "lightning",
    "SkorchDiagnosis": "skorch",
    "SkorchTrial": "skorch",
}

__all__ = [
    "AccelerateDiagnosis",
    "AccelerateTrial",
    "HuggingFaceDiagnosis",
    "HuggingFaceTrial",
    "KerasDiagnosis",
    "KerasTrial",
    "LightningDiagnosis",
    "LightningTrial",
    "SkorchDiagnosis",
    "SkorchTrial",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
