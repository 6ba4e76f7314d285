# SPDX-License-Identifier: GPL-2.0
"""Allocations that fail, on a kernel that injects faults: release uml.

Percpu memory and what kvmalloc() finds elsewhere do not fail.
"""

import contextlib
import os
import subprocess

FAIL_NTH, FAILSLAB = "/proc/thread-self/fail-nth", "/sys/kernel/debug/failslab"


def available():
    return os.path.exists(FAIL_NTH)


def _set(**settings):
    for name, value in settings.items():
        with open(f"{FAILSLAB}/{name.replace('_', '-')}", "w") as f:
            f.write(str(value))


def setup():
    """All of them can fail, whatever another test has left."""
    subprocess.run(["mount", "-t", "debugfs", "none", "/sys/kernel/debug"],
                   capture_output=True)
    _set(ignore_gfp_wait="N", verbose=0, probability=0, task_filter="N")
    only_module(False)


def only_module(only=True):
    """Let those fail that the module asks for, or somebody whom it has called."""
    start, end = 0, 2 ** 64 - 1
    if only:
        with open("/proc/kallsyms") as f:
            text = [int(line.split()[0], 16) for line in f
                    if line.endswith("[ovl_tun]\n") and line.split()[1] in "tT"]
        # It has its pages to itself.
        start, end = min(text), (max(text) | 4095) + 1
    _set(require_start=hex(start), require_end=hex(end))


@contextlib.contextmanager
def at_random(percent):
    """Whoever asks for memory, in a process or not"""
    _set(times=-1, interval=1, probability=percent)
    try:
        yield
    finally:
        _set(probability=0)


class Nth:
    """Lets the n-th allocation of this thread fail."""

    def __init__(self):
        self.file = open(FAIL_NTH, "r+b", buffering=0)

    def run(self, n, operation):
        """What it returns or raises as OSError, and whether there were so many."""
        self.file.write(b"%d" % n)
        try:
            result = operation()
        except OSError as error:
            result = error
        reached = os.pread(self.file.fileno(), 16, 0).strip() == b"0"
        self.file.write(b"0")
        return result, reached
