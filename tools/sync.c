// SPDX-License-Identifier: GPL-2.0
/*
 * The peers of a file are sent in an order in which the kernel takes them:
 *   1. peers that the file doesn't have go,
 *   2. so do names that another peer is to have,
 *   3. peers are replaced or added, each in one message. One that gives up its
 *      remote comes before the one that takes it; where they swap, one of them
 *      goes and comes back under its id.
 * A prefix that moves needs no order: the kernel takes it from who has it, and
 * who had it is replaced as well, without it. Of what is only added to, the file
 * has some peers, and the others stay.
 * Option sets that peers are to have come first, those that none is to have go
 * last. What is echoed follows the sets. Rules for everybody come before the
 * peers, those for a peer behind.
 */
#include <stdlib.h>
#include <string.h>

#include "nl_queue.h"
#include "peer_nl.h"
#include "sync.h"

#define NONE ((size_t)-1)

/**
 * struct source - what the kernel takes for one peer only
 * @remote: address of a peer
 * @vni: VNI that it sends
 * @owner: which peer of the device has it
 */
struct source {
	struct addr remote;
	__u32 vni;
	size_t owner;
};

/**
 * struct plan - a sync while it is worked out and done
 * @sync: what is to be done
 * @queue: requests
 * @match: of each wanted peer, which one of the device it is, or NONE
 * @taker: of each peer of the device, which one of the file it is, or NONE
 * @changed: of each wanted peer, whether it is to be sent
 * @by_name: those of the device that have a name, sorted by it
 * @n_named: how many
 * @source: those of the device's peers, sorted
 */
struct plan {
	const struct sync *sync;
	struct nl_queue queue;
	size_t *match, *taker;
	bool *changed;
	const struct peer **by_name;
	size_t n_named;
	struct source *source;
};

static void *allocate(size_t n, size_t size)
{
	void *array = calloc(n ? n : 1, size);

	if (!array) {
		fprintf(stderr, "ovltun: out of memory\n");
		exit(STATUS_KERNEL);
	}
	return array;
}

static int compare_names(const void *a, const void *b)
{
	const struct peer *const *first = a, *const *second = b;

	return strcmp((*first)->name, (*second)->name);
}

static int compare_sources(const void *a, const void *b)
{
	const struct source *first = a, *second = b;
	int order = addr_compare(&first->remote, &second->remote);

	return order ? order : (first->vni > second->vni) -
			       (first->vni < second->vni);
}

static struct source source_of(const struct plan *plan, const struct peer *peer)
{
	struct source source = {
		.remote = peer->remote,
		.vni = peer->has & OVL_TUN_PEER_FIELD_RX_VNI ?
		       peer->value[PEER_RX_VNI] : plan->sync->vni,
	};

	return source;
}

static int compare_ids(const void *a, const void *b)
{
	const struct peer *first = a, *second = b;

	return (first->id > second->id) - (first->id < second->id);
}

/* These return which peer of the device has it, or NONE. */
static size_t find_name(const struct plan *plan, const struct peer *key)
{
	const struct peer *const *found = NULL;

	if (plan->n_named)
		found = bsearch(&key, plan->by_name, plan->n_named,
				sizeof(*found), compare_names);
	return found ? (size_t)(*found - plan->sync->have->peer) : NONE;
}

static size_t find_source(const struct plan *plan, const struct peer *peer)
{
	struct source key = source_of(plan, peer), *found = NULL;

	if (plan->sync->have->n)
		found = bsearch(&key, plan->source, plan->sync->have->n,
				sizeof(key), compare_sources);
	return found ? found->owner : NONE;
}

static size_t find_id(const struct plan *plan, const struct peer *key)
{
	const struct conf *have = plan->sync->have;
	const struct peer *found = NULL;

	if (have->n)
		found = bsearch(key, have->peer, have->n, sizeof(*key),
				compare_ids);
	return found ? (size_t)(found - have->peer) : NONE;
}

static void index_have(struct plan *plan)
{
	const struct conf *have = plan->sync->have;
	size_t i;

	plan->by_name = allocate(have->n, sizeof(*plan->by_name));
	plan->source = allocate(have->n, sizeof(*plan->source));
	for (i = 0; i < have->n; i++) {
		if (*have->peer[i].name)
			plan->by_name[plan->n_named++] = &have->peer[i];
		plan->source[i] = source_of(plan, &have->peer[i]);
		plan->source[i].owner = i;
	}
	qsort(plan->by_name, plan->n_named, sizeof(*plan->by_name),
	      compare_names);
	qsort(plan->source, have->n, sizeof(*plan->source), compare_sources);
}

