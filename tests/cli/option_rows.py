"""Catalogue of the command line: where each option acts, how that is seen, and where it is refused."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.cli.command_files import Outcome

Seen = Callable[[Outcome, Outcome], bool]
"""Whether the outcome with an option differs from that without it as is stated."""


@dataclass(frozen=True)
class Row:
    """An option of a command.

    Attributes
    ----------
    given : str or dict of str to str
        The option with its value, and what it needs beside it; for all kinds of input, or for each.
    seen : callable
        See `Seen`.
    refused : tuple of str
        The kinds of input for which it is refused instead, in words that name it.
    without : dict of str to str, optional
        For each kind of input the command without the option. Default: those of `KINDS`.
    """

    given: str | Mapping[str, str]
    seen: Seen
    refused: tuple[str, ...] = ()
    without: Mapping[str, str] | None = None


def prints(*words: str) -> Seen:
    """See words that are not printed without the option."""
    return lambda one, plain: all(
        word in one.out + one.err and word not in plain.out + plain.err for word in words
    )


def leaves(*names: str) -> Seen:
    """See files that are not there without the option."""
    return lambda one, plain: set(names) <= set(one.files) - set(plain.files)


def replaces(name: str) -> Seen:
    """See a file replaced, which without the option is refused."""
    return lambda one, plain: (
        (one.code, plain.code) == (0, 2) and name in one.files and "--overwrite" in plain.err
    )


def is_json(one: Outcome, plain: Outcome) -> bool:
    """See that the output is JSON alone."""
    return json.loads(one.out) is not None and plain.out[0] not in "{["


def is_silent(one: Outcome, plain: Outcome) -> bool:
    """See that nothing is printed."""
    return (one.out, one.err) == ("", "") != (plain.out, plain.err)


def is_headline(one: Outcome, plain: Outcome) -> bool:
    """See one line on standard output, and no progress."""
    return one.err == "" and one.out.count("\n") == 1 < plain.out.count("\n")


def is_toml(one: Outcome, plain: Outcome) -> bool:
    """See that a file of options is printed, and nothing is done."""
    tomllib.loads(one.out)
    return one.files == {} and one.out.startswith("# Options of `bridle ")


def of_model(outcome: Outcome) -> dict[str, Any]:
    """Return the description of the model that a command wrote; empty if it wrote none."""
    texts = [text for name, text in outcome.files.items() if name.endswith("model.json")]
    return json.loads(texts[0]) if texts else {}


def model(has: Callable[[dict[str, Any]], bool]) -> Seen:
    """See a property of the model that is written, which that without the option has not."""

    def seen(one: Outcome, plain: Outcome) -> bool:
        return has(of_model(one)) and not (of_model(plain) and has(of_model(plain)))

    return seen


def lacks(*columns: str) -> Seen:
    """See a model that is fitted without columns."""
    return model(lambda held: not {*columns} & {*held["feature_names"]})


def other_intervals(one: Outcome, plain: Outcome) -> bool:
    """See that the rows of which the intervals are made were divided in another way."""
    return one.files["m/arrays.npz"] != plain.files["m/arrays.npz"]


FIT = {
    "table": "fit t.csv --target y --arm linear --out m",
    "Parquet": "fit t.parquet --target y --arm linear --out m",
    "matrix": "fit m.npz --arm linear --out m",
    "images": "fit i.npz --arm linear --out m",
    "folder": "fit d --target z --arm elastic_net --out m",
}
NO_TARGET = {kind: re.sub("--target [yz] ", "", words) for kind, words in FIT.items()}
OF_NUMBERS = {
    f"{kind} of numbers": f"fit {kind[0]}.npz --target z --arm linear --out m"
    for kind in ("matrix", "images")
}
ARRAYS = ("matrix", "images")
HELD = ("images", "folder")
SURVIVAL = "--task survival --time-to when --event y"

LOGS = " ".join(f"base/seed{seed}/log.csv" for seed in range(5))
RUNS = f"{LOGS} --against {LOGS.replace('base', 'drop')}"
JUDGE = {
    "logs": f"judge {RUNS}",
    "losses of rows": f"judge {RUNS.replace('log.csv', 'rows.npz')}",
    "studies": "judge study --against study --name elastic_net --baseline-name linear",
}
AGAINST = {kind: f"--against {words.partition(' --against ')[2]}" for kind, words in JUDGE.items()}
NO_AGAINST = {kind: words.partition(" --against ")[0] for kind, words in JUDGE.items()}
COMPARE = {
    kind: f"compare {file} --target y --arms linear --seeds 2 --no-model --out s"
    for kind, file in {"table": "t.csv", "images": "i.npz"}.items()
}
AS_MODEL = {kind: words.replace(" --no-model", "") for kind, words in COMPARE.items()}
LEAK = "compare leak.csv --target y --arms linear --seeds 2 --no-model --out s"
PREDICT = {
    "table": "predict classes new.csv",
    "Parquet": "predict classes new.parquet",
    "images": "predict images i.npz",
}

NETWORK = {
    kind: FIT[kind].replace("linear", "baseline")
    for kind in ("table", "Parquet", "matrix", "images")
}
NO_ARM = {
    kind: words.replace("--arm linear ", "").replace("--arm elastic_net ", "")
    for kind, words in FIT.items()
}
NUMBERS = {
    "table": "fit t.csv --drop when --drop label --drop born --target z --arm elastic_net --out m",
    "Parquet": "fit t.parquet --drop when --drop label --drop born --target z --arm elastic_net --out m",
}
ARRAYS_OF = {kind: FIT[kind].replace("linear", "elastic_net") for kind in ARRAYS}
OTHER_MODEL = {
    "table": "fit t.csv --target z --arm linear --out numbers",
    "folder": "fit d --target z --arm elastic_net --out numbers",
}
OTHER_STUDY = {"table": "compare t.csv --target y --arms linear --seeds 3 --out study"}
OLD_PREDICTIONS = {kind: f"{words} --out old.csv" for kind, words in PREDICT.items()}
EXPORT = {
    tracker: f"export study --to {tracker}" for tracker in ("tensorboard", "mlflow", "trackio")
}


OF_EVERY_TASK = {
    "numbers": "predict numbers t.csv",
    "numbers of images": "predict numbers_of_images i.npz",
    "classes": "predict classes new.csv",
    "survival": "predict survival t.csv",
}


def has_events(one: Outcome, plain: Outcome) -> bool:
    """See a model of survival times."""
    return of_model(one)["task"]["kind"] == "survival"


def other_output(one: Outcome, plain: Outcome) -> bool:
    """See other numbers on standard output."""
    return (one.code, plain.code) == (0, 0) and one.out != plain.out


def adds(one: Outcome, plain: Outcome) -> bool:
    """See more below what is printed without the option."""
    return one.out.startswith(plain.out) and len(one.out) > len(plain.out) + 100


def other_places(one: Outcome, plain: Outcome) -> bool:
    """See the runs of a tracker in another place."""
    return bool(one.files) and not {*one.files} & {*plain.files}


KINDS: dict[str, Mapping[str, str]] = {
    "compare": COMPARE,
    "predict": PREDICT,
    "fit": FIT,
    "columns": {"table": "columns t.csv", "Parquet": "columns t.parquet"},
    "report": {"study": "report study"},
    "export": EXPORT,
    "diagnose": {
        "Keras": "diagnose history.json",
        "CSV": "diagnose history.csv",
        "Hugging Face": "diagnose trainer_state.json",
    },
    "judge": JUDGE,
    "audit": {"file": "audit build.py"},
    "demo": {"demo": "demo --seeds 2"},
}
"""The kinds of input of each command, and the command without the option."""

CONFIG = Row("--config options.toml", is_silent)
WRITE_CONFIG = Row("--write-config", is_toml)

ROWS: dict[str, dict[str, Row]] = {
    "compare": {
        "--out": Row("--out other", leaves("other/report.html")),
        "--overwrite": Row("--overwrite", replaces("study/report.html"), without=OTHER_STUDY),
        "--no-model": Row("--no-model", lambda one, plain: not of_model(one), without=AS_MODEL),
        "--json": Row("--json", is_json),
        "--details": Row("--details", adds),
        "--quiet": Row("--quiet", is_headline),
        "--policy": Row("--policy gap>-9", lambda one, plain: (one.code, plain.code) == (1, 0)),
        "--accept": Row(
            "--accept BR201:left",
            lambda one, plain: (one.code, plain.code) == (0, 1),
            without={"table": LEAK},
        ),
        "--config": Row("--config options.toml", is_headline),
        "--write-config": WRITE_CONFIG,
    },
    "fit": {
        "--target": Row(
            "--target z", model(lambda held: held["target"]["name"] == "z"), without=NO_TARGET
        ),
        "--arm": Row("--arm lasso", model(lambda held: held["arm"] == "lasso"), without=NO_ARM),
        "--task": Row(
            "--task regression",
            model(lambda held: held["task"]["kind"] == "regression"),
            without={**FIT, "folder": "fit d --target n --arm elastic_net --out m"},
        ),
        "--time-to": Row(SURVIVAL, has_events, refused=HELD, without=NO_TARGET),
        "--event": Row(SURVIVAL, has_events, refused=HELD, without=NO_TARGET),
        "--drop": Row("--drop x1", lacks("x1"), refused=("images",)),
        "--missing": Row(
            "--missing 7",
            model(lambda held: held["words"]["missing"] == ["7"]),
            refused=("matrix", *HELD),
        ),
        "--keep": Row(
            "--keep NA",
            model(lambda held: "label=NA" in held["feature_names"]),
            refused=("matrix", *HELD),
        ),
        "--parts": Row(
            "--parts born",
            model(
                lambda held: any(one.startswith("born (month)") for one in held["feature_names"])
            ),
            refused=("matrix", *HELD),
        ),
        "--groups": Row("--groups site", lacks("site"), refused=ARRAYS),
        "--time": Row("--time site", lacks("site"), refused=(*ARRAYS, "folder")),
        "--encoding": Row(
            "--encoding cp1254",
            model(lambda held: "label=bÅŸ" in held["feature_names"]),
            refused=("Parquet", "matrix", *HELD),
        ),
        "--epochs": Row("--epochs 7", prints("trained for 7 epochs"), without=NETWORK),
        "--read": Row(
            "--read scans", prints("Scan 1 of 2"), refused=ARRAYS, without={**NUMBERS, **ARRAYS_OF}
        ),
        "--out": Row("--out other", leaves("other/model.json")),
        "--overwrite": Row("--overwrite", replaces("numbers/model.json"), without=OTHER_MODEL),
        "--quiet": Row("--quiet", is_silent),
        "--config": CONFIG,
        "--write-config": WRITE_CONFIG,
    },
    "predict": {
        "--out": Row("--out p.csv", leaves("p.csv")),
        "--overwrite": Row("--overwrite", replaces("old.csv"), without=OLD_PREDICTIONS),
        "--id": Row("--id site", prints("site,prediction"), refused=("images",)),
        "--interval": Row(
            "--interval .5",
            other_output,
            refused=("classes", "survival"),
            without=OF_EVERY_TASK,
        ),
        "--at": Row(
            "--at 10,20",
            prints("survival_10,survival_20"),
            refused=("numbers", "numbers of images", "classes"),
            without=OF_EVERY_TASK,
        ),
        "--strict": Row(
            "--strict",
            lambda one, plain: plain.code == 0 and "Leave --strict out" in one.err,
            refused=("images",),
        ),
        "--encoding": Row(
            "--encoding cp1254", prints("is read as cp1254"), refused=("Parquet", "images")
        ),
        "--quiet": Row(
            "--quiet",
            lambda one, plain: one.out == plain.out and one.err == "" != plain.err,
            without={kind: PREDICT[kind] for kind in ("table", "Parquet")},
        ),
        "--config": Row("--config options.toml --out p.csv", is_silent),
        "--write-config": WRITE_CONFIG,
    },
    "columns": {
        "--target": Row("--target y", prints("y        target")),
        "--task": Row("--target y --task regression", prints("The task is regression")),
        "--time-to": Row(SURVIVAL, prints("when     target")),
        "--event": Row(SURVIVAL, prints("y        event")),
        "--drop": Row("--drop x1", prints("x1       dropped")),
        "--missing": Row("--missing 7", prints("'7' (4 rows)")),
        "--keep": Row(
            "--keep NA", lambda one, plain: "'NA'" in plain.out and "'NA'" not in one.out
        ),
        "--parts": Row("--parts born", prints("born (month)")),
        "--groups": Row("--groups site", prints("site     groups")),
        "--time": Row("--time when", prints("when     time")),
        "--encoding": Row(
            "--encoding cp1254",
            prints("t.csv is read as cp1254, as asked for."),
            refused=("Parquet",),
        ),
        "--config": Row("--config options.toml", prints("x1       dropped")),
        "--write-config": WRITE_CONFIG,
    },
    "report": {
        "--out": Row("--out page.html", leaves("page.html")),
        "--overwrite": Row(
            "--overwrite", replaces("old.html"), without={"study": "report study --out old.html"}
        ),
        "--quiet": Row("--quiet", is_silent),
        "--config": CONFIG,
        "--write-config": WRITE_CONFIG,
    },
    "export": {
        "--to": Row("--to mlflow", leaves("mlruns-study"), without={"study": "export study"}),
        "--out": Row("--out other", other_places, refused=("trackio",)),
        "--name": Row("--name mine", other_places),
        "--quiet": Row("--quiet", is_silent),
    },
    "diagnose": {
        "--train": Row("--train high", prints("BR401 incomparable-losses")),
        "--validation": Row("--validation falls", prints("Still learning")),
        "--plot": Row("--plot p.svg", leaves("p.svg")),
        "--json": Row("--json", is_json),
        "--config": Row("--config options.toml", is_json),
        "--write-config": WRITE_CONFIG,
    },
    "judge": {
        "--against": Row(AGAINST, prints("change in"), without=NO_AGAINST),
        "--name": Row("--name mine", prints("mine")),
        "--baseline-name": Row("--baseline-name other", prints("other")),
        "--validation": Row(
            "--validation val_other", other_output, refused=("losses of rows", "studies")
        ),
        "--at": Row("--at best", other_output, refused=("losses of rows", "studies")),
        "--margin": Row("--margin .9", other_output),
        "--confidence": Row("--confidence .5", prints("50 % interval")),
        "--json": Row("--json", is_json),
        "--details": Row("--details", adds),
        "--quiet": Row("--quiet", is_headline),
    },
    "audit": {
        "--compiled": Row("--compiled", prints("eager and compiled")),
        "--ignore": Row("--ignore BR507", lambda one, plain: (one.code, plain.code) == (0, 1)),
        "--json": Row("--json", is_json),
    },
    "demo": {
        "--out": Row("--out mine", leaves("mine/new.csv", "mine/study/report.html")),
        "--seeds": Row("--seeds 3", prints("--seeds 3")),
        "--quiet": Row("--quiet", is_headline),
        "--config": Row("--config options.toml", is_headline),
        "--write-config": WRITE_CONFIG,
    },
    "checks": {},
    "completion": {},
}

TOML = {
    "compare": "quiet = true",
    "predict": "quiet = true",
    "fit": "quiet = true",
    "columns": 'drop = ["x1"]',
    "report": "quiet = true",
    "diagnose": "json = true",
    "demo": "quiet = true",
}
"""The file options.toml of each command."""

TOGETHER = {
    "compare t.csv --target y --arms linear --learning-curve": "--learning-curve",
    "compare t.csv --target y --arms linear --until-settled": "--until-settled",
    "compare t.csv --target y --arms linear,lasso --until-settled --time when": "--until-settled",
    "compare t.csv --target y --arms linear,lasso --until-settled --seeds 99": "--until-settled",
    "compare t.csv --target y --arms linear --details --json": "--details",
    "compare t.csv --target y --arms linear --details --quiet": "--details",
    f"{JUDGE['logs']} --details --json": "--details",
    f"{JUDGE['logs']} --details --quiet": "--details",
    f"{JUDGE['logs']} --quiet --json": "--quiet",
    f"{JUDGE['logs']} --name baseline": "--name",
    "predict classes new.csv --overwrite": "--overwrite",
    "report study --overwrite": "--overwrite",
    "export study --to tensorboard --out other --name mine": "--name",
    "diagnose history.json history.csv --plot p.svg": "--plot",
    "fit t.csv --target y --arm linear --epochs 7": "--epochs",
    "fit d --target z --arm elastic_net --epochs 7": "--epochs",
    "fit d --target z --arm elastic_net --read whole": "--read",
    "compare t.csv --target y --groups site --time site": "--groups",
    "columns t.csv --target y --drop site --groups site": "--drop",
    "columns t.csv --task survival --time-to when --event y --time when": "--time-to",
    "columns t.csv --task regression": "--task",
    "columns t.csv --time-to when": "--time-to",
    "columns t.csv --event y": "--event",
}
"""Commands with options that have no effect together, and the one that is refused."""
