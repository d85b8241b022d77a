"""Whether a folder is a place where a store can keep its promises."""

import os
import sys
from typing import Final

from coins_cli.errors import ForeignOwner, LinkInStore, NetworkFileSystem
from coins_cli.store import layout

ALLOW_NETWORK_VARIABLE: Final = "COINS_ALLOW_NETWORK_FS"

NETWORK_FILE_SYSTEMS: Final = frozenset(
    ["9p", "afs", "beegfs", "ceph", "cifs", "coda", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs"]
    + ["nfs4", "ocfs2", "orangefs", "pvfs2", "smb3", "smbfs"]
    + [f"fuse.{name}" for name in ("ceph", "davfs", "glusterfs", "rclone", "s3fs", "sshfs")]
)
"""File systems on which a lock may not be one, by their names in the mount table."""

_FOLDERS: Final = (
    layout.JOURNAL,
    layout.WALLETS,
    layout.KEYS,
    layout.VIEWS,
    layout.QUARANTINE,
)


def check_place(folder: str) -> None:
    """Refuse a store that others can write, that leads elsewhere, or whose locks may lie.

    Raises `ForeignOwner`, `LinkInStore` and `NetworkFileSystem`; a folder that is not there is no
    reason. Links to single files are refused when they are opened.
    """
    try:
        found = os.stat(folder)
    except OSError:
        return
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        raise ForeignOwner(folder, owner=found.st_uid)
    for name in _FOLDERS:
        path = os.path.join(folder, name)
        if os.path.islink(path):
            raise LinkInStore(path)
    if os.environ.get(ALLOW_NETWORK_VARIABLE) != "1":
        kind = file_system(found)
        if kind in NETWORK_FILE_SYSTEMS:
            raise NetworkFileSystem(folder, kind=kind)


def file_system(found: os.stat_result) -> str:
    """The name of the file system that something is on, or `` when the system does not say.

    Those on a block device of this computer, which have a major number, are `local`.
    """
    if not sys.platform.startswith("linux"):
        return ""
    major, minor = os.major(found.st_dev), os.minor(found.st_dev)
    if major != 0:
        return "local"
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
            return mount_kind(file.read(), f"{major}:{minor}")
    except OSError:
        return ""


def mount_kind(mountinfo: str, device: str) -> str:
    """The file system of `device` in the text of `/proc/self/mountinfo`, or ``."""
    for line in mountinfo.splitlines():
        place, _, kind = line.partition(" - ")
        if device in place.split()[2:3]:
            return kind.split(" ")[0]
    return ""
