/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways for the packets of packet_fuzz into the kernel: a packet socket sends them,
 * past tc or through it, or they come in by a tap device, where the writer itself
 * carries them through the stack.
 */
#ifndef _OVL_TUN_PACKET_OUT_H
#define _OVL_TUN_PACKET_OUT_H

#define OUT_BATCH	32

enum out_way {
	OUT_SOCKET,
	OUT_TC,		/* by a socket, too, but through what tc has on its way */
	OUT_TAP,	/* as a driver without NAPI has them */
	OUT_FRAGS,	/* in pieces, through GRO */
};

struct out_packet {
	void *data;
	unsigned int len;
	unsigned int linear;	/* bytes that stay in one piece, 0: all */
	unsigned int mark;	/* of the first of a batch: that of all in it */
	unsigned int priority;	/* likewise */
};

void out_open(const char *dev, enum out_way way);
unsigned int out_send(const struct out_packet *packets, unsigned int n);

#endif
