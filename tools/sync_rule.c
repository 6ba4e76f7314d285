// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of a file. Those for everybody's packets come before the peers, so
 * that none of these is heard without them; those for a peer's come behind it.
 * A rule for a peer that has to go, or to make way, goes first. Behind a peer
 * that made way it comes back if it is wanted, and if something was refused: what
 * it demands had better be demanded.
 */
#include <string.h>

#include "nl_queue.h"
#include "rule_nl.h"
#include "sync.h"

static struct conf_rule *find_rule(const struct conf *conf, __u32 pref)
{
	size_t i;

	for (i = 0; i < conf->n_rule; i++)
		if (conf->rule[i].rule.pref == pref)
			return &conf->rule[i];
	return NULL;
}

/* Is what the file doesn't have to go? It has a say in that with [Device]. */
static bool is_whole(const struct sync *sync)
{
	return sync->want->has_device && !sync->add;
}

void sync_rules_release(const struct sync *sync, struct nl_queue *queue,
			const struct peer *peer, bool back, unsigned long tag)
{
	const struct conf *have = sync->have;
	struct conf_rule *rule;

	for (rule = have->rule; rule < have->rule + have->n_rule; rule++) {
		if (rule->gone || !rule->rule.has_peer ||
		    rule->rule.peer != peer->id)
			continue;
		/* Whose peer goes for good, and the file has nothing against it:
		 * the kernel says so.
		 */
		if (!back && !is_whole(sync) &&
		    !find_rule(sync->want, rule->rule.pref))
			continue;
		rule->gone = !nl_queue_add(queue,
					   rule_request(OVL_TUN_CMD_RULE_DEL, 0,
							sync->ifindex,
							&rule->rule),
					   tag);
		rule->away = rule->gone && back;
	}
}

static enum status replace(const struct sync *sync, const struct rule *rule)
{
	struct nl_msg *req = rule_request(OVL_TUN_CMD_RULE_NEW,
					  NLM_F_CREATE | NLM_F_REPLACE,
					  sync->ifindex, rule);

	return req ? nl_change(req) : STATUS_KERNEL;
}

static enum status send_rule(const struct sync *sync,
			     const struct conf_rule *rule)
{
	enum status status = replace(sync, &rule->rule);

	if (status)
		fprintf(stderr, "%s:%u: rule %u failed\n", sync->name,
			rule->line, rule->rule.pref);
	return status;
}

/*
 * Whether a rule for a peer that is named still is for the peer of that name,
 * now that the peers are those of the file.
 */
static bool same_owner(const struct sync *sync, const struct rule *want,
		       const struct rule *have)
{
	const struct peer *peer = sync->want->peer;
	bool taken = false;
	size_t i;

	if (!*want->peer_name)
		return true;
	for (i = 0; i < sync->want->n; i++) {
		if (!strcmp(peer[i].name, want->peer_name) && peer[i].has_id)
			return peer[i].id == have->peer;
		taken |= peer[i].has_id && peer[i].id == have->peer;
	}
	return !taken;
}

static enum status send_wanted(const struct sync *sync, bool of_peers)
{
	const struct conf *want = sync->want;
	const struct conf_rule *rule;
	enum status status = STATUS_OK;
	struct conf_rule *have;
	size_t i;

	for (i = 0; i < want->n_rule && !status; i++) {
		rule = &want->rule[i];
		if (rule->rule.has_peer != of_peers)
			continue;
		have = find_rule(sync->have, rule->rule.pref);
		if (!sync->all && have && !have->gone &&
		    rule_equal(&rule->rule, &have->rule) &&
		    same_owner(sync, &rule->rule, &have->rule))
			continue;
		status = send_rule(sync, rule);
		if (have && !status) {
			have->gone = true;
			have->away = false;
		}
	}
	return status;
}

enum status sync_rules(const struct sync *sync)
{
	return send_wanted(sync, false);
}

/* By the id of its peer, whose name may be another's by now. */
static enum status bring_back(const struct sync *sync,
			      const struct conf_rule *away)
{
	struct rule rule = away->rule;
	enum status status;

	*rule.peer_name = '\0';
	status = replace(sync, &rule);
	if (status)
		fprintf(stderr, "%s: rule %u was removed for a moment, and is lost\n",
			sync->name, rule.pref);
	return status;
}

static enum status bring_all_back(const struct sync *sync, enum status status)
{
	const struct conf_rule *rule = sync->have->rule;
	enum status last;
	size_t i;

	for (i = 0; i < sync->have->n_rule; i++) {
		if (!rule[i].away || (!status && is_whole(sync)))
			continue;
		last = bring_back(sync, &rule[i]);
		if (!status)
			status = last;
	}
	return status;
}

static enum status remove_rest(const struct sync *sync)
{
	const struct conf_rule *rule = sync->have->rule;
	enum status status = STATUS_OK;
	struct nl_msg *req;
	size_t i;

	for (i = 0; i < sync->have->n_rule && !status; i++) {
		if (rule[i].gone || find_rule(sync->want, rule[i].rule.pref))
			continue;
		req = rule_request(OVL_TUN_CMD_RULE_DEL, 0, sync->ifindex,
				   &rule[i].rule);
		status = req ? nl_change(req) : STATUS_KERNEL;
	}
	return status;
}

enum status sync_rules_end(const struct sync *sync, enum status status)
{
	if (!status)
		status = send_wanted(sync, true);
	status = bring_all_back(sync, status);
	if (!status && is_whole(sync))
		status = remove_rest(sync);
	return status;
}
