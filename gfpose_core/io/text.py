"""Files from anywhere in bounded memory, and text of whatever encoding."""

from __future__ import annotations

from pathlib import Path

from gfpose_core.errors import FormatError

MOST_BYTES = 512 * 2**20


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """A file's content.

    Raises:
        FormatError: more than ``most`` bytes, by default :data:`MOST_BYTES`.
        OSError: it cannot be read.
    """
    most = MOST_BYTES if most is None else most
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise FormatError(f"larger than the {most / 2**20:.0f} MiB that are read: cut it into shorter clips")
    return content


def read_text(path: Path, most: int | None = None) -> str:
    """A file's text: UTF-8, with or without a byte-order mark, else Latin-1; lines end with ``\\n``.

    Raises:
        FormatError, OSError: as :func:`read_bytes`.
    """
    content = read_bytes(path, most)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")
