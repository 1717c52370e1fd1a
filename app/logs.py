"""The log file, and the last nets under exceptions: nothing is swallowed, nothing is printed only."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

from PySide6.QtCore import QStandardPaths, QtMsgType, qInstallMessageHandler

log = logging.getLogger("gfpose-viewer")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_path() -> Path:
    """Where the log is written."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
    return Path(folder) / "gfpose-viewer.log"


def start_log() -> Path:
    """Write the log to its file, Qt's messages too; ten megabytes at most in all."""
    path = log_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=2 * 2**20, backupCount=4, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s: %(message)s"))
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    qInstallMessageHandler(lambda kind, _, text: log.log(_LEVELS.get(kind, logging.INFO), "Qt: %s", text))
    return path


def catch_all(tell: Callable[[str, str], None]) -> None:
    """Log every exception nobody caught, in any thread, and ``tell(what, details)`` the window."""

    def caught(kind: type[BaseException], error: BaseException, trace) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        log.error("not caught: %s", details)
        tell(f"{kind.__name__}: {error}", details)

    sys.excepthook = caught
    threading.excepthook = lambda args: caught(args.exc_type, args.exc_value, args.exc_traceback)
