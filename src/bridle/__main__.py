"""``python -m bridle``: the command line."""

from bridle.cli.main import main

main()
