#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""table.py [-j FILE] [-d DOCUMENT] [-s CHART] [-c CEILINGS | -u CEILINGS] RELEASE=LOG...

Make a table of what cost.sh has printed into each LOG. Exit status 1 when runs of a
number don't agree or packets have not arrived.
  -j  keep the results in FILE as JSON, those of other releases and cases stay
  -d  the tables of all releases in FILE go into DOCUMENT, between its markers
  -s  and into a chart
  -c  compare with CEILINGS instead: what costs 3 % more is an error
  -u  make that file
"""

import getopt
import json
import os
import re
import sys
import time

import document

HERE = os.path.dirname(os.path.abspath(__file__))
AGREE = 1.01  # runs of one number
MORE = 1.03  # than the ceiling
MODES = {"ovl": "default", "fast": "fast"}


def read_cases():
    cases = {}
    with open(f"{HERE}/cases") as file:
        for line in file:
            if line.strip() and line[0] != "#":
                w = [word.strip() for word in line.split("|")]
                cases[w[0]] = {
                    "peers": w[5].split(), "text": w[9], "stream": w[2] == "stream",
                    "aims": {"ovl": w[6] and float(w[6]), "fast": w[7] and float(w[7])},
                }
    return cases


CASES = read_cases()


def read_log(path):
    """The results of one release, and what is wrong with them"""
    kernel, results, wrong, ended = None, [], [], False
    with open(path, errors="replace") as file:
        for line in file:
            w = line.split()
            if line.startswith("not ok"):
                wrong.append(line.strip())
            elif w[:1] == ["KERNEL"]:
                kernel = w[1]
            elif w[:1] == ["RESULT"]:
                case, family, frame, kind = w[1:5]
                name = f"{case} {family} {frame} {kind}"
                if len(w) < 8:
                    wrong.append(f"{name}: no result")
                    continue
                sent, arrived, *runs = map(int, w[5:])
                steady = bool(runs) and max(runs) <= AGREE * min(runs)
                if not steady:
                    wrong.append(f"{name}: unsteady: {runs}")
                if arrived < sent:
                    wrong.append(f"{name}: {arrived} of {sent} arrived")
                results.append({
                    "case": case, "family": family, "frame": frame, "kind": kind,
                    "instructions": sorted(runs)[len(runs) // 2] if runs else 0,
                    "runs": runs, "sent": sent, "arrived": arrived, "steady": steady,
                })
            elif re.search(r"^ok .*measured", line):
                ended = True
    if not ended:
        wrong.append("the guest did not get to the end")
    relate(results)
    return {"kernel": kernel, "date": time.strftime("%F", time.gmtime()),
            "results": results}, wrong


def relate(results):
    """What each adds to the bare path, and against the cheaper peer"""
    rows = {}
    for r in results:
        rows.setdefault((r["case"], r["family"], r["frame"]), {})[r["kind"]] = r
    for row in rows.values():
        bare = row["bare"]["instructions"] if "bare" in row else 0
        for r in row.values():
            r["over_bare"] = r["instructions"] - bare
        peers = [row[k]["over_bare"] for k in ("vxlan", "geneve") if k in row]
        for kind, r in row.items():
            if peers and kind != "bare":
                r["ratio"] = round(r["over_bare"] / min(peers), 3)


#
# Markdown
#

def lines_of(results):
    """{(case, family): {kind: [result of each frame]}}, in the order of CASES"""
    lines = {}
    for case in CASES:
        for r in results:
            if r["case"] == case:
                kinds = lines.setdefault((case, r["family"]), {})
                kinds.setdefault(r["kind"], []).append(r)
    return lines


def ratios(kinds, mode):
    """The worse encapsulation, for each frame"""
    of = [kinds[k] for k in (f"{mode}-vxlan", f"{mode}-geneve") if k in kinds]
    return [max(r.get("ratio", 0) for r in frame) for frame in zip(*of)]


def judge(got, aim, kinds):
    if not got:
        return ""
    if not all(r["steady"] and r["arrived"] >= r["sent"] for k in kinds.values() for r in k):
        return "UNSTEADY"
    if not aim:
        return ""
    return f"{aim:.2f}: {'met' if max(got) <= aim else 'MISSED'}"


def cell(numbers, form="%d"):
    return " / ".join(form % n for n in numbers)


def markdown(release, data):
    fast = any(r["kind"].startswith("fast") for r in data["results"])
    head = ["", "outer", "bytes", "bare", "vxlan.ko", "geneve.ko", "VXLAN here",
            "Geneve here", "ratio", "aim"]
    kinds_shown = ["vxlan", "geneve", "ovl-vxlan", "ovl-geneve"]
    if fast:
        head += ["fast: VXLAN", "fast: Geneve", "ratio", "aim"]
    out = [f"### {release}, {data['kernel']}", "", f"Measured {data['date']}."
           + ("" if fast else " There is no fast path in this tree yet."), ""]
    out.append("| " + " | ".join(head) + " |")
    out.append("|---|---|" + "--:|" * 7 + "---|" + ("--:|--:|--:|---|" if fast else ""))
    for (case, family), kinds in lines_of(data["results"]).items():
        any_kind = kinds["bare"]
        row = [CASES[case]["text"], "IP" + family, " / ".join(r["frame"] for r in any_kind)]
        row.append(cell([r["instructions"] for r in any_kind]))

        def over(kind):
            return cell([r["over_bare"] for r in kinds.get(kind, [])]) or "-"
        row += [over(k) for k in kinds_shown]
        for mode in ["ovl"] + (["fast"] if fast else []):
            if mode == "fast":
                row += [over("fast-vxlan"), over("fast-geneve")]
            got = ratios(kinds, mode)
            row += [cell(got, "%.2f"), judge(got, CASES[case]["aims"][mode], kinds)]
        out.append("| " + " | ".join(row) + " |")
    return "\n".join(out) + "\n"


#
# SVG
#

STYLE = """<style>
text { font: 12px sans-serif; fill: #222 } .dim { fill: #666 } .small { fill: #666; font-size: 9px }
.peer { fill: #9aa5b1 } .ovl { fill: #2b6cb0 } .fast { fill: #2f9e6e } .aim { stroke: #c53030; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #ddd } .dim, .small { fill: #999 }
.peer { fill: #5f6b78 } .ovl { fill: #63a4e8 } .fast { fill: #56c596 } .aim { stroke: #fc8181 }
}
</style>"""


def chart(releases):
    """A bar for each case and release: the worst ratio of all families and frames"""
    left, width, bar, y, body = 330, 420, 11, 50, []

    def text(x, y, words, rest=""):
        body.append(f'<text x="{x:g}" y="{y:g}"{rest}>{words}</text>')

    text(10, 20, "Instructions over the bare path, against the cheaper peer (1.0): "
         "the worst of all frames and families")
    text(10, 38, "red: the aim in the default mode", ' class="dim"')
    for case, about in CASES.items():
        top = y
        for release, data in releases.items():
            lines = lines_of(data["results"])
            for mode, color in ("ovl", "ovl"), ("fast", "fast"):
                got = [x for (c, _), kinds in lines.items() if c == case
                       for x in ratios(kinds, mode)]
                if not got:
                    continue
                size = min(max(got), 1.25) * width
                body.append(f'<rect class="{color}" x="{left}" y="{y}" width="{size:.1f}" '
                            f'height="{bar - 2}"/>')
                text(left + size + 5, y + 9, f"{max(got):.2f} {release}"
                     + (" fast" if mode == "fast" else ""), ' class="small"')
                y += bar
        if y == top:
            continue
        text(left - 8, (top + y) / 2 + 3, about["text"], ' text-anchor="end"')
        if about["aims"]["ovl"]:
            x = left + about["aims"]["ovl"] * width
            body.append(f'<line class="aim" x1="{x:g}" x2="{x:g}" y1="{top - 2}" y2="{y}"/>')
        y += 8
    body.append(f'<rect class="peer" x="{left + width}" y="46" width="1.5" height="{y - 50}"/>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 150} {y}">\n'
            f"{STYLE}\n" + "\n".join(body) + "\n</svg>\n")


#
# Ceilings
#

def ours(data):
    for r in data["results"]:
        if r["kind"].split("-")[0] in MODES:
            yield f"{r['case']} {r['family']} {r['frame']} {r['kind']}", r


def write_ceilings(path, data):
    with open(path, "w") as file:
        file.write("# What ovl-tun adds to the bare path at most, in instructions and as part\n"
                   "# of the cheaper peer's. Made by selftests/bench/run -u; see\n"
                   "# Documentation/testing.md.\n"
                   f"kernel {data['kernel']}\n")
        for name, r in ours(data):
            file.write(f"{name} {r['over_bare']} {r['ratio']:.3f}\n")


def compare(path, data):
    """TAP points: each number against its ceiling"""
    kernel, ceilings, n, bad = None, {}, 0, 0
    with open(path) as file:
        for line in file:
            w = line.split()
            if w[0] == "kernel":
                kernel = w[1]
            elif w[0] != "#":
                ceilings[" ".join(w[:4])] = int(w[4]), float(w[5])
    field = 0 if kernel == data["kernel"] else 1
    if field:
        print(f"# the ceilings are of {kernel}: on {data['kernel']} ratios are compared")
    for name, r in ours(data):
        n += 1
        if name not in ceilings:
            bad += 1
            print(f"not ok {n} - {name}: has no ceiling; selftests/bench/run -u makes it")
            continue
        limit, got = ceilings.pop(name)[field], r["ratio" if field else "over_bare"]
        what = "of the peer's" if field else "instructions"
        more = 100 * (got / limit - 1)
        ok = got <= MORE * limit
        bad += not ok
        print(f"{'ok' if ok else 'not ok'} {n} - {name}: {got} {what}, "
              f"ceiling {limit}: {more:+.1f} %")
    for name in ceilings:
        n += 1
        bad += 1
        print(f"not ok {n} - {name}: not measured")
    print(f"1..{n}")
    return bad


def merge(releases, release, data):
    """Cases that were not measured this time stay, if the kernel is the same."""
    old = releases.get(release, data)
    if old["kernel"] == data["kernel"]:
        now = {r["case"] for r in data["results"]}
        kept = [r for r in old["results"] if r["case"] not in now]
        data = {**data, "results": data["results"] + kept}
    releases[release] = data


def save(path, everything):
    """A line for each result"""
    releases = []
    for release, data in sorted(everything["releases"].items()):
        rows = ",\n  ".join(json.dumps(r, sort_keys=True) for r in data["results"])
        releases.append(f' {json.dumps(release)}: {{"date": {json.dumps(data["date"])}, '
                        f'"kernel": {json.dumps(data["kernel"])}, "results": [\n  {rows}\n ]}}')
    with open(path, "w") as file:
        file.write(f'{{"unit": {json.dumps(everything["unit"])}, "releases": {{\n'
                   + ",\n".join(releases) + "\n}}\n")


def load(path):
    try:
        with open(path) as file:
            return json.load(file)
    except FileNotFoundError:
        return {"unit": "instructions per packet, or per MB of a stream", "releases": {}}


def main():
    opts, logs = getopt.getopt(sys.argv[1:], "j:d:s:c:u:")
    opts = dict(opts)
    measured, wrong = {}, []
    for log in logs:
        release, path = log.split("=", 1)
        measured[release], bad = read_log(path)
        wrong += [f"{release}: {w}" for w in bad]
    first = next(iter(measured.values()), None)
    if "-c" in opts:
        if not wrong:
            sys.exit(1 if compare(opts["-c"], first) else 0)
    elif "-u" in opts:
        if not wrong:
            write_ceilings(opts["-u"], first)
    else:
        everything = {"releases": measured}
        print("\n".join(markdown(*item) for item in measured.items()))
        if "-j" in opts:
            everything = load(opts["-j"])
            for release, data in measured.items():
                merge(everything["releases"], release, data)
            save(opts["-j"], everything)
        order = {r: everything["releases"][r] for r in ("bookworm", "trixie", "sid")
                 if r in everything["releases"]}
        if "-d" in opts:
            document.put(opts["-d"], "bench", "\n" + "\n".join(
                markdown(*item) for item in order.items()) + "\n")
        if "-s" in opts:
            with open(opts["-s"], "w") as file:
                file.write(chart(order))
    for w in wrong:
        print(f"not ok - {w}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
