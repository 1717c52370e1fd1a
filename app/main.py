"""``gfpose-viewer``: parse the command line, make the window, run."""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.documents.document import Document
from app.ending import Ending
from app.engine.backend import TorchBackend
from app.logs import catch_all, log, start_log
from app.looks import theme
from app.main_window import MainWindow
from app.settings import Settings


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    from importlib.metadata import version

    parser = argparse.ArgumentParser(
        prog="gfpose-viewer", description="A live view of diffusion-based 3D human-pose priors."
    )
    parser.add_argument(
        "files", nargs="*", type=Path, help="sessions, checkpoints, recordings, results.npz or poses to open"
    )
    parser.add_argument("--device", default="cpu", help="where to sample: cpu (default), cuda, mps")
    parser.add_argument("--checkpoint", type=Path, help="the prior to start with (default: the shipped one)")
    parser.add_argument(
        "--demo",
        type=Path,
        metavar="FOLDER",
        help="run a scripted tour, leave pictures and exports in FOLDER, exit",
    )
    parser.add_argument("--version", action="version", version=f"gfpose-viewer {version('gfpose-viewer')}")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the viewer; returns the exit code."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("gfpose-viewer")
    app.setApplicationDisplayName("GFPose viewer")
    log.info("gfpose-viewer starts, log in %s", start_log())
    fresh = tempfile.TemporaryDirectory(prefix="gfpose-viewer-") if options.demo else None
    settings = Settings(Path(fresh.name) if fresh else None)  # the tour shows what the very first start does
    theme.apply(app, "dark" if options.demo else settings.scheme)
    checkpoint = str(options.checkpoint.absolute()) if options.checkpoint else None
    window = MainWindow(TorchBackend(), settings, Document(checkpoint=checkpoint, device=options.device))
    # what torch brings along stays: going through it, the collector would halt the window for 0.1 s each time
    window.models.runner.ready.connect(lambda _: gc.freeze())
    catch_all(window.uncaught.emit)
    Ending(app, app.quit)
    window.show()
    if options.demo:
        from app.demo import Demo

        demo = Demo(window, options.demo)
        QTimer.singleShot(0, demo.start)
    else:
        QTimer.singleShot(0, lambda: (window.start(options.files), window.recovery.offer(), window.welcome()))
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
