"""What kind of file a file is, from its first bytes and its table of contents; nothing is unpickled."""

from __future__ import annotations

import os
import re
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from gfpose_core.errors import FormatError
from gfpose_core.io.hdf5 import get_text, open_hdf5, pose_splits

RECORDING, EXPORT, SESSION = "gfpose-recording", "gfpose-poses", "gfpose-session"
CLIP = "gfpose-clip"
"""What our own files say in ``format``."""

PROMISES = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"), "picture"),
    **dict.fromkeys((".safetensors", ".pth", ".pt"), "checkpoint"),
    **dict.fromkeys((".h5", ".hdf5"), "HDF5 file"),
    ".npz": "NumPy archive",
    ".gfpose": "session",
}
"""What a file must be to be called so."""

POSE_MODEL = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
"""What a model of MediaPipe's Pose Landmarker consists of."""


@dataclass(frozen=True)
class Kind:
    """``name`` is for programs, ``words`` for people: "a picture (PNG)"."""

    name: str
    words: str
    members: tuple[str, ...] = ()  # arrays of an npz


_OURS = {
    RECORDING: Kind("recording", "a recording of a sampling run"),
    EXPORT: Kind("export", "exported poses (HDF5)"),
    CLIP: Kind("clip", "a clip of poses or keypoints"),
    SESSION: Kind("session", "a session of the viewer"),
}

_MATLAB = b"MATLAB 7.3 MAT-file"  # 512 bytes of text before the HDF5 file proper

_PICKLES = (
    (b"joint_3d_camera", Kind("h36m", "Human3.6M as GFPose's authors pack it (pickle)")),
    (b"joint3d_image", Kind("h36m-detections", "2D detections on Human3.6M for GFPose (pickle)")),
)
"""Keys that stand near the beginning."""

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "picture", "a picture (PNG)"),
    (b"\xff\xd8\xff", "picture", "a picture (JPEG)"),
    (b"GIF8", "picture", "a picture (GIF)"),
    (b"II*\x00", "picture", "a picture (TIFF)"),
    (b"MM\x00*", "picture", "a picture (TIFF)"),
    (b"\x93NUMPY", "npy", "a single NumPy array (npy)"),
    (b"glTF", "gltf", "a glTF scene"),
    (b"%PDF", "document", "a PDF document"),
    (b"\x1f\x8b", "archive", "a gzip archive"),
    (b"BZh", "archive", "a bzip2 archive"),
    (b"\xfd7zXZ", "archive", "an xz archive"),
    (b"7z\xbc\xaf", "archive", "a 7-zip archive"),
    (b"Rar!", "archive", "a RAR archive"),
    (b"SQLite format 3", "database", "an SQLite database"),
    (b"\x7fELF", "program", "a program (ELF)"),
)

_STILLS = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
"""Pictures in the container of MP4, by its brand."""


