"""Modules that are mutated, and the tests that are to notice."""

from __future__ import annotations

__all__ = ["GOAL", "SUITES"]

GOAL = 0.95
"""Share of the mutants of a suite that its tests must notice."""

_WORKBENCH = "bridle.workbench"
_LINEAR = "bridle.elastic_net"
_LAWS = "tests/laws"
_EVIDENCE = "tests/workbench/evidence/test_evidence.py"
_FIXED = "tests/workbench/evidence/test_fixed_test.py"
_INTERVAL = "tests/workbench/evidence/test_interval.py"
_TREND = "tests/workbench/evidence/test_trend.py"
_VERDICT = "tests/workbench/verdict/test_verdict.py"
_SETTLES = "tests/workbench/verdict/test_what_settles.py"
_WORDING = "tests/workbench/verdict/test_wording.py"
_NOISE = "tests/dropout/test_noise.py"

SUITES: dict[str, dict[str, tuple[str, ...]]] = {
    "evidence": {
        f"{_WORKBENCH}.verdict.decide": (_VERDICT, _SETTLES, _EVIDENCE),
        f"{_WORKBENCH}.evidence.measure": (_VERDICT, _SETTLES, _EVIDENCE),
        f"{_WORKBENCH}.evidence.intervals.holm": (_EVIDENCE,),
        f"{_WORKBENCH}.evidence.intervals.corrected_interval": (
            "tests/workbench/evidence/test_interval.py",
            _EVIDENCE,
        ),
        f"{_WORKBENCH}.evidence.overfitting": (_EVIDENCE,),
        f"{_WORKBENCH}.evidence.results.pairs": (_EVIDENCE, _VERDICT),
        f"{_WORKBENCH}.evidence.intervals.power": (_EVIDENCE, _FIXED),
        f"{_WORKBENCH}.evidence.curves.trend": (_TREND, _EVIDENCE),
        f"{_WORKBENCH}.verdict.verdict": (_VERDICT, _WORDING, _SETTLES, _EVIDENCE),
    },
    "certificate": {
        f"{_LINEAR}.optimality.certificate": (f"{_LAWS}/optimality/test_certificate.py",),
        f"{_LINEAR}.methods.certificates.loss_bounds": (
            f"{_LAWS}/methods/test_working_certificate.py",
        ),
        f"{_LINEAR}.problem": (
            f"{_LAWS}/test_problem.py",
            f"{_LAWS}/optimality/test_certificate.py",
            f"{_LAWS}/optimality/test_point_evidence.py",
        ),
        f"{_LINEAR}.optimality.evidence_in_numpy": (
            f"{_LAWS}/optimality/test_certificate.py",
            f"{_LAWS}/optimality/test_point_evidence.py",
        ),
        f"{_LINEAR}.optimality.largest_strength": (f"{_LAWS}/test_problem.py",),
        f"{_LINEAR}.optimality.dual_problem": (
            f"{_LAWS}/optimality/test_dual_problem.py",
            f"{_LAWS}/optimality/test_certificate.py",
            f"{_LAWS}/optimality/test_point_evidence.py",
            f"{_LAWS}/optimality/test_perturbed_solutions.py",
        ),
        f"{_LINEAR}.optimality.kkt_units": (
            f"{_LAWS}/optimality/test_kkt_units.py",
            f"{_LAWS}/optimality/test_certificate.py",
            f"{_LAWS}/optimality/test_point_evidence.py",
            f"{_LAWS}/methods/test_working_certificate.py",
        ),
        f"{_LINEAR}.methods.certificates.duality_gaps": (
            f"{_LAWS}/methods/test_working_certificate.py",
        ),
    },
    "penalty": {
        f"{_LINEAR}.penalty.penalty": (
            f"{_LAWS}/penalty/test_tied_rows.py",
            f"{_LAWS}/penalty/test_penalty.py",
            f"{_LAWS}/penalty/test_grouping.py",
        ),
        f"{_LINEAR}.penalty.translations": (f"{_LAWS}/penalty/test_penalty.py",),
        f"{_LINEAR}.penalty.arguments": (f"{_LAWS}/penalty/test_penalty.py",),
    },
    "noise": {
        "bridle.dropout.noise": (_NOISE,),
        "bridle.dropout.rate": (_NOISE,),
    },
    "units": {f"{_LINEAR}.data.units": (f"{_LAWS}/data/test_units.py",)},
}
"""Of each suite its modules, and of each module the test files that run against its mutants."""
