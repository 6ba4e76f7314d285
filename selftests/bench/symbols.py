# SPDX-License-Identifier: GPL-2.0
"""The functions of a kernel and its modules, by address"""

import bisect


class Symbols:
    """As /proc/kallsyms has them"""
    def __init__(self, path):
        symbols = []
        with open(path) as file:
            for line in file:
                address, kind, name, *module = line.split()
                if kind in "tTwW":
                    symbols.append((int(address, 16), name, module[0][1:-1] if module else ""))
        symbols.sort()
        self.addresses = [s[0] for s in symbols]
        self.symbols = symbols

    def find(self, pc):
        """The name and module of a function"""
        i = bisect.bisect(self.addresses, pc) - 1
        return self.symbols[i][1:] if i >= 0 else ("?", "")
