"""A model for MediaPipe's Pose Landmarker without any weights: it sees the same people in every picture.

Two TensorFlow Lite graphs whose outputs are constants, made with the schemas that MediaPipe brings along.
Where its people are, in pixels, is a closed form.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from gfpose_core.io.magic import POSE_MODEL

CROP = 2.5
"""MediaPipe looks for landmarks in a square around the hip, so many times as wide as the circle's radius that
the detector puts around a person."""

_ANCHORS = ((28, 2), (14, 2), (7, 6))
"""Cells of the detector's grids along a side, and anchors in each."""


def write_model(path: Path, people: np.ndarray, landmarks: np.ndarray, visible: np.ndarray) -> Path:
    """A model that sees ``people`` (n, 3), hip x, y and radius in sides of the picture padded to
    a square; of each it sees ``landmarks`` (33, 2) in sides of the crop, ``visible`` (33,) by probability."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, graph in zip(POSE_MODEL, (_detector(people), _landmarker(landmarks, visible))):
            archive.writestr(name, graph)
    return path


def _detector(people: np.ndarray) -> bytes:
    """Its boxes and the points that say which way is up are told relative to anchors, in pixels of 224."""
    grids = [np.indices((n, n)).reshape(2, -1).T[:, ::-1].repeat(many, axis=0) for n, many in _ANCHORS]
    anchors = np.concatenate([(grid + 0.5) / n for grid, (n, _) in zip(grids, _ANCHORS)])
    told, scores = np.zeros((1, len(anchors), 12)), np.full((1, len(anchors), 1), -50.0)
    for x, y, radius in people:
        i = ((anchors - (x, y)) ** 2).sum(axis=1).argmin()
        hip, top = (x, y) - anchors[i], (x, y - radius) - anchors[i]
        told[0, i] = 224 * np.concatenate([hip, [2 * radius] * 2, hip, top, hip, top])
        scores[0, i] = 50.0
    return _graph(224, [told, scores])


def _landmarker(landmarks: np.ndarray, visible: np.ndarray) -> bytes:
    """x, y, z in pixels of 256, and logits of visibility and presence, of 33 points and six of its own; then
    presence, a mask, heat maps that refine nothing, and places in the world."""
    points = np.zeros((39, 5))
    points[:33, :2], points[:33, 3], points[:, 4] = 256 * landmarks, np.log(visible / (1 - visible)), 20.0
    points[33:, :2] = 128.0
    others = np.ones((1, 1)), np.zeros((1, 256, 256, 1)), np.full((1, 64, 64, 39), -50.0), np.zeros((1, 117))
    return _graph(256, [points.reshape(1, -1), *others])


def _graph(side: int, outputs: list[np.ndarray]) -> bytes:
    """A TensorFlow Lite file that takes a picture and gives ``outputs``."""
    import flatbuffers
    from mediapipe.tasks.metadata import schema_py_generated as tflite

    model, graph = tflite.ModelT(), tflite.SubGraphT()
    model.version, model.description, model.subgraphs = 3, "constants", [graph]
    model.buffers, model.operatorCodes = [tflite.BufferT()], []
    graph.tensors, graph.operators = [], []

    def buffer(data: bytes) -> int:
        kept = tflite.BufferT()
        kept.data = np.frombuffer(data, np.uint8)
        model.buffers.append(kept)
        return len(model.buffers) - 1

    def tensor(name: str, shape: tuple[int, ...], where: int) -> int:
        kept = tflite.TensorT()
        kept.name, kept.shape, kept.buffer = name, list(shape), where
        graph.tensors.append(kept)
        return len(graph.tensors) - 1

    graph.inputs = [tensor("image", (1, side, side, 3), 0)]
    graph.outputs = [
        tensor(f"output {i}", array.shape, buffer(array.astype("<f4").tobytes()))
        for i, array in enumerate(outputs)
    ]
    told = tflite.MetadataT()
    told.name, told.buffer = "TFLITE_METADATA", buffer(_metadata(len(outputs)))
    model.metadata = [told]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _metadata(n_outputs: int) -> bytes:
    """The input is an RGB picture from 0 to 1."""
    import flatbuffers
    from mediapipe.tasks.metadata import metadata_schema_py_generated as schema

    unit, options = schema.ProcessUnitT(), schema.NormalizationOptionsT()
    options.mean, options.std = [0.0], [255.0]
    unit.optionsType, unit.options = schema.ProcessUnitOptions.NormalizationOptions, options
    content, colours = schema.ContentT(), schema.ImagePropertiesT()
    colours.colorSpace = schema.ColorSpaceType.RGB
    content.contentPropertiesType = schema.ContentProperties.ImageProperties
    content.contentProperties = colours
    image = schema.TensorMetadataT()
    image.name, image.content, image.processUnits = "image", content, [unit]
    graph, model = schema.SubGraphMetadataT(), schema.ModelMetadataT()
    graph.inputTensorMetadata = [image]
    graph.outputTensorMetadata = [schema.TensorMetadataT() for _ in range(n_outputs)]
    model.subgraphMetadata = [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"M001")
    return bytes(builder.Output())
