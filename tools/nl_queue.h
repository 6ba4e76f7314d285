/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many changes, without waiting for the answer to each of them.
 */
#ifndef OVLTUN_NL_QUEUE_H
#define OVLTUN_NL_QUEUE_H

#include "nl.h"

/* Requests in flight: few enough that a refusal of each fits the socket. */
#define NL_QUEUE_MAX	128

/*
 * Bytes of the socket's buffer that a refusal takes. The kernel counts the whole
 * skb. Without the request (NETLINK_CAP_ACK) that is 768 on Linux 6.1, later 960,
 * and 1280 with a text of more than 100 bytes on 6.1, later 300.
 */
#define NL_REFUSAL	2048

/**
 * struct nl_queue - requests in flight
 * @failed: is told the tag of a request that was refused, after the reason
 *	was printed; may be NULL
 * @arg: for @failed
 * @buffer: requests, one after the other
 * @used: bytes of them
 * @room: bytes that fit
 * @n: how many requests
 * @offset: where each begins
 * @tag: the caller's word for each
 * @sent: how many requests were sent before these
 * @status: STATUS_KERNEL once one failed; nothing more is sent then
 */
struct nl_queue {
	void (*failed)(unsigned long tag, void *arg);
	void *arg;
	char *buffer;
	size_t used, room;
	unsigned int n;
	size_t offset[NL_QUEUE_MAX];
	unsigned long tag[NL_QUEUE_MAX];
	unsigned int sent;
	enum status status;
};

/* Take over @req, NULL for one that could not be made. */
enum status nl_queue_add(struct nl_queue *queue, struct nl_msg *req,
			 unsigned long tag);

/* Wait for all answers; the status of the whole queue. */
enum status nl_queue_end(struct nl_queue *queue);

#endif /* OVLTUN_NL_QUEUE_H */
