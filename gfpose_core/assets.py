"""Where the files that are shipped beside the code lie: checkpoints, icons, pictures."""

from __future__ import annotations

import sys
from pathlib import Path

from gfpose_core.errors import GfposeError

_FOLDERS = (
    Path(__file__).parent.parent / "assets",  # a checkout, also one installed with pip -e
    Path(sys.prefix) / "share" / "gfpose-viewer",  # an installed wheel (pyproject.toml, data-files)
)


def asset(name: str) -> Path:
    """The path of the shipped file ``name``.

    Raises:
        GfposeError: it is not there.
    """
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    raise GfposeError(f"the shipped file {name} is not in {_FOLDERS[0]}: fetch the whole repository again")
