"""Our cross-validation beside Spark ML's `LinearRegression` in its `CrossValidator`, on two cores."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.scale.clusters import spark_session
from benchmarks.scale.work import FEATURES, parquet, seconds_of
from bridle import ElasticNetCV

__all__ = ["measure"]

_FOLDS = 3
_L1_RATIO = 0.5


def measure(rows: str) -> tuple[float, float]:
    """Return our seconds from the file, and Spark ML's from vectors that it has in memory."""
    from pyspark.ml.evaluation import RegressionEvaluator
    from pyspark.ml.feature import VectorAssembler
    from pyspark.ml.regression import LinearRegression
    from pyspark.ml.tuning import CrossValidator, ParamGridBuilder

    path = parquet(int(rows))

    def ours() -> Any:
        return ElasticNetCV(
            cv=_FOLDS, alphas=20, l1_ratio=_L1_RATIO, standardize=True, n_jobs=2
        ).fit(path, "y")

    ours()
    mine = seconds_of(ours)
    strengths = ours().alphas_
    with spark_session() as session:
        names = [f"x{j}" for j in range(FEATURES)]
        gathered = VectorAssembler(inputCols=names, outputCol="features")
        held = gathered.transform(session.read.parquet(str(path))).select("features", "y").cache()
        held.count()
        regression = LinearRegression(labelCol="y", elasticNetParam=_L1_RATIO, solver="auto")
        grid = ParamGridBuilder().addGrid(regression.regParam, np.sort(strengths).tolist()).build()
        search = CrossValidator(
            estimator=regression,
            estimatorParamMaps=grid,
            evaluator=RegressionEvaluator(labelCol="y"),
            numFolds=_FOLDS,
            parallelism=2,
        )
        return mine, seconds_of(search.fit, held)
