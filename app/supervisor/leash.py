"""Becomes another program that the kernel signals when its parent dies.

Run as a file, with the standard library alone, so that it starts in milliseconds:

    python -I -S leash.py PARENT SIGNAL UID GID PROGRAM [ARGUMENT…]

A supervisor that is killed outright cannot stop its children; this makes the kernel do it. UID and
GID are numbers, or `-` to stay who we are. Where the kernel has no such signal (it is Linux's) the
program runs without a leash.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def tie_to_parent(number: int) -> None:
    """Have the kernel send this process the signal when its parent dies, where it can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def main(arguments: list[str]) -> None:
    """Drop privileges if asked, put on the leash and become the program."""
    parent, signal_number, uid, gid, *command = arguments
    # An ignored Ctrl-C (a shell's background job) is inherited; the program decides for itself.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
        os.umask(0o077)
    # After the change of user, which would take the leash off again.
    tie_to_parent(int(signal_number))
    # The parent may have died before the leash was on: then nobody will ever pull it.
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  no shell: this is the whole point


if __name__ == "__main__":
    main(sys.argv[1:])
