"""Modules that are mutated, and the tests that are to notice."""

from __future__ import annotations

__all__ = ["GOAL", "SUITES"]

GOAL = 0.95
"""Share of the mutants of a suite that its tests must notice."""

_WORKBENCH = "bridle.workbench"
_LINEAR = "bridle.elastic_net"
_LAWS = "tests/laws"
_EVIDENCE = "tests/workbench/evidence/test_evidence.py"
_VERDICT = "tests/workbench/verdict/test_verdict.py"
_NOISE = "tests/dropout/test_noise.py"

SUITES: dict[str, dict[str, tuple[str, ...]]] = {
    "evidence": {
        f"{_WORKBENCH}.comparison": (_VERDICT, _EVIDENCE),
        f"{_WORKBENCH}.holm": (_EVIDENCE,),
        f"{_WORKBENCH}.interval": ("tests/workbench/evidence/test_interval.py", _EVIDENCE),
        f"{_WORKBENCH}.overfitting": (_EVIDENCE,),
        f"{_WORKBENCH}.pairing": (_EVIDENCE, _VERDICT),
        f"{_WORKBENCH}.power": (_EVIDENCE,),
        f"{_WORKBENCH}.trend": (_EVIDENCE, _VERDICT),
        f"{_WORKBENCH}.verdict": (_VERDICT, _EVIDENCE),
    },
    "certificate": {
        f"{_LINEAR}.certificate": (f"{_LAWS}/test_certificate.py",),
        f"{_LINEAR}.loss_part": (f"{_LAWS}/test_working_certificate.py",),
        f"{_LINEAR}.problem": (f"{_LAWS}/test_problem.py", f"{_LAWS}/test_certificate.py"),
        f"{_LINEAR}.working_certificate": (f"{_LAWS}/test_working_certificate.py",),
    },
    "penalty": {f"{_LINEAR}.penalty": (f"{_LAWS}/test_penalty.py",)},
    "noise": {
        "bridle.dropout.noise": (_NOISE,),
        "bridle.dropout.rate": (_NOISE,),
    },
    "units": {f"{_LINEAR}.units": (f"{_LAWS}/test_units.py",)},
}
"""Of each suite its modules, and of each module the test files that run against its mutants."""
