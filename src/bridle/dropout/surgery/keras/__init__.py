"""Surgery on Keras models: reads the graph and builds a changed copy. Imports Keras."""

from bridle.dropout.surgery.keras.cut import add_dropout as add_dropout
from bridle.dropout.surgery.keras.cut import remove_dropout as remove_dropout
from bridle.dropout.surgery.keras.cut import restore as restore
from bridle.dropout.surgery.keras.inspection import dropout_entries as dropout_entries
from bridle.dropout.surgery.keras.inspection import settable_entries as settable_entries

__all__ = ["add_dropout", "dropout_entries", "remove_dropout", "restore", "settable_entries"]
