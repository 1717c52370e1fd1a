"""Photos as pixels for a detector: upright, 8 bits of red, green and blue, no larger than it needs."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.magic import sniff

MOST_SIDE = 4096
"""px of the longer side; what is larger is scaled down."""


def read_photo(path: Path) -> tuple[np.ndarray, tuple[float, float]]:  # (H, W, 3) uint8
    """The pixels of the photo at ``path``, and the width and height in px that it has unscaled. What is
    transparent is black. Needs Pillow.

    Raises:
        FormatError: no photo, a damaged one, or one too large.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    kind = sniff(path)
    if kind.name != "picture":
        raise FormatError(f"{path.name} is {kind.words}, no photo")
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:  # of 89 megapixels and more
            width, height = image.size
            image.draft(None, (MOST_SIDE, MOST_SIDE))  # of a JPEG, only what is needed is decoded
            upright = ImageOps.exif_transpose(image)
            if upright.size != image.size:
                width, height = height, width
            return _pixels(upright), (float(width), float(height))
    except UnidentifiedImageError:
        raise FormatError(f"{path.name} is {kind.words} that is not read here: save it as JPEG") from None
    except Image.DecompressionBombError:
        most = 2 * Image.MAX_IMAGE_PIXELS / 1e6
        raise FormatError(f"{path.name} has more than {most:.0f} megapixels: scale it down") from None
    except Exception as error:  # each of its readers fails in its own ways
        raise FormatError(f"{path.name} is a damaged picture ({error}): copy or download it again") from error


def _pixels(image) -> np.ndarray:  # PIL.Image.Image -> (H, W, 3) uint8
    from PIL import Image

    if image.mode.startswith("I"):  # 16 bits, of which convert() would keep the lower eight
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    image.thumbnail((MOST_SIDE, MOST_SIDE))
    image = image.convert("RGBA")
    plain = Image.new("RGB", image.size)
    plain.paste(image, mask=image)
    return np.asarray(plain)
