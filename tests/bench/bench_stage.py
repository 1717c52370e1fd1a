"""How long the stage takes to build a frame. Run: ``python -m tests.bench.bench_stage``.

The baseline is the plain way, a mesh for each hypothesis in a loop, joined at the end, timed in the same run:
the ratio holds on a noisy machine where the milliseconds do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication

from app.looks.theme import DARK
from app.scene import geometry, meshes
from app.scene.content import Content
from app.scene.frame import StageFrame
from app.scene.thumbnail import thumbnail
from app.scene.view import PRESETS, pick
from app.scene.world import to_world


def median_ms(task: Callable[[], object], repeats: int = 60) -> float:
    task()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))


def build(frame: StageFrame) -> None:
    """All the stage does for a frame outside OpenGL."""
    content = Content.of(frame)
    meshes.ghosts(content, DARK.scene)
    meshes.solids(content, DARK.scene)


def one_by_one(poses: np.ndarray) -> geometry.Mesh:
    colours = meshes.rgba_by_bone(DARK.scene, 0.2)
    return geometry.joined(*(meshes.skeletons(pose[None], colours, 0.006) for pose in poses))


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

    pose, camera = rng.normal(0, 300, (17, 3)), PRESETS["three-quarter"]
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
