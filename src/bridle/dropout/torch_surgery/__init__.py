"""Surgery on PyTorch networks: read what runs, decide elsewhere, change a copy. Loads PyTorch."""

from bridle.dropout.torch_surgery.cut import add_dropout as add_dropout
from bridle.dropout.torch_surgery.cut import remove_dropout as remove_dropout
from bridle.dropout.torch_surgery.cut import restore as restore
from bridle.dropout.torch_surgery.inspection import dropout_entries as dropout_entries

__all__ = ["add_dropout", "dropout_entries", "remove_dropout", "restore"]
