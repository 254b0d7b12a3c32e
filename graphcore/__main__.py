"""``python -m graphcore VERB``: the command line."""

import sys

from graphcore.cli import main

if __name__ == "__main__":
    sys.exit(main())
