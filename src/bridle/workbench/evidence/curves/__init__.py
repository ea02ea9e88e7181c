"""Evidence from loss curves: changes by epoch, and losses that were still falling at the end."""
