// SPDX-License-Identifier: GPL-2.0
/*
 * packet_fuzz: send packets that are wrong in one place or another.
 *
 *	packet_fuzz [-k FILE] MODE DEV COUNT SEED [STREAMS [SKIP]]
 *
 * rx: VXLAN and Geneve from the node "far" of packets.py to "near", out of DEV,
 *     for the devices of 91_packet_fuzz.py (struct target). Ethernet and IP
 *     outside are right, so that UDP counts whatever it doesn't take itself.
 * tap, frags: the same, which come in by the tap device DEV in near; frags through
 *     its GRO.
 * tx2, tx3: frames or packets as they are inside of those, out of DEV.
 * tc2, tc3: the same, through what tc has on DEV's egress.
 * bpf2, bpf3: likewise, with tunnel metadata behind each, which a program there takes
 *     off, bpf.take_metadata().
 * sources, macs, moves, icmp: right packets of VNI 1, each with other sources, each
 *     with another inner one, each with another outer one, or ICMP errors about what
 *     near has sent.
 * STREAMS: of 100 packets, how many begin a burst that GRO may merge; of frames or
 *     packets that are sent: in which VNI's addresses, 0 for one of four.
 * -k: append to FILE which code of the kernel has been run meanwhile, see kcov.h.
 * SKIP: make as many packets before without sending them, to find a bad one.
 *
 * A packet is built layer by layer, and each layer may lie a little about what
 * follows; most do not, so that the layers behind them are reached. The same
 * seed makes the same packets. Prints how many were sent.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kcov.h"
#include "packet.h"
#include "packet_out.h"

static void make_rx(struct packet *p)
{
	const struct target *t = pick();
	int encap = one_in(2) ? VXLAN : GENEVE;
	bool v6 = t->family == ONLY6 ? !one_in(32) : one_in(32);
	unsigned int start;

	put_outer(p, t, v6, encap, false);
	start = p->len;
	put_inner(p, t, encap, 0);
	if (one_in(64) && p->len < MTU - 4200) {	/* more than a page */
		put_noise(p, 4200);
		p->linear = 14 + below(200);
	}
	if (one_in(4))
		spoil(p, start);
	if (p->len > MTU + 14)
		p->len = MTU + 14;
	if (p->linear > p->len)
		p->linear = 0;
	end_outer(p, v6, false);
}

static void make_tx(struct packet *p, bool layer2, u32 vni)
{
	p->mark = odd_number();
	p->priority = odd_number();
	if (!vni)
		vni = targets[below(4)].vni;
	if (layer2)
		put_eth(p, vni, 0);
	else if (one_in(2))
		put_ip4(p, vni, 0);
	else
		put_ip6(p, vni, 0);
	if (one_in(4))
		spoil(p, layer2 ? 14 : 1);
	if (p->len > 1400)
		p->len = 1400;
}

static const char *const modes[] = {
	"rx", "sources", "macs", "moves", "icmp", "tap", "frags",
	"tx2", "tx3", "tc2", "tc3", "bpf2", "bpf3", NULL
};

enum { RX, SOURCES, MACS, MOVES, ICMP, TAP, FRAGS, TX2, TX3, TC2, TC3, BPF2, BPF3 };

static enum out_way way_of(int mode)
{
	switch (mode) {
	case TAP:
		return OUT_TAP;
	case FRAGS:
		return OUT_FRAGS;
	}
	return mode < TC2 ? OUT_SOCKET : OUT_TC;
}

static void make(struct packet *p, int mode, unsigned int streams)
{
	p->len = 0;
	p->linear = 0;
	p->mark = 0;
	p->priority = 0;
	if (mode >= TX2) {
		make_tx(p, mode == TX2 || mode == TC2 || mode == BPF2, streams);
		if (mode == BPF2 || mode == BPF3)
			put_metadata(p);
		return;
	}
	switch (mode) {
	case SOURCES:
	case MACS:
	case MOVES:
		return make_flood(p, mode != MACS, mode != MOVES);
	case ICMP:
		return make_icmp(p);
	}
	if (burst_goes_on(streams))
		make_burst(p);
	else
		make_rx(p);
}

int main(int argc, char **argv)
{
	static struct packet packets[OUT_BATCH];
	struct out_packet out[OUT_BATCH];
	unsigned long count, sent = 0, refused = 0, skip = 0;
	unsigned int i, n, bad, streams = 0;
	const char *places = NULL;
	int mode;

	if (argc > 2 && !strcmp(argv[1], "-k")) {
		places = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 5) {
usage:
		fprintf(stderr, "usage: packet_fuzz [-k FILE] MODE DEV COUNT SEED [STREAMS [SKIP]]\n");
		return 2;
	}
	for (mode = 0; strcmp(argv[1], modes[mode]);)
		if (!modes[++mode])
			goto usage;
	out_open(argv[2], way_of(mode));
	count = strtoul(argv[3], NULL, 0);
	seed_rnd(strtoul(argv[4], NULL, 0));
	if (argc > 5)
		streams = atoi(argv[5]);
	if (argc > 6)
		skip = strtoul(argv[6], NULL, 0);
	while (skip--)
		make(&packets[0], mode, streams);

	if (places)
		kcov_begin();
	while (sent + refused < count) {
		n = count - sent - refused < OUT_BATCH ? count - sent - refused : OUT_BATCH;
		for (i = 0; i < n; i++) {
			make(&packets[i], mode, streams);
			out[i] = (struct out_packet){
				packets[i].data, packets[i].len, packets[i].linear,
				packets[i].mark, packets[i].priority,
			};
		}
		bad = out_send(out, n);
		refused += bad;
		sent += n - bad;
	}
	if (places)
		kcov_write(places);
	printf("%lu %lu\n", sent, refused);
	return 0;
}
