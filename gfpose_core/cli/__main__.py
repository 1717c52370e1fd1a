import sys

from gfpose_core.cli import main

sys.exit(main())
