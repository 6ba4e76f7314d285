// SPDX-License-Identifier: GPL-2.0
/*
 * The VNIs of a file: what the device has and the file doesn't goes if the file
 * has [Device], and what differs is sent.
 */
#include <string.h>

#include "nl.h"
#include "sync.h"
#include "vni.h"

#define MAX_RANGES	1000	/* in one request */

/**
 * struct batch - a request while it is put together
 * @sync: what is to be done
 * @cmd: operation
 * @req: request, or NULL
 * @n: ranges in it
 * @like: what all of them are to be like; the first of them
 */
struct batch {
	const struct sync *sync;
	int cmd;
	struct nl_msg *req;
	size_t n;
	const struct conf_vni *like;
};

static enum status send_batch(struct batch *batch)
{
	enum status status = batch->req ? nl_change(batch->req) : STATUS_OK;

	if (status && batch->like->line)
		fprintf(stderr, "%s:%u: VNIs failed\n", batch->sync->name,
			batch->like->line);
	else if (status)
		fprintf(stderr, "%s: removing VNIs failed\n",
			batch->sync->name);
	batch->req = NULL;
	batch->n = 0;
	return status;
}

static enum status begin_batch(struct batch *batch, const struct conf_vni *like)
{
	int flags = batch->cmd == OVL_TUN_CMD_VNI_NEW ?
		    NLM_F_CREATE | NLM_F_REPLACE : 0;

	batch->req = nl_request(batch->cmd, flags);
	if (!batch->req)
		return STATUS_KERNEL;
	nla_put_u32(batch->req, OVL_TUN_A_VNI_IFINDEX, batch->sync->ifindex);
	if (batch->cmd == OVL_TUN_CMD_VNI_NEW) {
		vni_put_remote(batch->req, &like->remote);
		vni_put_options(batch->req, like->options);
	}
	batch->like = like;
	return STATUS_OK;
}

static enum status add_range(struct batch *batch, const struct conf_vni *like,
			     __u32 first, __u32 last)
{
	struct vni_range range = { .first = first, .last = last };
	enum status status = STATUS_OK;

	if (batch->req &&
	    (batch->n == MAX_RANGES ||
	     (batch->cmd == OVL_TUN_CMD_VNI_NEW &&
	      !conf_same_vnis(batch->like, like))))
		status = send_batch(batch);
	if (!status && !batch->req)
		status = begin_batch(batch, like);
	if (!status && vni_put_range(batch->req, &range))
		batch->n++;
	return status;
}

/* Does @conf already say of the VNIs of @at what is wanted of @vni? */
static bool covers(const struct batch *batch, const struct conf_vni *at,
		   const struct conf_vni *vni)
{
	return batch->cmd == OVL_TUN_CMD_VNI_DEL ||
	       conf_same_vnis(at, vni);
}

/* The parts of @vni that nothing in @conf covers. Both are sorted. */
static enum status add_rest(struct batch *batch, const struct conf_vni *vni,
			    const struct conf *conf, size_t *from)
{
	enum status status = STATUS_OK;
	__u32 next = vni->range.first;
	const struct conf_vni *at;
	size_t i;

	while (*from < conf->n_vni && conf->vni[*from].range.last < next)
		++*from;
	for (i = *from; i < conf->n_vni && !status; i++) {
		at = &conf->vni[i];
		if (at->range.first > vni->range.last)
			break;
		if (!covers(batch, at, vni))
			continue;
		if (at->range.first > next)
			status = add_range(batch, vni, next,
					   at->range.first - 1);
		next = at->range.last + 1;
	}
	if (!status && next <= vni->range.last)
		status = add_range(batch, vni, next, vni->range.last);
	return status;
}

static enum status send_rest(const struct sync *sync, int cmd,
			     const struct conf *of, const struct conf *without)
{
	struct batch batch = { .sync = sync, .cmd = cmd };
	enum status status = STATUS_OK, last;
	size_t i, from = 0;

	for (i = 0; i < of->n_vni && !status; i++)
		status = add_rest(&batch, &of->vni[i], without, &from);
	last = send_batch(&batch);
	return status ? status : last;
}

enum status sync_vnis(const struct sync *sync)
{
	static const struct conf none;
	enum status status = STATUS_OK;

	if (sync->want->has_device)
		status = send_rest(sync, OVL_TUN_CMD_VNI_DEL, sync->have,
				   sync->want);
	if (status)
		return status;
	return send_rest(sync, OVL_TUN_CMD_VNI_NEW, sync->want,
			 sync->all ? &none : sync->have);
}
