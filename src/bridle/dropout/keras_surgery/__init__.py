"""Surgery on Keras models: read the graph, decide elsewhere, build a new model. Loads Keras."""

from bridle.dropout.keras_surgery.cut import add_dropout as add_dropout
from bridle.dropout.keras_surgery.cut import remove_dropout as remove_dropout
from bridle.dropout.keras_surgery.cut import restore as restore
from bridle.dropout.keras_surgery.inspection import dropout_entries as dropout_entries

__all__ = ["add_dropout", "dropout_entries", "remove_dropout", "restore"]