static void match_peer(struct plan *plan, size_t i, size_t found)
{
	const struct conf *want = plan->sync->want, *have = plan->sync->have;

	plan->match[i] = found;
	plan->changed[i] = found == NONE || plan->sync->all ||
			   !peer_equal(&want->peer[i], &have->peer[found]);
	if (found != NONE)
		plan->taker[found] = i;
}

/*
 * Which peer of the device each of the file is, and whether it differs. An id
 * says it first: who has only a name is a new peer when its name is that of a
 * peer which becomes another one.
 */
static void match_peers(struct plan *plan)
{
	const struct conf *want = plan->sync->want, *have = plan->sync->have;
	size_t i, found;

	plan->match = allocate(want->n, sizeof(*plan->match));
	plan->changed = allocate(want->n, sizeof(*plan->changed));
	plan->taker = allocate(have->n, sizeof(*plan->taker));
	for (i = 0; i < have->n; i++)
		plan->taker[i] = NONE;
	for (i = 0; i < want->n; i++)
		if (want->peer[i].has_id)
			match_peer(plan, i, find_id(plan, &want->peer[i]));
	for (i = 0; i < want->n; i++) {
		if (want->peer[i].has_id)
			continue;
		found = find_name(plan, &want->peer[i]);
		if (found != NONE && plan->taker[found] != NONE)
			found = NONE;
		match_peer(plan, i, found);
	}
}

/* Tags are wanted peers, and behind them those that the device has. */
static void complain(unsigned long tag, void *arg)
{
	const struct sync *sync = ((struct plan *)arg)->sync;
	const struct peer *peer;

	if (tag < sync->want->n) {
		peer = &sync->want->peer[tag];
		fprintf(stderr, "%s:%u: peer ", sync->name,
			sync->want->line[tag]);
	} else {
		peer = &sync->have->peer[tag - sync->want->n];
		fprintf(stderr, "%s: removing peer ", sync->name);
	}
	if (*peer->name)
		fprintf(stderr, "%s failed\n", peer->name);
	else
		fprintf(stderr, "%u failed\n", peer->id);
}

static void send_change(struct plan *plan, int cmd, int flags,
			const struct peer_change *change, size_t tag)
{
	if (plan->queue.status)
		return;
	nl_queue_add(&plan->queue,
		     peer_request(cmd, flags, plan->sync->ifindex, change), tag);
}

static void send_have(struct plan *plan, int cmd, size_t i, __u32 unset)
{
	struct peer_change change = {
		.peer.id = plan->sync->have->peer[i].id,
		.peer.has_id = true,
		.unset = unset,
	};

	send_change(plan, cmd, 0, &change, plan->sync->want->n + i);
}

/* @back: it comes back under its id. */
static void send_delete(struct plan *plan, size_t i, bool back)
{
	const struct sync *sync = plan->sync;

	sync_rules_release(sync, &plan->queue, &sync->have->peer[i], back,
			   sync->want->n + i);
	send_have(plan, OVL_TUN_CMD_PEER_DEL, i, 0);
}

static void send_deletes(struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->sync->have->n && !plan->sync->add; i++)
		if (plan->taker[i] == NONE)
			send_delete(plan, i, false);
}

/* A peer that stays under another name is in the way of who gets its name. */
static void send_unnames(struct plan *plan)
{
	const struct conf *want = plan->sync->want, *have = plan->sync->have;
	size_t i, owner;

	for (i = 0; i < want->n; i++) {
		if (!*want->peer[i].name)
			continue;
		owner = find_name(plan, &want->peer[i]);
		if (owner == NONE || owner == plan->match[i] ||
		    plan->taker[owner] == NONE)
			continue;
		if (strcmp(want->peer[plan->taker[owner]].name,
			   have->peer[owner].name))
			send_have(plan, OVL_TUN_CMD_PEER_SET, owner,
				  OVL_TUN_PEER_FIELD_NAME);
	}
}

static void send_want(struct plan *plan, size_t i)
{
	struct peer_change change = { .peer = plan->sync->want->peer[i] };

	plan->changed[i] = false;
	send_change(plan, OVL_TUN_CMD_PEER_NEW, NLM_F_CREATE | NLM_F_REPLACE,
		    &change, i);
}

/* The wanted peer that still has the remote which @i is to have, or NONE */
static size_t in_the_way(const struct plan *plan, size_t i)
{
	size_t owner = find_source(plan, &plan->sync->want->peer[i]);

	if (owner == NONE || owner == plan->match[i] ||
	    plan->taker[owner] == NONE || !plan->changed[plan->taker[owner]])
		return NONE;
	return plan->taker[owner];
}

/* It goes, and comes back as what is wanted. */
static void evict(struct plan *plan, size_t i)
{
	struct peer *peer = &plan->sync->want->peer[i];
	size_t owner = plan->match[i];

	peer->id = plan->sync->have->peer[owner].id;
	peer->has_id = true;
	send_delete(plan, owner, true);
	plan->taker[owner] = NONE;
}

