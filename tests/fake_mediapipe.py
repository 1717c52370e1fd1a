"""A stand-in for the optional library MediaPipe: as much of its Pose Landmarker as is asked of it."""

from __future__ import annotations

import os
import sys
import zipfile
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from gfpose_core.io.magic import POSE_MODEL


class FakeMediaPipe(ModuleType):
    """Finds ``people``, (33, 3) arrays of x, y in shares of the image and visibility, in any picture.

    Attributes:
        sure: how likely they are to be there.
        error: raised in place of an answer.
        images: the pictures that it was shown, (H, W, 3) uint8.
        models: the files that it was given.
    """

    def __init__(self) -> None:
        super().__init__("mediapipe")
        self.__spec__ = ModuleSpec("mediapipe", None)
        self.people: list[np.ndarray] = []
        self.sure = 0.9
        self.error: Exception | None = None
        self.images: list[np.ndarray] = []
        self.models: list[str] = []
        self.Image = lambda image_format, data: (image_format, data)
        self.ImageFormat = SimpleNamespace(SRGB="srgb")
        vision = SimpleNamespace(PoseLandmarkerOptions=_Options, PoseLandmarker=self)
        self.tasks = SimpleNamespace(BaseOptions=lambda model_asset_path: model_asset_path, vision=vision)

    def create_from_options(self, options: _Options) -> FakeMediaPipe:
        self.models.append(options.base_options)
        self.most, self.bound = options.num_poses, options.min_pose_detection_confidence
        return self

    def __enter__(self) -> FakeMediaPipe:
        return self

    def __exit__(self, *_: object) -> None: ...

    def detect(self, picture: tuple[str, np.ndarray]) -> SimpleNamespace:
        os.write(2, b"W0000 inference_runner.cc] as talkative as MediaPipe\n")
        if self.error is not None:
            raise self.error
        image_format, data = picture
        assert (image_format, data.dtype, data.ndim, data.flags.c_contiguous) == ("srgb", np.uint8, 3, True)
        self.images.append(data)
        found = [
            [SimpleNamespace(x=x, y=y, z=0.1, visibility=v, presence=v) for x, y, v in person.tolist()]
            for person in self.people[: self.most]
            if self.sure >= self.bound
        ]
        return SimpleNamespace(pose_landmarks=found)


class _Options(SimpleNamespace):
    def __init__(
        self, base_options: str, num_poses: int = 1, min_pose_detection_confidence: float = 0.5
    ) -> None:
        super().__init__(
            base_options=base_options,
            num_poses=num_poses,
            min_pose_detection_confidence=min_pose_detection_confidence,
        )


class _Finder:
    """Imports the stand-in as the library would be: it meddles with the environment, as OpenCV does."""

    def __init__(self, module: FakeMediaPipe) -> None:
        self._module = module

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name == "mediapipe" else None

    def create_module(self, spec: ModuleSpec) -> FakeMediaPipe:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        os.environ["QT_QPA_PLATFORM_PLUGIN_PATH"] = "/opencv"


def install(monkeypatch: pytest.MonkeyPatch) -> FakeMediaPipe:
    """Have ``import mediapipe`` give the stand-in, whether the library is there or not."""
    fake = FakeMediaPipe()
    _forget(monkeypatch)
    monkeypatch.setattr(sys, "meta_path", [_Finder(fake), *sys.meta_path])
    return fake


def uninstall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no such library."""
    _forget(monkeypatch)
    monkeypatch.setattr("gfpose_core.io.keypoints.detector.find_spec", lambda name: None)


def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the test is over; what it imports is forgotten with it."""
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    monkeypatch.delitem(sys.modules, "mediapipe")


def a_model(path: Path, compression: int = zipfile.ZIP_STORED, body: bytes = b"\x1c\0\0\0TFL3") -> Path:
    """A file that looks like a model of the Pose Landmarker."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name in POSE_MODEL:
            archive.writestr(name, body + bytes(64))
    return path
