"""Fetch public packages by name and unpack them into a cache, without installing or running them.

Does not know what is inside a package or what anybody wants from it.
"""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path


def debian(name: str, cache: Path) -> Path:
    """Unpack one Debian package; return the folder that stands for `/`.

    Needs `apt-get update` to have run once. Downloads only when the cache lacks the package.
    """
    target = cache / "debian" / name
    if not target.is_dir():
        part = _empty(target.with_name(name + ".part"))
        # root's sandbox user `_apt` may not write into the cache folder
        download = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", name]
        subprocess.run(download, cwd=part, check=True)
        archive = next(part.glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive.name, "root"], cwd=part, check=True)
        (part / "root").rename(target)
        shutil.rmtree(part)
    return target


def npm(name: str, cache: Path) -> Path:
    """Unpack one npm package (`npm pack`: no script of it is run); return its folder."""
    target = cache / "npm" / name.replace("/", "_")
    if not target.is_dir():
        part = _empty(target.with_name(target.name + ".part"))
        pack = ["npm", "pack", "--silent", name]
        subprocess.run(pack, cwd=part, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(part.glob("*.tgz"))) as archive:
            archive.extractall(part, filter="data")
        (part / "package").rename(target)
        shutil.rmtree(part)
    return target


def pypi(name: str, cache: Path) -> Path:
    """Unpack one wheel from PyPI, without what it depends on; return its folder."""
    target = cache / "pypi" / name
    if not target.is_dir():
        part = _empty(target.with_name(name + ".part"))
        download = [sys.executable, "-m", "pip", "download", "-q"]
        subprocess.run([*download, "--no-deps", "--only-binary=:all:", name], cwd=part, check=True)
        with zipfile.ZipFile(next(part.glob("*.whl"))) as wheel:
            wheel.extractall(part / "wheel")  # noqa: S202  (zipfile keeps members inside)
        (part / "wheel").rename(target)
        shutil.rmtree(part)
    return target


def _empty(folder: Path) -> Path:
    """Make `folder` anew: an interrupted download leaves nothing that looks complete."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
