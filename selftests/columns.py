# SPDX-License-Identifier: GPL-2.0
"""Drops as "ip -s -s link" shows them, in the columns that the documentation names.

    change = net.counters() - before
    wanted(change)          # by how much each column has to grow
    wrong(net.counters())   # {} if all of them are what they have to be
"""

import collections
import functools
import json
import os
import re

import packets

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Documentation",
                    "ovl-tun.rst")
# What the documentation calls them, and what ip's JSON does
WORDS = {"errors": "errors", "dropped": "dropped", "length": "length_errors",
         "crc": "crc_errors", "frame": "frame_errors", "carrier": "carrier_errors",
         "aborted": "aborted_errors", "collsns": "collisions"}
# The core counts by itself what was for another host.
OTHERS = "bytes", "packets", "multicast", "otherhost"


def shown():
    """Those that aren't 0, as a Counter: (dev, "rx.errors")."""
    found = collections.Counter()
    for link in json.loads(packets.run("ip", "-s", "-s", "-j", "link", "show",
                                       "type", "ovl-tun")):
        for way in "rx", "tx":
            for column, n in link["stats64"][way].items():
                if column not in OTHERS:
                    found[link["ifname"], f"{way}.{column}"] = n
    return +found


@functools.cache
def documented():
    """The columns of each reason; none of those that only a port counts"""
    with open(PATH) as f:
        rows = re.findall(r"\n   \* - ([rt]x-[a-z0-9-]+)\n     - .*?"
                          r"\n     - (.*?)(?=\n   \*|\n\n)", f.read(), re.S)
    word = f"({'|'.join(WORDS)})"
    found = {}
    for reason, text in rows:
        said = re.search(rf"\b([RT]X) {word}(?:, {word}\b)?", text)
        found[reason] = [f"{said[1].lower()}.{WORDS[one]}" for one in said.groups()[1:]
                         if one] if said else []
    return found


def wanted(counters):
    """What shown() has to be; from Net.counters()."""
    found = collections.Counter()
    for (dev, what), n in counters.items():
        for column in documented().get(what, ()) if dev != "port" else ():
            found[dev, column] += n
    return found


def wrong(counters, before=collections.Counter()):
    """What is too much or too little in a column since it was before; counters is what
    has changed since then. Of what was delivered the core counts as dropped what nobody
    has a use for."""
    now, want = shown(), wanted(counters)
    found = {}
    for key in now | want | before:
        n = now[key] - before[key] - want[key]
        delivered = counters[key[0], "delivered"] if key[1] == "rx.dropped" else 0
        if n and not 0 < n <= delivered:
            found[key] = n
    return found
