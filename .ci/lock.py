"""Write the lock files: every package of ``.[dev]`` at one version, hashed; run by ``make lock``.

torch stands in a file of its own, without a hash: the same version is a different file on a machine
with a GPU, and pip refuses hashed and unhashed packages in one run. Which index pip asks is its own
configuration; no host is written down.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TORCH = ROOT / "requirements-torch.lock"
HEADER = "# Written by `make lock` for CPython 3.11 on Linux x86-64; installed by the Makefile.\n"


def main() -> None:
    resolve = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    wanted = ["--only-binary", ":all:", "--constraint", str(TORCH), f"{ROOT}[dev]", "setuptools"]
    report = json.loads(subprocess.check_output([*resolve, "--report", "-", *wanted]))
    lines = []
    for package in report["install"]:
        name, version = package["metadata"]["name"], package["metadata"]["version"]
        if name not in ("torch", "gfpose-viewer"):
            digest = package["download_info"]["archive_info"]["hashes"]["sha256"]
            lines.append(f"{name}=={version} \\\n    --hash=sha256:{digest}\n")
    (ROOT / "requirements.lock").write_text(HEADER + "".join(sorted(lines, key=str.lower)))


if __name__ == "__main__":
    main()
