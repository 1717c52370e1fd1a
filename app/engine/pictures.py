"""Pictures from files: turned upright, small enough to be drawn, refused where they are damaged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader

from gfpose_core.errors import FormatError

MOST_SIDE = 4096
"""px of the longer side that is drawn; keypoints are in the picture's own, whatever it is shown in."""

EMBED_BYTES = 8 * 2**20
"""A picture whose file is no larger is kept in session files; of a larger one only its path."""

_MOST_MB = 2048  # that Qt may decode: 20,000 x 20,000 px are 1,600


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as it is shown.

    Attributes:
        path: where it came from.
        image: upright, ``MOST_SIDE`` px at most.
        size: width and height of the whole picture, upright, px.
        data: the file itself, where it is small enough to be kept in sessions.
    """

    path: str
    image: QImage
    size: tuple[int, int]
    data: bytes | None


def read_picture(path: Path) -> Picture:
    """The picture at ``path``, in any format Qt knows.

    Raises:
        FormatError: no file, no picture, or one that is damaged or cut short.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror}") from None
    return decode(str(path), data)


def decode(path: str, data: bytes) -> Picture:
    """The picture in ``data``, a file's content.

    Raises:
        FormatError: as :func:`read_picture`.
    """
    name = Path(path).name
    if data.startswith(b"\xff\xd8") and not _jpeg_ends(data):
        raise FormatError(f"{name} is a picture (JPEG) that is cut short: copy or download it again")
    QImageReader.setAllocationLimit(_MOST_MB)
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)  # what the camera was turned by stands in EXIF
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > MOST_SIDE:
        reader.setScaledSize(_shrunk(size))
    image = reader.read()
    if image.isNull():
        why = reader.errorString().lower()
        raise FormatError(f"{name} is a damaged picture, or of a kind not read here ({why}): save it as JPEG")
    if reader.transformation() & QImageIOHandler.Transformation.TransformationRotate90:
        size.transpose()
    if not size.isValid():  # some formats only tell with the pixels
        size = image.size()
    image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    return Picture(path, image, (size.width(), size.height()), data if len(data) <= EMBED_BYTES else None)


def rgb(image: QImage) -> np.ndarray:  # -> (H, W, 3) uint8
    """The pixels of a picture."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy()


def _shrunk(size: QSize) -> QSize:
    share = MOST_SIDE / max(size.width(), size.height())
    return QSize(max(round(size.width() * share), 1), max(round(size.height() * share), 1))


def _jpeg_ends(data: bytes) -> bool:
    """Whether the picture proper has an end mark: Qt fills what is missing with grey. Its thumbnail, which
    has one too, stands in a segment before the picture's own data and is stepped over."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        if data[at + 1] == 0xDA:  # start of scan
            return data.find(b"\xff\xd9", at) >= 0
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False
