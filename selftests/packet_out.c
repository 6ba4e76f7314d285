// SPDX-License-Identifier: GPL-2.0
/* See packet_out.h. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kcov.h"
#include "packet_out.h"

#define PIECE	4096	/* that a packet of a tap device may have */
#define PIECES	5

static enum out_way way;
static int fd;

static void open_socket(const char *name)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET };
	int on = 1, past_tc = way == OUT_SOCKET;

	fd = socket(AF_PACKET, SOCK_RAW, 0);
	ll.sll_ifindex = if_nametoindex(name);
	if (fd < 0 || !ll.sll_ifindex ||
	    bind(fd, (struct sockaddr *)&ll, sizeof(ll)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &past_tc, sizeof(past_tc))) {
		perror(name);
		exit(1);
	}
}

static void open_tap(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	if (way == OUT_FRAGS)
		ifr.ifr_flags |= IFF_NAPI | IFF_NAPI_FRAGS;
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	fd = open("/dev/net/tun", O_RDWR);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr)) {
		perror(name);
		exit(1);
	}
}

void out_open(const char *dev, enum out_way how)
{
	way = how;
	if (way == OUT_SOCKET || way == OUT_TC)
		open_socket(dev);
	else
		open_tap(dev);
}

static void set_option(int name, unsigned int *old, unsigned int value)
{
	if (value == *old)
		return;
	if (setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value))) {
		perror("setsockopt");
		exit(1);
	}
	*old = value;
}

static unsigned int send_socket(const struct out_packet *packets, unsigned int n)
{
	static struct virtio_net_hdr head[OUT_BATCH];
	static struct iovec iov[OUT_BATCH][2];
	static struct mmsghdr msgs[OUT_BATCH];
	static unsigned int mark, priority;
	unsigned int i, refused = 0;
	int done;

	set_option(SO_MARK, &mark, packets->mark);
	set_option(SO_PRIORITY, &priority, packets->priority);
	for (i = 0; i < n; i++) {
		head[i].hdr_len = packets[i].linear;
		iov[i][0] = (struct iovec){ &head[i], sizeof(head[i]) };
		iov[i][1] = (struct iovec){ packets[i].data, packets[i].len };
		msgs[i].msg_hdr.msg_iov = iov[i];
		msgs[i].msg_hdr.msg_iovlen = 2;
	}
	for (i = 0; i < n;) {
		done = sendmmsg(fd, msgs + i, n - i, 0);
		if (done > 0) {
			i += done;
		} else if (errno == ENOBUFS || errno == EINVAL) {
			refused++;	/* by the socket or its device */
			i++;
		} else if (errno != EINTR) {
			perror("sendmmsg");
			exit(1);
		}
	}
	return refused;
}

/* The first piece ends somewhere in the headers. */
static unsigned int send_frags(const struct out_packet *p, unsigned int n)
{
	unsigned int at, len = p->linear ?: 14 + n * 7 % 100, pieces = 0;
	struct iovec iov[PIECES];

	for (at = 0; at < p->len; at += len, len = PIECE) {
		if (len > p->len - at || pieces == PIECES - 1)
			len = p->len - at;
		iov[pieces++] = (struct iovec){ (char *)p->data + at, len };
	}
	return writev(fd, iov, pieces) != p->len;
}

static unsigned int send_tap(const struct out_packet *packets, unsigned int n)
{
	static unsigned int count;
	unsigned int i, refused = 0;

	for (i = 0; i < n; i++) {
		if (way == OUT_FRAGS)
			refused += send_frags(&packets[i], count++);
		else
			refused += write(fd, packets[i].data, packets[i].len) !=
				   packets[i].len;
		kcov_take();
	}
	return refused;
}

unsigned int out_send(const struct out_packet *packets, unsigned int n)
{
	unsigned int refused;

	if (way != OUT_SOCKET && way != OUT_TC)
		return send_tap(packets, n);
	refused = send_socket(packets, n);
	kcov_take();
	return refused;
}
