// SPDX-License-Identifier: GPL-2.0
/*
 * The option sets of a file. Each becomes what is wanted in one step; those
 * that the file doesn't have go when no peer and no VNI has them any more.
 */
#include <string.h>

#include "nl.h"
#include "option.h"
#include "sync.h"

static bool same(const struct option *a, const struct option *b)
{
	if (a->class != b->class || a->type != b->type ||
	    a->source != b->source)
		return false;
	if (a->source)
		return a->mask == b->mask && a->shift == b->shift;
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static bool all_same(const struct conf_set *a, const struct conf_set *b)
{
	size_t i;

	if (!b || a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (!same(&a->option[i], &b->option[i]))
			return false;
	return true;
}

static struct nl_msg *request(const struct sync *sync, int cmd, int flags,
			      const struct conf_set *set)
{
	struct nl_msg *req = nl_request(cmd, flags);

	if (!req)
		return NULL;
	nla_put_u32(req, OVL_TUN_A_OPTION_IFINDEX, sync->ifindex);
	if (*set->name)
		nla_put_string(req, OVL_TUN_A_OPTION_SET, set->name);
	return req;
}

/* Make of a set what is wanted, @have is what it is, or NULL. */
static enum status sync_set(const struct sync *sync,
			    const struct conf_set *want,
			    const struct conf_set *have)
{
	bool whole = sync->have->has_device;
	enum status status;
	struct nl_msg *req;
	size_t i;

	if (!sync->all && all_same(want, have))
		return STATUS_OK;
	if (!whole && !want->n && !*want->name)
		return STATUS_OK;	/* nothing to add */
	req = request(sync, OVL_TUN_CMD_OPTION_NEW,
		      NLM_F_CREATE | NLM_F_REPLACE, want);
	if (!req)
		return STATUS_KERNEL;
	if (whole)
		nla_put_flag(req, OVL_TUN_A_OPTION_WHOLE);
	for (i = 0; i < want->n; i++)
		if (!option_put(req, &want->option[i], true)) {
			fprintf(stderr, "%s: too many options\n", sync->name);
			nlmsg_free(req);
			return STATUS_USAGE;
		}
	status = nl_change(req);
	if (status)
		fprintf(stderr, "%s:%u: options%s%s failed\n", sync->name,
			want->line, *want->name ? " " : "", want->name);
	return status;
}

/* Before the peers and VNIs that are to have them */
enum status sync_options(const struct sync *sync)
{
	const struct conf *want = sync->want, *have = sync->have;
	enum status status = STATUS_OK;
	size_t i;

	if (want->has_device)
		status = sync_set(sync, &want->own, &have->own);
	for (i = 0; !status && i < want->n_set; i++)
		status = sync_set(sync, &want->set[i],
				  conf_find_set(have, want->set[i].name));
	return status;
}

static bool is_wanted(const struct conf *want, const char *name)
{
	size_t i;

	if (conf_find_set(want, name))
		return true;
	for (i = 0; i < want->n; i++)
		if (!strcmp(want->peer[i].options, name))
			return true;
	for (i = 0; i < want->n_vni; i++)
		if (!strcmp(want->vni[i].options, name))
			return true;
	return false;
}

/* Behind the peers and VNIs that had them */
enum status sync_options_end(const struct sync *sync)
{
	const struct conf *want = sync->want, *have = sync->have;
	enum status status = STATUS_OK;
	struct nl_msg *req;
	size_t i;

	for (i = 0; want->has_device && !status && i < have->n_set; i++) {
		if (is_wanted(want, have->set[i].name))
			continue;
		req = request(sync, OVL_TUN_CMD_OPTION_DEL, 0, &have->set[i]);
		status = req ? nl_change(req) : STATUS_KERNEL;
	}
	return status;
}
