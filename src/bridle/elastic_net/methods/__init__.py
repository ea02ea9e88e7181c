"""Path methods: ways to solve problems that share X and y, such as folds, along grids of strengths.

- `moments`: squared loss on a tall X, from cross-products that are summed in one pass over X;
- `reweighted`: other losses on a tall X, by Newton steps that share one Hessian among the folds;
- `lockstep`: any X; all problems advance together on working sets, and share each pass over X;
- `one_by_one`: everything else, one strength of one problem after the other.
"""

from bridle.elastic_net.methods.base import PathMethod as PathMethod
from bridle.elastic_net.methods.choose import Methods as Methods
from bridle.elastic_net.methods.choose import choose as choose

__all__ = ["Methods", "PathMethod", "choose"]
