"""Frames into MP4, WebM and GIF, by the ffmpeg that imageio-ffmpeg brings along."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.pictures.plan import Plan
from gfpose_core.errors import GfposeError
from gfpose_core.io.atomic import atomic_path

PALETTE_FRAMES = 24
"""A GIF's one palette is made of so many frames, evenly spread: they are painted twice."""

PATIENCE_S = 60.0
"""ffmpeg has this long to finish a file whose last frame it was given."""

_H264 = ["-c:v", "libx264", "-preset", "medium", "-crf", "18", "-movflags", "+faststart"]
_VP9 = [
    "-c:v",
    "libvpx-vp9",
    "-crf",
    "28",
    "-b:v",
    "0",
    "-deadline",
    "realtime",
    "-cpu-used",
    "5",
]
_TO_BT709 = ["-vf", "scale=out_color_matrix=bt709:out_range=tv"]
_BT709 = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]


class EncodingError(GfposeError):
    """A clip that ffmpeg could not write, or no ffmpeg."""


def ffmpeg() -> str:
    """Where ffmpeg is.

    Raises:
        EncodingError: there is none.
    """
    try:
        import imageio_ffmpeg

        return imageio_ffmpeg.get_ffmpeg_exe()
    except (ImportError, RuntimeError) as error:
        raise EncodingError(
            "Clips need ffmpeg, and there is none: pip install imageio-ffmpeg, or set IMAGEIO_FFMPEG_EXE"
        ) from error


def write_clip(
    path: Path, plan: Plan, frames: Iterable[memoryview], sample: Iterable[memoryview] = ()
) -> None:
    """Encode ``frames``, rows of 4 bytes a px, blue first, into ``path`` in the plan's format.

    ``sample`` are frames, at most ``PALETTE_FRAMES``, that show the colours of a GIF. Whatever ``frames``
    raises leaves no file behind.

    Raises:
        EncodingError: there is no ffmpeg, or it failed.
        FormatError: ``path`` is no place for a file.
    """
    with atomic_path(path) as part:
        if plan.format != "gif":
            _run(plan, _video(plan), part, frames)
            return
        with tempfile.TemporaryDirectory() as folder:
            palette = Path(folder) / "palette.png"
            transparent = int(plan.see_through)
            _run(plan, ["-vf", f"palettegen=reserve_transparent={transparent}"], palette, sample)
            filters = "[0:v][1:v]paletteuse=dither=none:diff_mode=rectangle"  # dither: twice the bytes
            _run(plan, ["-i", str(palette), "-filter_complex", filters, "-loop", "0"], part, frames)


def _video(plan: Plan) -> list[str]:
    if plan.format == "mp4":
        return [*_TO_BT709, *_H264, "-pix_fmt", "yuv420p", *_BT709]
    return [*_TO_BT709, *_VP9, "-pix_fmt", "yuva420p" if plan.see_through else "yuv420p", *_BT709]


def _run(plan: Plan, options: list[str], target: Path, frames: Iterable[memoryview]) -> None:
    """One pass of ffmpeg over ``frames``."""
    width, height = plan.size
    pixels = "bgra" if plan.see_through else "bgr0"
    source = ["-f", "rawvideo", "-pix_fmt", pixels, "-s", f"{width}x{height}", "-r", str(plan.fps), "-i", "-"]
    command = [ffmpeg(), "-hide_banner", "-loglevel", "error", "-y", *source, *options, str(target)]
    with tempfile.TemporaryFile() as said, _process(command, said) as process:
        try:
            for frame in frames:
                process.stdin.write(frame)
            process.stdin.close()
        except BrokenPipeError:  # it gave up: what it said tells why
            pass
        if process.wait(PATIENCE_S):
            said.seek(0)
            words = said.read().decode(errors="replace").strip()
            raise EncodingError(_advice(words))


@contextmanager
def _process(command: list[str], said) -> Iterator[subprocess.Popen]:
    """A running ffmpeg that does not outlive the block, however it ends."""

    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=True,  # Ctrl+C is for the window to obey
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        try:
            process.stdin.close()
        except OSError:  # frames it did not take
            pass


def _advice(words: str) -> str:
    if "No space left" in words:
        return "The disk is full: make room, or choose another folder"
    return f"ffmpeg could not write the clip: {words.splitlines()[-1] if words else 'it did not say why'}"
