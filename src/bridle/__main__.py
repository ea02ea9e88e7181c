"""``python -m bridle``: the command line."""

from bridle.cli import main

main()
