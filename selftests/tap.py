# SPDX-License-Identifier: GPL-2.0
"""TAP for test scripts in Python, with kselftest's exit codes.

    from tap import TAP
    tap = TAP()
    tap.eq("the answer", got, 42)
    tap.done()
"""

import atexit
import os
import sys
import traceback

PASS, FAIL, SKIP = 0, 1, 4


class TAP:
    """Prints points as they come; done() prints the plan and ends the script.

    A script that ends in another way, by an exception say, has failed.
    """

    def __init__(self):
        self.count = self.failed = self.skipped = 0
        self.finished = False
        atexit.register(self._left_early)
        sys.excepthook = self._excepthook
        print("TAP version 13", flush=True)

    def _point(self, good, name, suffix=""):
        self.count += 1
        print(f"{'' if good else 'not '}ok {self.count} - {name}{suffix}",
              flush=True)

    def ok(self, good, name, *diag):
        """A point; diag is shown when it failed. Returns whether it passed."""
        good = bool(good)
        self._point(good, name)
        if not good:
            self.failed += 1
            self.diag(*diag)
        return good

    def eq(self, name, got, want):
        """A point: both are equal. Bytes are shown as hexadecimal."""
        return self.ok(got == want, name, f"got:  {show(got)}",
                   f"want: {show(want)}")

    def skip(self, name, reason):
        self.skipped += 1
        self._point(True, name, f" # SKIP {reason}")

    def diag(self, *texts):
        for text in texts:
            for line in str(text).splitlines():
                print("#", line, flush=True)

    def done(self):
        """Print the plan and exit: 0 passed, 1 failed, 4 all skipped."""
        self.finished = True
        print(f"1..{self.count}", flush=True)
        if self.failed or not self.count:
            sys.exit(FAIL)
        sys.exit(SKIP if self.skipped == self.count else PASS)

    def _excepthook(self, kind, value, trace):
        self.diag("".join(traceback.format_exception(kind, value, trace)))

    def _left_early(self):
        if self.finished:
            return
        self.ok(False, "ran to its end")
        print(f"1..{self.count}", flush=True)
        sys.stdout.flush()
        os._exit(FAIL)


def show(value):
    if isinstance(value, (bytes, bytearray)):
        return value.hex() or "(no bytes)"
    return repr(value)
