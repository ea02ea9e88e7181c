"""Surgery: adds, changes and removes dropout of existing networks. Imports no framework."""

from bridle.dropout.surgery.surgery import add_dropout as add_dropout
from bridle.dropout.surgery.surgery import dropout_summary as dropout_summary
from bridle.dropout.surgery.surgery import remove_dropout as remove_dropout
from bridle.dropout.surgery.surgery import restore as restore
from bridle.dropout.surgery.surgery import set_rate as set_rate

__all__ = ["add_dropout", "dropout_summary", "remove_dropout", "restore", "set_rate"]
