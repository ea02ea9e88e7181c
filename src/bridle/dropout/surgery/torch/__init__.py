"""Surgery on PyTorch networks: reads the modules and changes a copy. Imports PyTorch."""

from bridle.dropout.surgery.torch.cut import add_dropout as add_dropout
from bridle.dropout.surgery.torch.cut import remove_dropout as remove_dropout
from bridle.dropout.surgery.torch.cut import restore as restore
from bridle.dropout.surgery.torch.inspection import dropout_entries as dropout_entries
from bridle.dropout.surgery.torch.inspection import settable_entries as settable_entries

__all__ = ["add_dropout", "dropout_entries", "remove_dropout", "restore", "settable_entries"]
