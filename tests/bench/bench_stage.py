"""How long the stage takes to build a frame. Run: ``python -m tests.bench.bench_stage``.

The baseline is the plain way, timed in the same run: of OpenGL's frame a mesh for each hypothesis in a loop,
joined at the end; of the 2D stage, at 900 x 700 px, each hypothesis painted for itself, its edges smooth.
Times are the thread's own: what else a busy machine does is not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QLineF, QSize
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from app.looks.theme import DARK
from app.scene import geometry, meshes
from app.scene.content import BONE_SIDES, CHILDREN, PARENTS, Content
from app.scene.figure_painter import pen
from app.scene.frame import StageFrame
from app.scene.stage_painter import ScenePainter
from app.scene.thumbnail import thumbnail
from app.scene.view import PRESETS, pick
from app.scene.world import to_world
from tests.app.fakes import STANDING

PX, CAMERA = (900, 700), PRESETS["three-quarter"]


def median_ms(task: Callable[[], object], repeats: int = 60) -> float:
    task()
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        task()
        times.append(time.thread_time() - start)
    return 1e3 * float(np.median(times))


def build(frame: StageFrame) -> None:
    """All the stage does for a frame outside OpenGL."""
    content = Content.of(frame)
    meshes.ghosts(content, DARK.scene)
    meshes.solids(content, DARK.scene)


def one_by_one(poses: np.ndarray) -> geometry.Mesh:
    colours = meshes.rgba_by_bone(DARK.scene, 0.2)
    return geometry.joined(*(meshes.skeletons(pose[None], colours, 0.006) for pose in poses))


def crowd(rng: np.random.Generator, count: int) -> StageFrame:
    """Hypotheses that differ as those of a lifted pose do, one of them in focus."""
    return StageFrame(STANDING + rng.normal(0, 60, (count, 17, 3)), focus=0)


@contextmanager
def painted(content: Content, smooth: bool) -> Iterator[QPainter]:
    """All that the 2D stage paints."""
    image = QImage(*PX, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    ScenePainter(content, CAMERA, -1.0, DARK.scene, PX, smooth=smooth).paint(painter)
    yield painter
    painter.end()


def paint(frame: StageFrame, smooth: bool) -> None:
    """All that the 2D stage does for a frame."""
    with painted(Content.of(frame), smooth):
        pass


def paint_one_by_one(frame: StageFrame) -> None:
    content = Content.of(frame)
    with painted(replace(content, ghosts=content.ghosts[:0]), smooth=True) as painter:
        for pose in content.ghosts:
            _paint_lines(painter, pose)


def _paint_lines(painter: QPainter, pose: np.ndarray) -> None:
    at = CAMERA.project(pose, PX)[0]
    for side in ("centre", "right", "left"):
        own = side == np.array(BONE_SIDES)
        lines = np.concatenate([at[PARENTS[own]], at[CHILDREN[own]]], 1)
        painter.setPen(pen(DARK.scene.side(side), 1.75))
        painter.drawLines([QLineF(*line) for line in lines.tolist()])


def main() -> None:
    rng = np.random.default_rng(0)
    app = QGuiApplication.instance() or QGuiApplication(["bench"])
    print(f"{'S':>5} {'frame':>10} {'with x(t)':>10} {'bones only':>11} {'a loop':>10} {'ratio':>7}")
    for count in (1, 16, 200):
        poses = rng.normal(0, 400, (count, 17, 3)).astype(np.float32)
        world, colours = to_world(poses), meshes.rgba_by_bone(DARK.scene, 0.2)
        together = median_ms(lambda: meshes.skeletons(world, colours, 0.006))  # noqa: B023
        loop = median_ms(lambda: one_by_one(world), 10)  # noqa: B023
        frame = median_ms(lambda: build(StageFrame(poses)))  # noqa: B023
        noisy = median_ms(lambda: build(StageFrame(poses, noisy=poses)))  # noqa: B023
        print(
            f"{count:>5} {frame:>7.2f} ms {noisy:>7.2f} ms {together:>8.2f} ms {loop:>7.2f} ms"
            f" {loop / together:>6.1f}x"
        )

    print(f"{'S':>5} {'2D, moving':>13} {'at rest':>13} {'one by one':>13} {'ratio':>7}")
    for count in (16, 200, 1000):
        frame = crowd(rng, count)
        moving = median_ms(lambda: paint(frame, smooth=False), 20)  # noqa: B023
        rest = median_ms(lambda: paint(frame, smooth=True), 20)  # noqa: B023
        loop = median_ms(lambda: paint_one_by_one(frame), 10)  # noqa: B023
        print(f"{count:>5} {moving:>10.1f} ms {rest:>10.1f} ms {loop:>10.1f} ms {loop / moving:>6.1f}x")

    pose, camera = rng.normal(0, 300, (17, 3)), CAMERA
    cloud = to_world(rng.normal(0, 400, (3400, 3)))
    for name, task in (
        ("thumbnail 96x96 at ratio 1", lambda: thumbnail(pose, camera, QSize(96, 96), 1.0, DARK.scene)),
        ("thumbnail 96x96 at ratio 2", lambda: thumbnail(pose, camera, QSize(96, 96), 2.0, DARK.scene)),
        ("pick among 200 x 17", lambda: pick(*camera.project(cloud, (900, 700)), (450, 350))),
    ):
        print(f"{name}: {median_ms(task):.3f} ms")
    app.quit()


if __name__ == "__main__":
    main()
