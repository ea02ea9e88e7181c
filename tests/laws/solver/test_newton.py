"""Laws: Newton's method ends where nothing moves, and goes all the way where columns nearly depend."""

from __future__ import annotations

import numpy as np
import pytest
from tests.laws.random_problems.fits import ask
from tests.laws.random_problems.problems import random_problem

from bridle.elastic_net.optimality.certificate import Certificate
from bridle.elastic_net.solver import line_search, symmetric_system
from bridle.elastic_net.solver.newton_step import NewtonStep
from bridle.elastic_net.solver.progress import Progress
from bridle.elastic_net.solver.symmetric_system import step_within


@pytest.fixture
def steps(monkeypatch):
    """Newton's steps that a fit makes, counted."""
    made = []
    step = NewtonStep.step

    def counted(self, problem, iterate):
        made.append(1)
        return step(self, problem, iterate)

    monkeypatch.setattr(NewtonStep, "step", counted)
    return made


def test_no_more_steps_are_made_where_the_objective_stands_still(steps, tmp_path):
    """Rounding made steps of a thousandth along flat directions: 1,969 in all."""
    outcome = ask(random_problem(20984), tmp_path)
    assert all(one.certificate.meets(1e-6) for one in outcome.answers)
    assert len(steps) < 1000


def test_a_path_without_a_penalty_to_speak_of_separates_the_classes(tmp_path):
    """On nearly collinear columns each step went a ten-thousandth of its way; a tenth was left."""
    last = ask(random_problem(20253), tmp_path).answers[-1]
    assert last.certificate.meets(1e-6)
    assert last.certificate.objective < 1e-6


def test_a_small_column_beside_large_ones_goes_all_the_way(tmp_path):
    """An unpenalised column of .08 beside one of 1e6 was taken for a flat direction, for 3.9 s."""
    outcome = ask(random_problem(302948), tmp_path)
    assert not outcome.warned("ConvergenceWarning")
    assert all(one.certificate.meets(1e-6) for one in outcome.answers)


def test_nearly_collinear_columns_of_a_single_output_go_all_the_way(tmp_path):
    """Without a root each step went a little of its way: .43 of the deviance was left as the gap."""
    last = ask(random_problem(302611), tmp_path).answers[-1]
    assert last.certificate.meets(1e-6)


def test_a_root_keeps_the_digits_that_its_square_loses():
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(40, 3))
    columns[:, 2] = columns[:, 0] + 1e-7 * columns[:, 2]
    wanted = np.array([1.0, -2.0, 3.0])
    slope = -(columns.T @ (columns @ wanted))
    # A limit that is not met keeps the step from being that of smallest norm.
    low, high = np.full(3, -1e6), np.full(3, 1e6)
    system = columns.T @ columns
    without = step_within(system, slope, low, high)
    rooted = step_within(system, slope, low, high, lambda: columns)
    assert np.abs(rooted - wanted).max() < 0.3
    assert np.abs(without - wanted).max() > 0.9


@pytest.mark.parametrize("apart", [1.0, 1e-7])
def test_a_root_of_full_rank_needs_no_singular_values(apart, monkeypatch):
    """Each limit that was met took a decomposition: half of the time of 50 x 60 under three classes."""
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(40, 3)) * 10.0 ** np.array([-8, 0, 8])
    columns[:, 2] = 1e8 * (columns[:, 1] + apart * rng.normal(size=40))
    wanted = np.array([1e8, 1.0, 1e-8])
    slope, far = -(columns.T @ (columns @ wanted)), np.full(3, 1e300)
    flat = np.column_stack([columns, columns[:, 1]])
    monkeypatch.setattr(symmetric_system, "_is_nearly_singular", lambda system: True)
    with monkeypatch.context() as patched:
        patched.delattr(np.linalg, "svd")
        step = step_within(columns.T @ columns, slope, -far, far, lambda: columns)
        assert step / wanted == pytest.approx(np.ones(3), abs=1e-15 / apart**2 + 1e-9)
        with pytest.raises(AttributeError):
            symmetric_system._solve_from_root(flat, np.append(slope, slope[1]))


