"""``python -m fastdcm``: the same as the command ``fastdcm``."""

import sys

from fastdcm.cli import main

if __name__ == "__main__":
    sys.exit(main())
