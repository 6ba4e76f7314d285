#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""profile.py [-t] LOG KALLSYMS COUNTS: where the instructions of a packet go, or those
of a MB of a stream. LOG is what turns.sh has printed, with marks, and COUNTS what
count.c has written meanwhile: for each setup a part of few packets and one of many.
What is done once for each part cancels out.

Prints the functions of each setup. With -t it prints a table as Markdown, of what the
parts of the kernel have of it: of the bare path, and of what each tunnel adds."""

import collections
import getopt
import re
import sys

from symbols import Symbols

LINES = 45
TUNNELS = "ovl_tun", "vxlan", "geneve", "udp_tunnel", "ip6_udp_tunnel"
# Name: modules, and what functions of the kernel's own begin with. The first one
# that fits has a function.
PARTS = {
    "tunnel": (TUNNELS, "i?p?6?_?udp_tunnel"),
    "sender, links": (("pktgen", "veth", "dummy"), "eth_|ether_"),
    "netfilter": (("nf_conntrack", "nf_tables", "nf_defrag_ipv4", "nf_defrag_ipv6", "nft_ct"),
                  "nf_|nft_"),
    "tc": (("cls_flower", "cls_matchall", "act_tunnel_key", "act_skbedit", "act_gact",
            "sch_ingress"), "tcf_|tc_|sch_handle|fl_|mini_qdisc|tunnel_key"),
    "GRO": ((), "dev_gro|gro_|napi_gro|napi_skb_cache|skb_gro|inet6?_gro|ipv6_gro|udp[46]?_gro"
                "|tcp[46]?_gro|napi_reuse|__gro|__skb_gro|skb_gso|__skb_gso|.*_gso_segment"
                "|udp[46]_lib_lookup_skb|skb_segment|skb_mac_gso|.*_ufo_"),
    "routing": ((), "fib|__fib|ip_route|ip6_route|__ip6_route|ip6_pol|rt6_|rt_|__mkroute"
                    "|ip_mkroute|inet_addr|__inet_dev|ip_check_mc|dst_|find_exception|ipv4_dst"
                    "|ip6_dst|ipv4_mtu|ip6_mtu|inet6?_rt|skb_dst|ip6_hold|__ip_select|ip_select"
                    "|fib6|l3mdev|update_or_create_fnhe|ip_dst_mtu|ip6_dst_mtu|rcuref"),
    "UDP": ((), "_*udp|__skb_checksum|csum_|skb_checksum|ip6_datagram|inet_gifconf"),
    "TCP": ((), "_*tcp|bictcp|sk_stream|sock_def|sk_|__sk_|lock_sock|release_sock|inet_send"
                "|inet_recv|sock_|inet6?_csk|skb_do_copy|.*copy_datagram|skb_copy_datagram"),
    "copying": ((), "_*copy_|_*copyin|_copy|rep_movs|memcpy|simple_copy|csum_partial_copy"),
    "IP": ((), "_*ip_|_*ip6_|_*ipv6|iptunnel|ip6tunnel|inet|icmp|raw|ip4_|ip_rcv|ndisc"),
    "flow hash": ((), "__skb_flow|skb_flow|_*siphash|jhash|__skb_get_hash|skb_get_hash|flow_hash"
                      "|___skb_get"),
    "devices": ((), "dev_|_*netif|netdev|sch_|validate_xmit|qdisc|process_backlog|net_rx"
                    "|napi|__napi|enqueue_to_backlog|skb_network_protocol|__dev|neigh|__neigh"
                    "|pfifo|__qdisc|skb_crc|passthru|net_tx|__local_bh|dql|netkit|generic_xdp"
                    "|do_xdp|enqueue|__raise_softirq|raise_softirq|handle_softirqs|__do_softirq"
                    "|do_softirq|skb_tx|sd_|trigger_rx|xps|xfrm"),
    "packets' memory": ((), "_*skb|_*alloc|_*kmem|_*kfree|_*kmalloc|consume_skb|slab|_*slab|page"
                            "|_*page|_*free|get_partial|put_cpu|napi_build|build_skb|pskb|memset"
                            "|sock_wfree|_*build_skb|get_page|mod_objcg|refill|kvfree|memmove"
                            "|should_fail|setup_object|init_object"),
}
PATTERNS = {part: re.compile(f"(?:{pattern})") for part, (_, pattern) in PARTS.items()}
OTHERS = "others"
Setup = collections.namedtuple("Setup", "case family frame kind")


def part_of(name, module):
    """The part of the kernel that a function belongs to"""
    for part, (modules, _) in PARTS.items():
        if module in modules:
            return part
    if not module:
        for part, pattern in PATTERNS.items():
            if pattern.match(name):
                return part
    return OTHERS


def read(log, counts, symbols):
    """{Setup: Counter of instructions for a packet, by function}, and what went wrong"""
    setups, numbers, wrong, ended = {}, {}, [], False
    with open(log, errors="replace") as file:
        for line in file:
            w = line.split()
            if line.startswith("not ok"):
                wrong.append(line.strip())
            elif w[:1] == ["PHASE"]:
                numbers[int(w[1])] = counter = collections.Counter()
                setups.setdefault(Setup(*w[2:6]), []).append((int(w[7]), counter))
            elif w[:1] == ["TURNS"] and int(w[8]) < int(w[7]):
                wrong.append(f"{' '.join(w[1:6])}: {w[8]} of {w[7]} arrived")
            elif line.startswith("ok") and "measured" in line:
                ended = True
    if not ended:
        wrong.append("the guest did not get to the end")
    with open(counts) as file:
        for line in file:
            first, second = line.split()
            if first == "PART":
                counter = numbers[int(second)]
            else:
                counter[symbols.find(int(first, 16))] += int(second)
    for setup, ((few, before), (many, counter)) in setups.items():
        counter.subtract(before)
        for function in counter:
            counter[function] /= many - few
        setups[setup] = counter
    return setups, wrong


def functions(setup, counter):
    print(f"{' '.join(setup)}: {sum(counter.values()):.1f} instructions, of which")
    for (name, module), n in counter.most_common(LINES):
        print(f"{n:10.1f} {name} {module and f'[{module}]':12} {part_of(name, module)}")


def by_part(counter):
    parts = collections.Counter()
    for (name, module), n in counter.items():
        parts[part_of(name, module)] += n
    return parts


def table(setups):
    parts = [*PARTS, OTHERS]
    print("|  |  | all | " + " | ".join(parts) + " |\n|---|---|" + "--:|" * (len(parts) + 1))
    bare = None
    for setup, counter in setups.items():
        mine = by_part(counter)
        if setup.kind == "bare":
            bare = mine
        else:
            mine.subtract(bare)
        cells = [f"{mine[part]:.0f}" for part in parts]
        print(f"| {setup.case} | {setup.kind} | {sum(mine.values()):.0f} | "
              + " | ".join("" if c in ("0", "-0") else c for c in cells) + " |")


def main():
    opts, (log, kallsyms, counts) = getopt.getopt(sys.argv[1:], "t")
    symbols = Symbols(kallsyms)
    setups, wrong = read(log, counts, symbols)
    if not wrong and opts:
        table(setups)
    elif not wrong:
        for setup, counter in setups.items():
            functions(setup, counter)
    for w in wrong:
        print(f"not ok - {w}")
    sys.exit(bool(wrong))


main()