def sniff(path: str | os.PathLike[str]) -> Kind:
    """The kind of the file at ``path``; ``unknown`` where nothing fits.

    Raises:
        FormatError: there is no such file, or it cannot be read.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return Kind("folder", "a folder")
        if not stat.S_ISREG(mode):  # a pipe would be waited for, a device has no end
            raise FormatError(f"{path} is a pipe or a device: copy its content into a file")
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        raise FormatError(f"there is no file {path}") from None
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror}") from None
    if not head:
        return Kind("empty", "an empty file")
    for signature, name, words in _SIGNATURES:
        if head.startswith(signature):
            return Kind(name, words)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind("picture", "a picture (WebP)")
    if head[4:8] == b"ftyp" and head[8:12] in _STILLS:
        return Kind("picture", f"a picture ({_STILLS[head[8:12]]})")
    if head[4:8] == b"ftyp":
        return Kind("video", "a video (MP4)")
    if head.startswith((b"\x89HDF\r\n\x1a\n", _MATLAB)):
        return _hdf5(path)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(path, head)
    if head[8:9] == b"{" and 0 < int.from_bytes(head[:8], "little") < 100_000_000:
        return Kind("safetensors", "a safetensors file")
    if head[1:2] == b"\x50" and 2 <= head[0] < 9 and b"\x00" in head:
        return Kind("c3d", "motion capture (C3D)")
    if head[:2] == b"BM" and b"\x00" in head[:16]:
        return Kind("picture", "a picture (BMP)")
    if head.startswith(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."):
        return Kind("torch", "a torch file")
    if (head[0] == 0x80 and head[1:2] in b"\x02\x03\x04\x05") or re.match(rb"\(?c[\w.]+\n[\w.]+\n", head):
        known = (kind for key, kind in _PICKLES if key in head)
        return next(known, Kind("pickle", "a Python pickle"))
    return _text(path, head)


def _hdf5(path: Path) -> Kind:
    try:
        with open_hdf5(path) as file:
            if (ours := get_text(file, "format", "")) in _OURS:
                return _OURS[ours]
            if pose_splits(file):
                return Kind("poses", "an HDF5 file with pose data")
            if {"annot2", "valid_frame"} <= file.keys() and {"annot3", "univ_annot3"} & file.keys():
                return Kind("3dhp", "a test sequence of MPI-INF-3DHP (Matlab)")
    except Exception:  # a damaged file fails in h5py with almost any exception
        return Kind("damaged", "a damaged or cut-short HDF5 file")
    return Kind("hdf5", "an HDF5 file with no poses")


def _zip(path: Path, head: bytes) -> Kind:
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")].decode("utf-8", "replace")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except Exception:  # zipfile too
        known = {".pkl": "a torch file", ".npy": "a NumPy archive (npz)"}
        return Kind("damaged", f"{known.get(Path(first).suffix, 'a zip archive')} that is cut short")
    if not names:
        return Kind("empty", "an empty archive")
    if any(name.endswith("/data.pkl") for name in names):
        return Kind("torch", "a torch file")
    if set(POSE_MODEL) <= set(names):
        return Kind("pose-model", "a model of MediaPipe's Pose Landmarker, which finds people in photos")
    if all(name.endswith(".npy") for name in names):
        return _npz(tuple(name.removesuffix(".npy") for name in names))
    return Kind("archive", "a zip archive")


def _npz(members: tuple[str, ...]) -> Kind:
    if {"poses", "origin", "seed"} <= set(members):
        return Kind("export", "exported poses (npz)", members)
    if {"pred3d", "sample3d"} & set(members):
        return Kind("results", "results of GFPose's own code (npz)", members)
    if "positions_3d" in members:
        return Kind("videopose3d", "Human3.6M as VideoPose3D packs it (npz)", members)
    if "positions_2d" in members:
        return Kind("videopose3d-2d", "2D on Human3.6M for VideoPose3D (npz)", members)
    return Kind("npz", f"a NumPy archive (npz) with {', '.join(members)}", members)


def _text(path: Path, head: bytes) -> Kind:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:9].upper() == b"HIERARCHY":
        return Kind("bvh", "motion capture (BVH)")
    if path.suffix.lower() == ".amc" or b":FULLY-SPECIFIED" in head:
        return Kind("amc", "motion capture (AMC)")
    if path.suffix.lower() == ".asf" or b":version" in head:
        return Kind("asf", "a motion-capture skeleton (ASF)")
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # else only the last character was split
            return Kind("unknown", "no kind of file known here")
    if b"\x00" in head:
        return Kind("unknown", "no kind of file known here")
    if start[:1] == b"{" and path.suffix.lower() == ".gltf":
        return Kind("gltf", "a glTF scene (text)")
    if start[:1] in (b"{", b"["):
        if f'"format": "{EXPORT}"'.encode() in head:
            return Kind("export", "exported poses (JSON)")
        if f'"format": "{CLIP}"'.encode() in head:
            return _OURS[CLIP]
        return Kind("json", "a JSON file")
    return Kind("text", "a text file")
