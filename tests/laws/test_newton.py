"""Laws: Newton's method ends where nothing moves, and goes all the way where columns nearly depend."""

from __future__ import annotations

import numpy as np
from tests.laws.random_fits import ask
from tests.laws.random_problems import random_problem

from bridle.elastic_net.solver.newton_step import NewtonStep
from bridle.elastic_net.solver.symmetric_system import step_within


def test_no_more_steps_are_made_where_the_objective_stands_still(monkeypatch, tmp_path):
    """Rounding made steps of a thousandth along flat directions: 1,969 in all."""
    made = []
    step = NewtonStep.step

    def counted(self, problem, iterate):
        made.append(1)
        return step(self, problem, iterate)

    monkeypatch.setattr(NewtonStep, "step", counted)
    outcome = ask(random_problem(20984), tmp_path)
    assert all(one.certificate.meets(1e-6) for one in outcome.answers)
    assert len(made) < 1000


def test_a_path_without_a_penalty_to_speak_of_separates_the_classes(tmp_path):
    """On nearly collinear columns each step went a ten-thousandth of its way; a tenth was left."""
    last = ask(random_problem(20253), tmp_path).answers[-1]
    assert last.certificate.meets(1e-6)
    assert last.certificate.objective < 1e-6


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
