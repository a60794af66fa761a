"""The command `miragic-stt`, also as `python -m miragic_stt`."""

import sys

from ._cli.main import main

if __name__ == "__main__":
    sys.exit(main())
