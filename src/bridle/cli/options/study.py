"""Options about a study: arms, splits, runs, and accepted findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from bridle.cli.options.group import option_group
from bridle.errors import InputError

if TYPE_CHECKING:
    from bridle.workbench.arm import Arm
    from bridle.workbench.protocol import Protocol

__all__ = ["StudyOptions", "study_options"]

study_options = option_group(
    click.option(
        "--accept",
        multiple=True,
        metavar="CODE:COLUMN",
        help="A finding that you know and accept, for instance BR201:odor for a column that may "
        "determine the target, or BR202 for the whole table. It does not make the verdict invalid, "
        "and the report mentions it. May be repeated.",
    ),
    click.option(
        "--arms",
        metavar="NAMES",
        help="Models to run, separated by commas; the dummy always runs. Default: the first list above. "
        "dropout is compared with baseline, and elastic_net with linear.",
    ),
    click.option(
        "--rates",
        metavar="NUMBERS",
        help="Rates of dropout, separated by commas, that are compared instead of the arm dropout, as "
        "in 0,.2,.5; 0 is the baseline, which runs anyway.",
    ),
    click.option(
        "--tune",
        is_flag=True,
        help="First choose strengths, rate, learning rate and batch size of every network, by "
        "successive halving on training and validation rows, with equal budgets.",
    ),
    click.option(
        "--network",
        metavar="KIND",
        help="Kind of the network: mlp for dense layers, cnn for convolutions, rnn for a GRU. Default: "
        "mlp for tables, cnn for images, rnn for sequences. With rnn, arrays with three axes are "
        "sequences whatever their shape.",
    ),
    click.option(
        "--seeds",
        type=click.IntRange(min=1),
        metavar="N",
        help="Number of random splits, or of repeats of --folds. Each has different test, validation "
        "and training rows, initial weights and order of rows, the same for all arms. More seeds give "
        "narrower intervals. Default: 10, and 1 with --folds.",
    ),
    click.option(
        "--folds",
        type=click.IntRange(min=2),
        metavar="K",
        help="Test on each of K folds in turn instead of random splits; with --time, on each of K "
        "blocks of rows (default 5).",
    ),
    click.option(
        "--inner-folds",
        type=click.IntRange(min=2),
        metavar="K",
        help="With --folds: validate on each of K inner folds in turn, and average.",
    ),
    click.option(
        "--initialisations",
        type=click.IntRange(min=1),
        metavar="N",
        help="Runs per split with different initial weights of networks; their average counts as one. "
        "Default: 1.",
    ),
    click.option(
        "--versus",
        multiple=True,
        metavar="ARM:ARM",
        help="Compare two arms with an interval, for instance elastic_net:dropout. May be repeated. The "
        "elastic net is always compared with the best network.",
    ),
    click.option(
        "--until-settled",
        is_flag=True,
        help="Double the number of splits, up to 100, until every regulariser is shown to help, to hurt "
        "or to make no difference that matters. Intervals are wider, so that the probability of an "
        "error in any look is that of a single study.",
    ),
    click.option(
        "--learning-curve",
        is_flag=True,
        help="Also train the arms on smaller parts of the training rows, at four sizes from a sixteenth "
        "up, to see from how many rows on a regulariser no longer pays. Adds four times as many runs.",
    ),
    click.option(
        "--epochs",
        type=click.IntRange(min=1),
        metavar="N",
        help="Passes of a network over its training rows. Default: 15, 30, 60 and so on until the "
        "validation losses are level, the same number for all arms and splits; at most 960 epochs, "
        "20,000 steps or a minute of training.",
    ),
)


@dataclass(frozen=True)
class StudyOptions:
    """The options about a study."""

    accept: tuple[str, ...]
    arms: str | None
    rates: str | None
    tune: bool
    network: str | None
    seeds: int | None
    folds: int | None
    inner_folds: int | None
    initialisations: int | None
    versus: tuple[str, ...]
    until_settled: bool
    learning_curve: bool
    epochs: int | None

    def chosen_arms(self) -> list[Arm]:
        """Return the named arms, or the default ones.

        Raises
        ------
        InputError
            An arm or a kind of network does not exist, no arm is named, or an option acts on
            networks alone and no arm trains one.
        """
        from bridle.workbench.arm.arms_by_name import choose_arms, refuse_idle

        names = None if self.arms is None else _parts(self.arms)
        rates = [] if self.rates is None else [_rate(part) for part in _parts(self.rates)]
        arms = choose_arms(names, self.network, tune=self.tune, rates=rates)
        refuse_idle(
            arms, epochs=self.epochs is not None, initialisations=self.initialisations is not None
        )
        return arms

    def protocol(self, *, in_time: bool) -> Protocol:
        """Return the rules of the study; ``in_time`` if the rows are sorted by time.

        Raises
        ------
        InputError
            Options exclude each other, or there are fewer than two splits.
        """
        from bridle.workbench.arguments import pairs_in
        from bridle.workbench.protocol import Protocol
        from bridle.workbench.run.level_epochs import FIRST_EPOCHS
        from bridle.workbench.splits import seeds_of, splits_from_options
        from bridle.workbench.verdict.until_settled import with_looks

        splits = splits_from_options(self.folds, self.inner_folds, in_time=in_time)
        initialisations = self.initialisations or 1
        protocol = Protocol(
            seeds=seeds_of(splits, self.seeds, initialisations),
            epochs=FIRST_EPOCHS if self.epochs is None else self.epochs,
            epochs_rule="until level" if self.epochs is None else "given",
            splits=splits,
            initialisations=initialisations,
            versus=pairs_in(self.versus),
            accept=self.accept,
            learning_curve=self.learning_curve,
        )
        return with_looks(protocol) if self.until_settled else protocol


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _rate(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InputError(
            f"rates must be numbers from 0 to 1, separated by commas. Received: {text!r}."
        ) from error