def test_no_fraction_of_a_step_is_tried_that_cannot_move_the_objective(tmp_path, monkeypatch):
    """Twelve thousand were, of steps whose slope promised less than the last digit."""
    tried, along = [], line_search._along

    def counted(*args):
        tried.append(1)
        return along(*args)

    monkeypatch.setattr(line_search, "_along", counted)
    ask(random_problem(312424), tmp_path)
    assert len(tried) < 3000


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_system_that_overflowed_has_no_step(number):
    system, low = np.full((2, 2), number), np.zeros(2)
    step = step_within(system, np.ones(2), low, low + 1, lambda: system)
    assert not np.any(np.isfinite(step))


def progress(*certificates):
    made = Progress(1e-6, 1000, 1e-6)
    for iteration, (objective, gap, kkt) in enumerate(certificates):
        made.note(iteration, Certificate(objective, gap, gap, kkt))
    return made


@pytest.mark.parametrize("gap", [9e-5, 1e-4, 0.1])
def test_iterations_in_which_nothing_moves_are_the_last(gap):
    assert not progress(*[(1.0, gap, 1e-9)] * 8).over
    assert progress(*[(1.0, gap, 1e-9)] * 9).over


@pytest.mark.parametrize(("gap", "last"), [(9e-5, 20), (1e-4, 8), (0.1, 8)])
def test_iterations_that_gain_almost_nothing_are_the_last(gap, last):
    slow = [(1.0 - 1e-10 * k, gap, 1e-9) for k in range(last + 1)]
    assert not progress(*slow[:-1]).over
    assert progress(*slow).over


def test_a_gap_that_is_noise_is_no_progress():
    """Its smallest value so far fell now and then, so that the fit went on."""
    noise = [(1.0, 1e-3 * (2.0 ** (-k // 3) + (k % 3)), 1e-9) for k in range(14)]
    assert progress(*noise).over


@pytest.mark.parametrize("gap", [0.1, np.inf])
def test_neither_does_what_rises_or_wavers_count_as_moving(gap):
    wavering = [(1.0 + 1e-5 * (-1) ** k, gap, 0.5 + 0.1 * k) for k in range(9)]
    assert progress(*wavering).over


def test_an_objective_or_a_violation_that_falls_goes_on():
    assert not progress(*[(1.0 - 2e-4 * k, 0.1, 0.5) for k in range(29)]).over
    assert not progress(*[(1.0, 1e-9, 0.5 * 0.98**k) for k in range(29)]).over


def test_a_fit_that_meets_its_tolerance_may_stand_still_for_the_rest():
    assert not progress(*[(1.0, 1e-9, 1e-6)] * 29).over


def test_a_fit_that_rounding_keeps_from_its_tolerance_ends_soon(tmp_path):
    """Its objective wavered in the fourth digit for sixty iterations of a thousand sweeps each."""
    outcome = ask(random_problem(32474), tmp_path)
    assert outcome.warned("makes no more progress")
    assert not outcome.warned("max_iter=")


@pytest.mark.parametrize("seed", range(30))
def test_a_step_within_limits_goes_downhill(seed):
    """Steps among nearly collinear columns once led uphill: .003 of the deviance was left, for 6 s."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 60))
    columns = rng.normal(size=(size + 5, size)) * 10.0 ** rng.uniform(-3, 3, size)
    if seed % 2:
        columns[:, size // 2 :] = columns[:, : size - size // 2] * (
            1 + 1e-8 * rng.normal(size=(size + 5, size - size // 2))
        )
    system, gradient = columns.T @ columns, columns.T @ rng.normal(size=size + 5)
    sizes = np.sqrt(np.diag(system))
    low = np.where(rng.random(size) < 0.5, -0.1 * rng.random(size), -np.inf) / sizes
    high = np.where(rng.random(size) < 0.5, 0.1 * rng.random(size), np.inf) / sizes
    step = step_within(system, gradient, low, high)
    assert gradient @ step < 0


@pytest.mark.parametrize("seed", [516974, 516421])
def test_a_path_among_saturated_or_nearly_collinear_rows_takes_few_iterations(seed, tmp_path):
    """Once 360 iterations in vain, and 390 of fifty steps each, as long as a short step promised."""
    counts = []
    note = Progress.note
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Progress, "note", lambda *args: counts.append(1) or note(*args))
        outcome = ask(random_problem(seed), tmp_path)
    assert not outcome.warned("ConvergenceWarning")
    assert all(one.certificate.meets(1e-6) for one in outcome.answers)
    assert len(counts) <= 90
