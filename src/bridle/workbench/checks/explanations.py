"""Explanations of the checks: what each finds, why that matters, and what to do, by its number."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EXPLANATIONS", "Explanation"]


@dataclass(frozen=True)
class Explanation:
    """A check in plain words.

    Attributes
    ----------
    name : str
        The words of its code.
    finds, matters, remedy : str
        A sentence each.
    """

    name: str
    finds: str
    matters: str
    remedy: str


EXPLANATIONS: dict[str, Explanation] = {
    "BR101": Explanation(
        "identifier-column",
        "A column has distinct values that look like names of rows.",
        "A model can learn rows by heart from it, and new rows have other names. The column is "
        "left out.",
        "If its values mean something, write them as numbers or as categories that repeat.",
    ),
    "BR102": Explanation(
        "constant-column",
        "A column has the same value in every row.",
        "It cannot help to predict anything. The column is left out.",
        "Nothing needs to be done, unless the column was expected to vary.",
    ),
    "BR103": Explanation(
        "missing-values",
        "A column has missing values.",
        "They are filled from the training rows, and a further column marks them; filling is a "
        "guess.",
        "Fill them in if they are known, or leave the column out with --drop.",
    ),
    "BR104": Explanation(
        "class-imbalance",
        "A class has less than 5 % of the rows, or fewer than ten.",
        "Few test rows of a class make its errors hard to measure, and accuracy hides them.",
        "Collect more rows of the class, or use more splits with --seeds.",
    ),
    "BR105": Explanation(
        "too-few-rows",
        "There are fewer than 20 test rows, or fewer than 50 training rows.",
        "Differences between models are then mostly chance.",
        "Collect more rows, or use every row for testing with --folds.",
    ),
    "BR106": Explanation(
        "grid-edge",
        "An arm chose the weakest penalty of its grid in most runs.",
        "A weaker penalty, or none, may be better.",
        "Compare with the arm without a penalty, or fit a longer path with ElasticNetCV.",
    ),
    "BR107": Explanation(
        "non-convergence",
        "A solver stopped before it converged.",
        "Its coefficients are not those of the model that was asked for.",
        "Look for columns on very different scales, or for classes that a column separates.",
    ),
    "BR108": Explanation(
        "read-as",
        "A column of text was read as numbers or dates, or labels were merged that differ in "
        "case or blanks.",
        "A wrong reading changes what the models see.",
        "Run `bridle columns` on the file. Write the values plainly if a reading is wrong.",
    ),
    "BR109": Explanation(
        "sentinel-values",
        "A column has a number such as -999 in several rows, far from all its others.",
        "Such a number often means that a value is missing, and then misleads every model.",
        "If it means missing, say so with --missing -999.",
    ),
    "BR110": Explanation(
        "likely-leak",
        "A column nearly equals the target, or two columns give it together.",
        "A model then looks good in the study, and fails where the target is not known yet.",
        "Leave the column out with --drop if it is known only once the target is.",
    ),
    "BR111": Explanation(
        "too-good",
        "A test loss is below a thousandth of that of a constant prediction.",
        "Real data hardly allow that; usually a column gives the target away.",
        "Look first at the columns that the finding names.",
    ),
    "BR112": Explanation(
        "minimum-norm",
        "A linear model without a penalty has as many features as rows, or more.",
        "It has no single solution; the one with the smallest coefficients is used.",
        "Use the elastic net, which has one.",
    ),
    "BR113": Explanation(
        "separation",
        "A linear model separates the classes of its training rows without an error.",
        "Without a penalty its coefficients grow without limit, and its probabilities become 0 "
        "and 1.",
        "Use the elastic net, or check whether a column gives the target away.",
    ),
    "BR114": Explanation(
        "likely-groups",
        "The rows seem to form groups, such as several rows of a patient, and no column names "
        "them.",
        "If rows of a group are in training and test, the test is too easy.",
        "Name the groups with --groups COLUMN.",
    ),
    "BR115": Explanation(
        "drift",
        "Neighbouring rows have similar targets; or, in time, the target or columns change.",
        "Shuffled splits then test on rows that resemble training rows more than future ones do.",
        "If the rows are in order of time, name it with --time COLUMN.",
    ),
    "BR117": Explanation(
        "blank-rows",
        "Images or sequences have the same number at every position.",
        "Such rows hold nothing to learn from, and often come from a failed export.",
        "Look at them, and remove them if they are faults.",
    ),
    "BR118": Explanation(
        "untested-class",
        "A class has no test row in any split, or in some.",
        "Nothing is measured about it there.",
        "Collect more rows of it, or use more splits with --seeds.",
    ),
    "BR119": Explanation(
        "row-sample",
        "The table has more rows than the study used: these were drawn at random.",
        "At least 50,000 rows, and 200 for each column, measure a change more finely than the margin of "
        "what matters. A network, or a rare class, may still gain from more.",
        "Use all rows with --rows all, or another number with --rows N.",
    ),
    "BR201": Explanation(
        "target-leak",
        "A column determines the target by itself, beyond chance.",
        "If it is known only once the target is, no result of the study holds for new rows. "
        "The verdict "
        "is invalid.",
        "Leave it out with --drop COLUMN; if it is known before, accept it with --accept "
        "BR201:COLUMN.",
    ),
    "BR202": Explanation(
        "duplicate-rows",
        "Test rows are also training rows, beyond chance.",
        "A model that learns rows by heart then looks good. From 5 % of the test rows on, the "
        "verdict is "
        "invalid.",
        "Remove repeated rows, or name what they belong to with --groups COLUMN.",
    ),
    "BR203": Explanation(
        "sorted-rows",
        "The rows are sorted by the target, and test rows are consecutive blocks.",
        "Test rows then have other targets than training rows. The verdict is invalid.",
        "Shuffle the rows, or name a time by which they are really ordered.",
    ),
    "BR204": Explanation(
        "crossing-groups",
        "Groups have rows in two parts of a split, or a column looks like groups.",
        "The test is then easier than new groups are.",
        "Name the groups with --groups COLUMN.",
    ),
    "BR205": Explanation(
        "null-beats-dummy",
        "A model trained on a shuffled target predicts better than a constant.",
        "A shuffled target cannot be learnt, so something about the test rows leaks into "
        "training. The "
        "verdict is invalid.",
        "Look for repeated rows, for groups and for columns made from the whole table.",
    ),
    "BR206": Explanation(
        "near-duplicate-rows",
        "Test rows nearly equal training rows, target included, beyond chance.",
        "A model that learns rows by heart then looks good. From 5 % of the test rows on, the "
        "verdict is "
        "invalid.",
        "Remove near copies, or name what they belong to with --groups COLUMN.",
    ),
    "BR3xx": Explanation(
        "dropout-places",
        "The dropout of a network is in a place where it does harm, such as before a batch "
        "normalisation.",
        "Training and prediction then disagree, or the noise does nothing.",
        "Move it as the finding says; `bridle.check_dropout(model)` looks at a network of yours.",
    ),
}
"""By number, in order; the checks themselves are in the catalogues of the folders beside."""
