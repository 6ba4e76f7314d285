# SPDX-License-Identifier: GPL-2.0
"""The netlink specification, Documentation/netlink/specs/ovl-tun.yaml.

Reads as much YAML as is in there: maps, lists, plain words, text after "|",
lists in brackets, anchors. The guests have no module for more.
"""

import os
import re
import struct

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Documentation",
                    "netlink", "specs", "ovl-tun.yaml")


class _Reader:
    def __init__(self, text):
        self.lines = [line for line in text.splitlines()
                      if line.strip() and not re.match(r"\s*#|---", line)]
        self.at = 0
        self.anchors = {}

    def indent(self):
        if self.at == len(self.lines):
            return -1
        line = self.lines[self.at]
        return len(line) - len(line.lstrip())

    def block(self, depth):
        """A list or a map whose lines begin at depth."""
        if self.lines[self.at].lstrip().startswith("-"):
            items = []
            while self.indent() == depth and self.lines[self.at].lstrip()[0] == "-":
                rest = self.lines[self.at].strip()[1:].strip()
                self.at += 1
                items.append(self.word(rest) if rest else self.block(self.indent()))
            return items
        found = {}
        while self.indent() == depth:
            key, _, rest = self.lines[self.at].strip().partition(":")
            self.at += 1
            found[key] = self.value(rest.strip(), depth)
        return found

    def value(self, rest, depth):
        if anchor := re.match(r"&(\S+)\s*(.*)", rest):
            self.anchors[anchor[1]] = value = self.value(anchor[2], depth)
            return value
        if rest == "|":
            text = []
            while self.indent() > depth:
                text.append(self.lines[self.at].strip())
                self.at += 1
            return "\n".join(text)
        if rest:
            while self.indent() > depth:  # it goes on
                rest += " " + self.lines[self.at].strip()
                self.at += 1
            return self.word(rest)
        return self.block(self.indent()) if self.indent() > depth else None

    def word(self, text):
        if text[0] == "*":
            return self.anchors[text[1:]]
        if text[0] == "[":
            return [self.word(one.strip()) for one in text[1:-1].split(",")]
        if re.fullmatch(r"-?\d+", text):
            return int(text)
        return {"true": True, "false": False}.get(text, text.strip("'\""))


def load():
    """The specification as a map; attribute sets and operations by their names,
    with what is counted there in "number"."""
    with open(PATH) as f:
        reader = _Reader(f.read())
    spec = reader.block(0)
    spec["attribute-sets"] = {one["name"]: one for one in spec["attribute-sets"]}
    for one in spec["attribute-sets"].values():
        for n, attr in enumerate(one["attributes"], 1):
            attr["number"] = n
    for n, op in enumerate(spec["operations"]["list"], 1):
        op["number"] = n
    spec["constants"] = {one["name"]: one["value"] for one in spec["definitions"]
                         if one["type"] == "const"}
    spec["enums"] = {one["name"]: [entry["name"] for entry in one["entries"]]
                     for one in spec["definitions"] if "entries" in one}
    return spec


def pack(spec, name, fields):
    """Attributes of a set: (name, value) pairs; of nested ones such pairs again."""
    sizes = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}
    known = {attr["name"]: attr for attr in spec["attribute-sets"][name]["attributes"]}
    out = b""
    for word, value in fields:
        attr = known[word]
        kind, number = attr["type"], attr["number"]
        if kind == "nest":
            value = pack(spec, attr["nested-attributes"], value)
            number |= 0x8000
        elif kind in sizes and not isinstance(value, bytes):
            order = "!" if attr.get("byte-order") == "big-endian" else "="
            value = struct.pack(order + sizes[kind], value)
        elif kind == "string":
            value = value.encode() + b"\0"
        out += struct.pack("=HH", 4 + len(value), number) + value + \
            bytes(-len(value) % 4)
    return out