/*
 * Follow who is in whose way to the end, and send them from there back. Coming
 * around to one of them, that one makes way.
 */
static void send_chain(struct plan *plan, size_t first, size_t *chain,
		       bool *chained)
{
	size_t n = 0, i;

	for (i = first; i != NONE; i = in_the_way(plan, i)) {
		if (chained[i]) {
			evict(plan, i);
			break;
		}
		chained[i] = true;
		chain[n++] = i;
	}
	while (n)
		send_want(plan, chain[--n]);
}

/* Those without an id come last: the kernel might give them one of the others. */
static void send_peers(struct plan *plan)
{
	const struct peer *peer = plan->sync->want->peer;
	size_t i, n = plan->sync->want->n;
	size_t *chain = allocate(n, sizeof(*chain));
	bool *chained = allocate(n, sizeof(*chained));

	for (i = 0; i < n; i++)
		if (plan->changed[i] && peer[i].has_id)
			send_chain(plan, i, chain, chained);
	for (i = 0; i < n; i++)
		if (plan->changed[i])
			send_chain(plan, i, chain, chained);
	free(chain);
	free(chained);
}

/**
 * struct claim - a MAC address, and who wants it
 * @addr: address
 * @line: where the peer begins
 */
struct claim {
	struct addr addr;
	unsigned int line;
};

static int compare_claims(const void *a, const void *b)
{
	const struct claim *first = a, *second = b;
	int order = addr_compare(&first->addr, &second->addr);

	return order ? order : (first->line > second->line) -
			       (first->line < second->line);
}

static bool create(const struct plan *plan, const struct peer *peer)
{
	struct peer_change change = { .peer = *peer };

	return !nl_try(peer_request(OVL_TUN_CMD_PEER_NEW, NLM_F_CREATE,
				    plan->sync->ifindex, &change));
}

/*
 * After a refusal: who went and didn't come back is there again, as wanted or as
 * it was, for the sake of its rules. Who did come back is left alone.
 */
static void bring_back(const struct plan *plan)
{
	const struct conf *want = plan->sync->want, *have = plan->sync->have;
	size_t i, was;

	for (i = 0; i < want->n; i++) {
		was = plan->match[i];
		if (was != NONE && plan->taker[was] == NONE &&
		    !create(plan, &want->peer[i]))
			create(plan, &have->peer[was]);
	}
}

/*
 * Two peers with one address: it would be with the one that comes last. On
 * layer 3 several may have the same.
 */
static bool check_macs(const struct sync *sync)
{
	const struct conf *want = sync->want;
	struct claim *claim;
	size_t i, j, n = 0;
	char text[ADDR_TEXT];
	bool good = true;

	for (i = 0; i < want->n; i++)
		n += want->peer[i].mac.n;
	claim = allocate(n, sizeof(*claim));
	for (i = 0, n = 0; i < want->n; i++)
		for (j = 0; j < want->peer[i].mac.n; j++) {
			claim[n].addr = want->peer[i].mac.item[j];
			claim[n++].line = want->line[i];
		}
	qsort(claim, n, sizeof(*claim), compare_claims);
	for (i = 1; i < n && good; i++) {
		good = addr_compare(&claim[i - 1].addr, &claim[i].addr);
		if (!good)
			fprintf(stderr, "%s:%u: the peer in line %u has MAC %s too\n",
				sync->name, claim[i].line, claim[i - 1].line,
				addr_format(&claim[i].addr, text));
	}
	free(claim);
	return good;
}

enum status sync_run(const struct sync *sync)
{
	struct plan plan = { .sync = sync };
	enum status status;

	if (!sync->layer3 && !check_macs(sync))
		return STATUS_USAGE;
	plan.queue.failed = complain;
	plan.queue.arg = &plan;
	index_have(&plan);
	match_peers(&plan);
	status = sync_options(sync);
	if (!status)
		status = sync_echo(sync);
	if (!status)
		status = sync_rules(sync);
	if (!status) {
		send_deletes(&plan);
		send_unnames(&plan);
		send_peers(&plan);
		status = nl_queue_end(&plan.queue);
		if (status)
			bring_back(&plan);
		status = sync_rules_end(sync, status);
	}
	if (!status)
		status = sync_vnis(sync);
	if (!status)
		status = sync_options_end(sync);
	if (status == STATUS_KERNEL)
		fprintf(stderr, "%s: not all of it is in place\n", sync->name);
	free(plan.match);
	free(plan.taker);
	free(plan.changed);
	free(plan.by_name);
	free(plan.source);
	return status;
}
