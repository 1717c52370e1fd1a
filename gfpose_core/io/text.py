"""Text files from anywhere."""

from __future__ import annotations

from pathlib import Path

from gfpose_core.errors import FormatError

MOST_BYTES = 512 * 2**20


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """A file's text: UTF-8, with or without a byte-order mark, else Latin-1; lines end with ``\\n``.

    Raises:
        FormatError: more than ``most`` bytes.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise FormatError(f"larger than the {most / 2**20:.0f} MiB that are read: cut it into shorter clips")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")
