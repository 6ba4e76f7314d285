// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "extack.h"
#include "nl_queue.h"

#define WINDOW		32768	/* bytes that are sent at once */
#define ANSWER		32768	/* bytes of an answer, far more than one has */

/* Sequence numbers of the queue: libnl counts from the time of day. */
#define FIRST_SEQ	1

static struct nlmsghdr *request(struct nl_queue *queue, unsigned int i)
{
	return (struct nlmsghdr *)(queue->buffer + queue->offset[i]);
}

static enum status broken(struct nl_queue *queue, const char *what)
{
	fprintf(stderr, "ovltun: %s: %s\n", what, strerror(errno));
	nl_drop();
	queue->status = STATUS_KERNEL;
	return queue->status;
}

/* Returns whether it was the answer to the last request. */
static bool take_answer(struct nl_queue *queue, struct nlmsghdr *answer)
{
	unsigned int i = answer->nlmsg_seq - FIRST_SEQ - queue->sent;
	const struct nlmsgerr *err = nlmsg_data(answer);

	if (answer->nlmsg_type != NLMSG_ERROR || i >= queue->n ||
	    nlmsg_datalen(answer) < (int)sizeof(*err))
		return false;
	extack_print(request(queue, i), answer, err->error);
	if (err->error) {
		queue->status = STATUS_KERNEL;
		if (queue->failed)
			queue->failed(queue->tag[i], queue->arg);
	}
	return i == queue->n - 1;
}

static enum status collect(struct nl_queue *queue, int fd)
{
	static __u32 buffer[ANSWER / sizeof(__u32)];
	struct nlmsghdr *answer;
	bool last = false;
	int left;

	while (!last) {
		left = recv(fd, buffer, sizeof(buffer), 0);
		if (left < 0 && errno == EINTR)
			continue;
		if (left <= 0)
			return broken(queue, "cannot receive");
		for (answer = (struct nlmsghdr *)buffer; nlmsg_ok(answer, left);
		     answer = nlmsg_next(answer, &left))
			last |= take_answer(queue, answer);
	}
	return queue->status;
}

/*
 * Only the last request asks for an acknowledgment, and the kernel works them
 * off in their order: what was not refused until that comes was done.
 */
static enum status flush(struct nl_queue *queue)
{
	enum status status = queue->status;
	int fd;

	if (!queue->n || status)
		return status;
	request(queue, queue->n - 1)->nlmsg_flags |= NLM_F_ACK;
	fd = nl_fd(queue->used);
	if (fd < 0)
		queue->status = STATUS_KERNEL;
	else if (send(fd, queue->buffer, queue->used, 0) < 0)
		broken(queue, "cannot send");
	else
		collect(queue, fd);
	queue->sent += queue->n;
	queue->n = 0;
	queue->used = 0;
	return queue->status;
}

static void append(struct nl_queue *queue, const struct nlmsghdr *req)
{
	size_t size = NLMSG_ALIGN(req->nlmsg_len);
	struct nlmsghdr *copy;

	if (queue->used + size > queue->room) {
		queue->room = size > WINDOW ? size : WINDOW;
		queue->buffer = realloc(queue->buffer, queue->room);
		if (!queue->buffer) {
			fprintf(stderr, "ovltun: out of memory\n");
			exit(STATUS_KERNEL);
		}
	}
	copy = (struct nlmsghdr *)(queue->buffer + queue->used);
	memset((char *)copy + size - NLMSG_ALIGNTO, 0, NLMSG_ALIGNTO);
	memcpy(copy, req, req->nlmsg_len);
	copy->nlmsg_flags |= NLM_F_REQUEST;
	copy->nlmsg_seq = FIRST_SEQ + queue->sent + queue->n;
	copy->nlmsg_pid = 0;
	queue->used += size;
}

enum status nl_queue_add(struct nl_queue *queue, struct nl_msg *req,
			 unsigned long tag)
{
	const struct nlmsghdr *hdr;

	if (!req)
		queue->status = STATUS_KERNEL;
	if (queue->status) {
		nlmsg_free(req);
		return queue->status;
	}
	hdr = nlmsg_hdr(req);
	if (queue->n == NL_QUEUE_MAX ||
	    queue->used + NLMSG_ALIGN(hdr->nlmsg_len) > WINDOW)
		flush(queue);
	if (!queue->status) {
		queue->offset[queue->n] = queue->used;
		queue->tag[queue->n] = tag;
		append(queue, hdr);
		queue->n++;
	}
	nlmsg_free(req);
	return queue->status;
}

enum status nl_queue_end(struct nl_queue *queue)
{
	flush(queue);
	free(queue->buffer);
	queue->buffer = NULL;
	queue->room = 0;
	return queue->status;
}
