#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Documentation/*.rst are well-formed, and say of drop reasons and of netlink
# operations what the netlink specification says, and of options that have a name
# what the dictionary says.

import io
import json
import pathlib
import sys

try:
    import docutils.core
    import docutils.nodes
    import yaml
except ImportError as e:
    print(f"ok 1 - documents # SKIP python3-docutils or python3-yaml is missing: {e}\n1..1")
    sys.exit(0)

TOP = pathlib.Path(__file__).resolve().parents[2] / "Documentation"


def parse(path):
    """The document, and what docutils complains of."""
    complaints = io.StringIO()
    doc = docutils.core.publish_doctree(
        path.read_text(), str(path), settings_overrides={
            "warning_stream": complaints, "report_level": 1,
            "file_insertion_enabled": False, "input_encoding": "unicode"})
    return doc, complaints.getvalue()


def table(doc, head):
    """Rows of the table whose first column is called so, as lists of texts."""
    for t in doc.findall(docutils.nodes.table):
        rows = [[cell.astext() for cell in row.findall(docutils.nodes.entry)]
                for row in t.findall(docutils.nodes.row)]
        if rows[0][0] == head:
            return rows[1:]
    return []


def one_line(text):
    return " ".join(text.split())


class Point:
    number = failed = 0

    def __init__(self, name, got, want):
        Point.number += 1
        Point.failed += got != want
        if got != want:
            for line in f"got  {got}\nwant {want}".splitlines():
                print("#", line)
        print(f"{'ok' if got == want else 'not ok'} {Point.number} - {name}")


spec = yaml.safe_load((TOP / "netlink/specs/ovl-tun.yaml").read_text())
for path in sorted(TOP.glob("*.rst")):
    doc, complaints = parse(path)
    Point(f"{path.name} is well-formed", complaints, "")

doc, _ = parse(TOP / "ovl-tun.rst")
reasons = next(d for d in spec["definitions"] if d["name"] == "drop")["entries"]
Point("the drop reasons and what they mean",
      [(row[0], one_line(row[1])) for row in table(doc, "reason")],
      [(r["name"], one_line(r["doc"])) for r in reasons])
Point("the netlink operations",
      [(row[0], row[1]) for row in table(doc, "operation")],
      [(op["name"], ", ".join(k for k in ("do", "dump") if k in op))
       for op in spec["operations"]["list"] if "notify" not in op])
files = [json.loads(p.read_text()) for p in (TOP.parent / "tools/dictionary").glob("*.json")]
Point("the options that have a name",
      sorted((row[0], row[1]) for row in table(doc, "name")),
      sorted((f"{f['name']}.{o['name']}",
              "0x{:04x}:0x{:02x}".format(*(int(str(n), 0) for n in (f["class"], o["type"]))))
             for f in files for o in f["options"]))
print(f"1..{Point.number}")
sys.exit(Point.failed != 0)
