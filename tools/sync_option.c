// SPDX-License-Identifier: GPL-2.0
/*
 * The options of a file: as few are touched as will do.
 */
#include <string.h>

#include "nl.h"
#include "option.h"
#include "sync.h"

static bool same_key(const struct option *a, const struct option *b)
{
	return a->class == b->class && a->type == b->type;
}

static bool same(const struct option *a, const struct option *b)
{
	return same_key(a, b) && a->len == b->len &&
	       !memcmp(a->data, b->data, a->len);
}

static bool all_same(const struct conf *a, const struct conf *b)
{
	size_t i;

	if (a->n_option != b->n_option)
		return false;
	for (i = 0; i < a->n_option; i++)
		if (!same(&a->option[i], &b->option[i]))
			return false;
	return true;
}

static bool has_key(const struct conf *conf, const struct option *option)
{
	size_t i;

	for (i = 0; i < conf->n_option; i++)
		if (same_key(&conf->option[i], option))
			return true;
	return false;
}

/*
 * Options that are there keep their places, new ones come last: do those that
 * stay begin the list that is wanted, in their order?
 */
static bool keeps_order(const struct conf *want, const struct conf *have)
{
	size_t i, n = 0;

	for (i = 0; i < have->n_option; i++) {
		if (!has_key(want, &have->option[i]))
			continue;
		if (!same_key(&have->option[i], &want->option[n]))
			return false;
		n++;
	}
	return true;
}

/* Ask for @cmd with the options of @conf that are not in @but; NULL: with none */
static enum status change(const struct sync *sync, int cmd, int flags,
			  const struct conf *conf, const struct conf *but)
{
	struct nl_msg *req = nl_request(cmd, flags);
	size_t i, n = 0;

	if (!req)
		return STATUS_KERNEL;
	nla_put_u32(req, OVL_TUN_A_OPTION_IFINDEX, sync->ifindex);
	for (i = 0; conf && i < conf->n_option; i++) {
		if (but && has_key(but, &conf->option[i]))
			continue;
		if (!option_put(req, &conf->option[i],
				cmd == OVL_TUN_CMD_OPTION_NEW)) {
			fprintf(stderr, "%s: too many options\n", sync->name);
			nlmsg_free(req);
			return STATUS_USAGE;
		}
		n++;
	}
	if (conf && !n) {	/* nothing to say, and "none" means all */
		nlmsg_free(req);
		return STATUS_OK;
	}
	return nl_change(req);
}

enum status sync_options(const struct sync *sync)
{
	const struct conf *want = sync->want, *have = sync->have;
	enum status status = STATUS_OK;

	if (!want->has_device || (!sync->all && all_same(want, have)))
		return STATUS_OK;
	if (!keeps_order(want, have))
		status = change(sync, OVL_TUN_CMD_OPTION_DEL, 0, NULL, NULL);
	else
		status = change(sync, OVL_TUN_CMD_OPTION_DEL, 0, have, want);
	if (status)
		return status;
	return change(sync, OVL_TUN_CMD_OPTION_NEW,
		      NLM_F_CREATE | NLM_F_REPLACE, want, NULL);
}
