// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun setconf and syncconf, tools/sync.c: what they ask for, of a model of
 * the kernel that takes and refuses what the kernel does.
 */
#include <errno.h>
#include <string.h>

#include "nl_queue.h"
#include "peer_nl.h"
#include "rule_nl.h"
#include "sync.h"
#include "tap.h"

#define MAX_PEERS	12
#define N_PREFIXES	6
#define OWN_VNI		1	/* of the device */
#define MULTICAST	224	/* no peer's remote begins with it */

static struct conf device;	/* what the model has, not sorted */
static unsigned int requests, refused, deleted;
static unsigned int at_once;	/* requests of a queue in flight, 0 for all */
static char order[256];		/* the requests, in a few letters each */

static struct peer *by_id(__u32 id)
{
	size_t i;

	for (i = 0; i < device.n; i++)
		if (device.peer[i].id == id)
			return &device.peer[i];
	return NULL;
}

static struct peer *by_name(const char *name)
{
	size_t i;

	for (i = 0; i < device.n; i++)
		if (*name && !strcmp(device.peer[i].name, name))
			return &device.peer[i];
	return NULL;
}

static __u32 vni_of(const struct peer *peer)
{
	return peer->has & OVL_TUN_PEER_FIELD_RX_VNI ?
	       peer->value[PEER_RX_VNI] : OWN_VNI;
}

static bool same_source(const struct peer *a, const struct peer *b)
{
	return !addr_compare(&a->remote, &b->remote) && vni_of(a) == vni_of(b);
}

static struct peer *by_source(const struct peer *like)
{
	struct peer *peer;

	for (peer = device.peer; peer < device.peer + device.n; peer++)
		if (same_source(peer, like))
			return peer;
	return NULL;
}

static void copy_list(struct addr_list *to, const struct addr_list *from)
{
	size_t i;

	for (i = 0; i < from->n; i++)
		addr_list_add(to, &from->item[i]);
}

static void take_prefix(const struct addr *addr)
{
	struct addr_list *list;
	size_t i, j;

	for (i = 0; i < device.n; i++) {
		list = &device.peer[i].allowed;
		for (j = 0; j < list->n; j++)
			if (!addr_compare(&list->item[j], addr)) {
				list->item[j] = list->item[--list->n];
				addr_list_sort(list);
				j--;
			}
	}
}

static bool model_new(const struct peer *wanted, int flags)
{
	struct peer *peer = wanted->has_id ? by_id(wanted->id) :
					     by_name(wanted->name);
	struct addr_list none = { };
	__u32 id = wanted->id;
	size_t i;

	if (wanted->remote.byte[0] == MULTICAST)
		return false;
	if (peer && !(flags & NLM_F_REPLACE))
		return false;
	if (by_name(wanted->name) && by_name(wanted->name) != peer)
		return false;
	if (by_source(wanted) && by_source(wanted) != peer)
		return false;
	if (!peer) {
		if (!wanted->has_id)
			for (id = 1; by_id(id); id++)
				;
		peer = conf_add_peer(&device, 0);
	} else {
		id = peer->id;
	}
	for (i = 0; i < wanted->allowed.n; i++)
		take_prefix(&wanted->allowed.item[i]);
	peer_free(peer);
	*peer = *wanted;
	peer->id = id;
	peer->has_id = true;
	peer->allowed = none;
	peer->mac = none;
	copy_list(&peer->allowed, &wanted->allowed);
	copy_list(&peer->mac, &wanted->mac);
	return true;
}

static bool model_del(__u32 id)
{
	struct peer *peer = by_id(id);
	size_t i;

	if (!peer)
		return false;
	for (i = 0; i < device.n_rule; i++)
		if (device.rule[i].rule.has_peer && device.rule[i].rule.peer == id)
			return false;
	deleted++;
	peer_free(peer);
	*peer = device.peer[--device.n];
	return true;
}

static bool model_set(const struct peer_change *change)
{
	struct peer *peer = by_id(change->peer.id);

	if (!peer || change->unset != OVL_TUN_PEER_FIELD_NAME)
		return false;
	*peer->name = '\0';
	return true;
}

/* A request that was made, which does nothing until it is sent. */
static struct request {
	int cmd, flags;
	struct peer_change change;
	struct rule rule;
} request;

struct nl_msg *peer_request(int cmd, int flags, unsigned int ifindex,
			    const struct peer_change *change)
{
	CHECK(ifindex == 7);
	request.cmd = cmd;
	request.flags = flags;
	request.change = *change;
	return (struct nl_msg *)&request;
}

static bool send_peer(void)
{
	const struct peer *peer = &request.change.peer;
	size_t used = strlen(order);

	snprintf(order + used, sizeof(order) - used, "%c%u%s ",
		 request.cmd == OVL_TUN_CMD_PEER_DEL ? '-' :
		 request.cmd == OVL_TUN_CMD_PEER_SET ? '~' : '+',
		 peer->has_id ? peer->id : 0, peer->name);
	if (request.cmd == OVL_TUN_CMD_PEER_NEW &&
	    request.flags & NLM_F_CREATE)
		return model_new(peer, request.flags);
	if (request.cmd == OVL_TUN_CMD_PEER_DEL)
		return model_del(peer->id);
	return request.cmd == OVL_TUN_CMD_PEER_SET &&
	       model_set(&request.change);
}

static struct conf_rule *by_pref(const struct conf *conf, __u32 pref)
{
	size_t i;

	for (i = 0; i < conf->n_rule; i++)
		if (conf->rule[i].rule.pref == pref)
			return &conf->rule[i];
	return NULL;
}

/* The id of who a rule is for, 0 if there is nobody */
static __u32 rule_peer(const struct rule *rule)
{
	const struct peer *peer = *rule->peer_name ? by_name(rule->peer_name) :
						     by_id(rule->peer);

	return peer ? peer->id : 0;
}

static bool model_rule_new(const struct rule *wanted)
{
	struct conf_rule *rule = by_pref(&device, wanted->pref);

	if (wanted->has_peer && !rule_peer(wanted))
		return false;
	if (!rule)
		rule = conf_add_rule(&device, 0);
	rule->rule = *wanted;
	rule->rule.peer = wanted->has_peer ? rule_peer(wanted) : 0;
	rule->rule.has_id = wanted->has_peer;
	*rule->rule.peer_name = '\0';
	return true;
}

struct nl_msg *rule_request(int cmd, int flags, unsigned int ifindex,
			    const struct rule *wanted)
{
	CHECK(ifindex == 7);
	request.cmd = cmd;
	request.flags = flags;
	request.rule = *wanted;
	return (struct nl_msg *)&request;
}

static bool send_rule(void)
{
	struct conf_rule *rule = by_pref(&device, request.rule.pref);

	if (request.cmd == OVL_TUN_CMD_RULE_NEW &&
	    request.flags == (NLM_F_CREATE | NLM_F_REPLACE))
		return model_rule_new(&request.rule);
	if (request.cmd != OVL_TUN_CMD_RULE_DEL || !rule)
		return false;
	*rule = device.rule[--device.n_rule];
	return true;
}

enum status nl_try(struct nl_msg *req)
{
	bool taken = request.cmd == OVL_TUN_CMD_RULE_NEW ||
		     request.cmd == OVL_TUN_CMD_RULE_DEL ? send_rule() :
							   send_peer();

	CHECK(req == (struct nl_msg *)&request);
	requests++;
	refused += !taken;
	return taken ? STATUS_OK : STATUS_KERNEL;
}

enum status nl_change(struct nl_msg *req)
{
	return nl_try(req);
}

/* All that are in flight are done, then the queue knows of a refusal. */
enum status nl_queue_add(struct nl_queue *queue, struct nl_msg *req,
			 unsigned long tag)
{
	(void)tag;
	if (queue->n && queue->n == at_once)
		nl_queue_end(queue);
	if (queue->status)
		return queue->status;
	queue->n++;
	queue->used += nl_change(req) != STATUS_OK;
	return STATUS_OK;
}

enum status nl_queue_end(struct nl_queue *queue)
{
	if (queue->used)
		queue->status = STATUS_KERNEL;
	queue->n = 0;
	return queue->status;
}

enum status sync_options(const struct sync *sync)
{
	(void)sync;
	return STATUS_OK;
}

enum status sync_echo(const struct sync *sync)
{
	(void)sync;
	return STATUS_OK;
}

enum status sync_options_end(const struct sync *sync)
{
	(void)sync;
	return STATUS_OK;
}

enum status sync_vnis(const struct sync *sync)
{
	(void)sync;
	return STATUS_OK;
}

static int compare_ids(const void *a, const void *b)
{
	const struct peer *first = a, *second = b;

	return (first->id > second->id) - (first->id < second->id);
}

/* What the kernel would show */
static void snapshot(struct conf *conf)
{
	struct addr_list none = { };
	struct peer *peer;
	size_t i;

	memset(conf, 0, sizeof(*conf));
	for (i = 0; i < device.n; i++) {
		peer = conf_add_peer(conf, 0);
		*peer = device.peer[i];
		peer->allowed = none;
		peer->mac = none;
		copy_list(&peer->allowed, &device.peer[i].allowed);
		copy_list(&peer->mac, &device.peer[i].mac);
		addr_list_sort(&peer->allowed);
	}
	if (conf->n)
		qsort(conf->peer, conf->n, sizeof(*conf->peer), compare_ids);
	for (i = 0; i < device.n_rule; i++) {
		struct rule *rule = &conf_add_rule(conf, 0)->rule;

		*rule = device.rule[i].rule;
		if (rule->has_peer)
			memcpy(rule->peer_name, by_id(rule->peer)->name,
			       sizeof(rule->peer_name));
	}
}

static enum status try_sync(struct conf *want, bool add, bool all)
{
	struct conf have;
	struct sync sync = {
		.ifindex = 7, .vni = OWN_VNI, .name = "F", .want = want,
		.have = &have, .add = add, .all = all,
	};
	enum status status;

	requests = 0;
	refused = 0;
	deleted = 0;
	*order = '\0';
	snapshot(&have);
	status = sync_run(&sync);
	conf_free(&have);
	return status;
}

static void run_sync(struct conf *want, bool add, bool all)
{
	CHECK(try_sync(want, add, all) == STATUS_OK);
}

static void run(struct conf *want, bool all)
{
	run_sync(want, false, all);
}

static void parse(const char *text, struct conf *conf)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");
	char error[256];

	if (!file || !conf_read(file, "F", conf, error, sizeof(error))) {
		printf("Bail out! %s\n", error);
		exit(1);
	}
	fclose(file);
}

static void load(const char *text)
{
	struct conf conf;

	conf_free(&device);
	parse(text, &conf);
	run(&conf, true);
	CHECK(!refused, "%s", order);
	conf_free(&conf);
}

/* syncconf to @text sends @want */
static void sends(const char *text, const char *want)
{
	struct conf conf;

	parse(text, &conf);
	run(&conf, false);
	CHECK(!refused, "refused: %s", order);
	CHECK(!strcmp(order, want), "%s, not %s", order, want);
	conf_free(&conf);
}

/* addconf of @text sends @want */
static void adds(const char *text, const char *want)
{
	struct conf conf;

	parse(text, &conf);
	run_sync(&conf, true, true);
	CHECK(!refused, "refused: %s", order);
	CHECK(!strcmp(order, want), "%s, not %s", order, want);
	conf_free(&conf);
}

#define A	"[Peer]\nName=a\nRemote=1.0.0.1\n"
#define B	"[Peer]\nName=b\nRemote=1.0.0.2\n"
#define C	"[Peer]\nName=c\nRemote=1.0.0.3\n"

static void test_less(void)
{
	load(A "Allowed=10.0.0.0/8,::/0\n" B C);
	sends(C A "Allowed=::/0\nAllowed=10.1.2.3/8\n" B, "");
	sends(A "Allowed=10.0.0.0/8,::/0\n" B "TTL=3\n" C, "+0b ");
	sends(A "Allowed=10.0.0.0/8\n" B "TTL=3\nAllowed=::/0\n" C, "+0a +0b ");
	sends(A C, "-2 +0a ");
	sends(A B, "-3 +0b ");
	sends("[Peer]\nId=1\nName=a\nRemote=1.0.0.1\n" B, "");
}

static void test_order(void)
{
	/* a name and a remote that another peer leaves, by going */
	load(A B);
	sends("[Peer]\nName=x\nRemote=1.0.0.1\n" B, "-1 +0x ");
	/* ids that swap their names */
	load(A B);
	sends("[Peer]\nId=1\nName=b\nRemote=1.0.0.1\n"
	      "[Peer]\nId=2\nName=a\nRemote=1.0.0.2\n",
	      "~2 ~1 +1b +2a ");
	/* a remote that moves on, and one that goes round */
	load(A B);
	sends("[Peer]\nName=a\nRemote=1.0.0.2\n"
	      "[Peer]\nName=b\nRemote=1.0.0.3\n", "+0b +0a ");
	sends("[Peer]\nName=a\nRemote=1.0.0.3\n"
	      "[Peer]\nName=b\nRemote=1.0.0.2\n", "-1 +0b +1a ");
	/* ids that are given come before ids that are taken */
	load("");
	sends(A "[Peer]\nId=1\nRemote=1.0.0.9\n", "+1 +0a ");
	/* without a VNI of its own a peer has the device's */
	load(A "[Peer]\nName=b\nRemote=1.0.0.2\nRxVNI=1\n");
	sends("[Peer]\nName=a\nRemote=1.0.0.2\n"
	      "[Peer]\nName=b\nRemote=1.0.0.1\n", "-1 +0b +1a ");
	/* MAC addresses, but for the first, in any order */
	load(A "MAC=2:0:0:0:0:9,2:0:0:0:0:1,2:0:0:0:0:2,2:0:0:0:0:9\n");
	sends(A "MAC=2:0:0:0:0:9,2:0:0:0:0:2,2:0:0:0:0:1\n", "");
	sends(A "MAC=2:0:0:0:0:1,2:0:0:0:0:2,2:0:0:0:0:9\n", "+0a ");
	/* a name that becomes another peer's */
	load(A);
	sends("[Peer]\nName=a\nRemote=1.0.0.5\n[Peer]\nId=1\nRemote=1.0.0.1\n",
	      "~1 +1 +0a ");
}

static void test_add(void)
{
	/* a remote that moves on, and one that goes round; b is in no file */
	load(A B C);
	adds("[Peer]\nName=a\nRemote=1.0.0.3\n"
	     "[Peer]\nName=c\nRemote=1.0.0.4\n", "+0c +0a ");
	adds("[Peer]\nName=a\nRemote=1.0.0.4\n"
	     "[Peer]\nName=c\nRemote=1.0.0.3\n", "-1 +0c +1a ");
	adds("[Peer]\nId=1\nName=c\nRemote=1.0.0.4\n"
	     "[Peer]\nId=3\nName=a\nRemote=1.0.0.3\n", "~3 ~1 +1c +3a ");
	CHECK(device.n == 3 && by_name("b"));
	/* a rule for who makes way comes back, whatever the file says of rules */
	adds("[Rule]\nPref=5\nMatch=peer 1\nAction=drop\n", "");
	adds("[Device]\n[Peer]\nId=1\nName=c\nRemote=1.0.0.3\n"
	     "[Peer]\nId=3\nName=a\nRemote=1.0.0.4\n", "-1 +3a +1c ");
	CHECK(device.n_rule == 1 && device.rule[0].rule.peer == 1);
}

/* @text is refused, by addconf or syncconf, in part. */
static void refuses(const char *text, bool add)
{
	struct conf conf;

	parse(text, &conf);
	CHECK(try_sync(&conf, add, add) == STATUS_KERNEL, "%s", order);
	conf_free(&conf);
}

/* Rule 5 is there, and for this peer. */
static bool rule_of(__u32 peer)
{
	const struct conf_rule *rule = by_pref(&device, 5);

	return rule && rule->rule.has_peer && rule->rule.peer == peer &&
	       by_id(peer);
}

#define BAD	"[Peer]\nName=bad\nRemote=224.0.0.1\n"
#define A2	"[Peer]\nName=a\nRemote=1.0.0.2\n"
#define B1	"[Peer]\nName=b\nRemote=1.0.0.1\n"
#define RULE	"[Rule]\nPref=5\nMatch=peer a\nAction=drop\n"

/* A rule that makes way with its peer is there again whatever is refused. */
static void test_rule_stays(void)
{
	/* a peer that gets another name meanwhile, which another had */
	load("[Device]\n" A B RULE);
	adds("[Peer]\nId=1\nName=b\nRemote=1.0.0.2\n"
	     "[Peer]\nId=2\nName=a\nRemote=1.0.0.1\n", "~2 ~1 -1 +2a +1b ");
	CHECK(rule_of(1));
	load("[Device]\n" A B RULE);
	adds("[Peer]\nId=1\nName=x\nRemote=1.0.0.2\n" B1, "-1 +0b +1x ");
	CHECK(rule_of(1));
	/* another peer is refused; what is in the file, and what isn't */
	load("[Device]\n" A B RULE);
	refuses(A2 B1 BAD, true);
	CHECK(rule_of(1), "%s", order);
	load("[Device]\n" A B RULE);
	refuses(A2 B1 BAD, false);
	CHECK(rule_of(1), "%s", order);
	load("[Device]\n" A B RULE);
	refuses("[Device]\n" A2 B1 BAD RULE, false);
	CHECK(rule_of(1), "%s", order);
	/* a rule is: that of the file comes before */
	load("[Device]\n" A B RULE);
	refuses(A2 B1 "[Rule]\nPref=4\nMatch=peer nix\nAction=drop\n" RULE, true);
	CHECK(rule_of(1), "%s", order);
	/* one for everybody that takes its place is not undone */
	load("[Device]\n" A B RULE);
	refuses(A2 B1 BAD "[Rule]\nPref=5\nAction=drop\n", true);
	CHECK(device.n_rule == 1 && !by_pref(&device, 5)->rule.has_peer);
}

/* A random file, of which the kernel would take all */
static void random_conf(struct conf *conf)
{
	unsigned int owner[N_PREFIXES], i, j, n = tap_random(7);
	static const char text[] = "[Peer]\nId=1\nRemote=1.0.0.1\n";
	struct peer *peer, *other;
	struct addr addr;

	parse(text, conf);
	conf_free(conf);
	for (i = 0; i < N_PREFIXES; i++)
		owner[i] = tap_random(8);
	for (i = 0; i < n; i++) {
		peer = conf_add_peer(conf, i + 1);
again:
		memset(peer, 0, sizeof(*peer));
		peer->has_id = tap_random(2);
		if (peer->has_id)
			peer->id = 1 + tap_random(MAX_PEERS);
		if (!peer->has_id || tap_random(2))
			peer->name[0] = 'a' + tap_random(8);
		addr_set(&peer->remote, "\1\0\0\0", 4, 32);
		peer->remote.byte[3] = tap_random(4);
		if (tap_random(2)) {
			peer->has |= OVL_TUN_PEER_FIELD_RX_VNI;
			peer->value[PEER_RX_VNI] = tap_random(2);
		}
		for (other = conf->peer; other < peer; other++)
			if ((*peer->name && !strcmp(peer->name, other->name)) ||
			    (peer->has_id && other->has_id &&
			     peer->id == other->id) ||
			    same_source(peer, other))
				goto again;
		for (j = 0; j < N_PREFIXES; j++) {
			if (owner[j] != i)
				continue;
			addr_set(&addr, "\12\0\0\0", 4, 32);
			addr.byte[3] = j;
			addr_list_add(&peer->allowed, &addr);
		}
	}
}

static bool conflicts(const struct peer *a, const struct peer *b)
{
	return (*a->name && !strcmp(a->name, b->name)) || same_source(a, b);
}

/* What is in no file stays as it is, but for prefixes that move. */
static void test_random_add(void)
{
	unsigned int i, j, k, stayed = 0, added = 0;
	struct conf want, have;
	struct peer *peer;
	bool good;

	conf_free(&device);
	for (i = 0; i < 50000; i++) {
		random_conf(&want);
		snapshot(&have);
		for (j = 0, good = true; j < have.n; j++) {
			peer = &have.peer[j];
			for (k = 0; k < want.n; k++)
				if (want.peer[k].has_id ?
				    want.peer[k].id == peer->id :
				    !strcmp(want.peer[k].name, peer->name))
					break;
			if (k < want.n)
				continue;
			for (k = 0; k < want.n; k++)
				good &= !conflicts(peer, &want.peer[k]);
			peer->implicit = true;	/* stays */
		}
		if (!good || have.n > MAX_PEERS) {
			/* the kernel would refuse some of it */
			run(&want, true);
			conf_free(&want);
			conf_free(&have);
			continue;
		}
		run_sync(&want, true, true);
		CHECK(!refused, "%u: %s", i, order);
		for (j = 0; j < want.n; j++, added++) {
			peer = want.peer[j].has_id ? by_id(want.peer[j].id) :
						     by_name(want.peer[j].name);
			if (peer)
				peer_sort(peer);
			CHECK(peer && peer_equal(peer, &want.peer[j]), "%u: %u",
			      i, j);
		}
		for (j = 0; j < have.n; j++) {
			if (!have.peer[j].implicit)
				continue;
			peer = by_id(have.peer[j].id);
			CHECK(peer && !strcmp(peer->name, have.peer[j].name) &&
			      same_source(peer, &have.peer[j]), "%u: %u", i, j);
			stayed++;
		}
		conf_free(&want);
		conf_free(&have);
	}
	CHECK(added > 10000 && stayed > 10000, "%u added, %u stayed", added,
	      stayed);
}

static void random_rules(struct conf *conf)
{
	const struct peer *peer;
	struct rule *rule;
	__u32 pref;

	conf->has_device = true;
	for (pref = 1; pref < 5; pref++) {
		if (tap_random(3))
			continue;
		rule = &conf_add_rule(conf, pref)->rule;
		rule->pref = pref;
		rule->action = 1 + tap_random(2);
		if (!conf->n || !tap_random(4))
			continue;
		rule->has_peer = true;
		peer = &conf->peer[tap_random(conf->n)];
		if (peer->has_id && (!*peer->name || tap_random(2))) {
			rule->has_id = true;
			rule->peer = peer->id;
		} else {
			memcpy(rule->peer_name, peer->name,
			       sizeof(rule->peer_name));
		}
	}
}

static void check_rules(const struct conf *want, unsigned int round)
{
	const struct rule *rule;
	struct conf_rule *got;
	size_t i;

	CHECK(device.n_rule == want->n_rule, "%u: %zu rules of %zu", round,
	      device.n_rule, want->n_rule);
	for (i = 0; i < want->n_rule; i++) {
		rule = &want->rule[i].rule;
		got = by_pref(&device, rule->pref);
		CHECK(got && got->rule.action == rule->action &&
		      got->rule.has_peer == rule->has_peer &&
		      (!rule->has_peer ||
		       got->rule.peer == rule_peer(rule)),
		      "%u: rule %u", round, rule->pref);
	}
}

/* From any state to any other: nothing is refused, it is what was wanted. */
static void test_random(void)
{
	unsigned int i, j, most = 0;
	struct conf want;
	struct peer *got;

	conf_free(&device);
	for (i = 0; i < 50000; i++) {
		random_conf(&want);
		random_rules(&want);
		run(&want, i % 5 == 0);
		check_rules(&want, i);
		CHECK(!refused, "%u: %s", i, order);
		CHECK(device.n == want.n, "%u: %zu of %zu", i, device.n, want.n);
		if (requests > most)
			most = requests;
		for (j = 0; j < want.n; j++) {
			got = want.peer[j].has_id ? by_id(want.peer[j].id) :
						    by_name(want.peer[j].name);
			if (!got) {
				CHECK(false, "%u: %u is missing", i, j);
				continue;
			}
			addr_list_sort(&got->allowed);
			CHECK(peer_equal(got, &want.peer[j]), "%u: %u", i, j);
		}
		run(&want, false);
		CHECK(!requests, "%u: again %s", i, order);
		conf_free(&want);
	}
	CHECK(most > 8, "at most %u requests", most);
}

/* So is the peer, but for one whose place was taken. */
static void test_peer_stays(void)
{
	static const char text[] =
		"[Peer]\nName=bad\nRemote=224.0.0.1\n" A2 B1 C;
	struct conf have, want;
	unsigned int i, kept = 0;
	struct rule *rule;
	size_t j;

	/* one of those that swap is refused: the name is another's */
	load("[Device]\n" A B C RULE);
	refuses("[Peer]\nId=1\nName=a\nRemote=1.0.0.2\n"
		"[Peer]\nId=2\nName=c\nRemote=1.0.0.1\n", true);
	CHECK(rule_of(1), "%s", order);
	/* the queue ends between the steps */
	for (at_once = 1; at_once < 6; at_once++) {
		load("[Device]\n" A B RULE);
		refuses(text, true);
		CHECK(rule_of(1), "%u: %s", at_once, order);
		load("[Device]\n" A B RULE);
		refuses(A2 B1 BAD, true);
		CHECK(rule_of(1), "%u: %s", at_once, order);
	}
	for (i = 0; i < 20000; i++) {
		at_once = 0;
		random_conf(&want);
		random_rules(&want);
		run(&want, false);
		conf_free(&want);
		snapshot(&have);
		random_conf(&want);
		for (j = 0; j < want.n; j++)
			if (!tap_random(4))
				want.peer[j].remote.byte[0] = MULTICAST;
		at_once = tap_random(8);
		try_sync(&want, true, true);
		for (j = 0; j < have.n_rule; j++) {
			rule = &have.rule[j].rule;
			if (by_pref(&device, rule->pref)) {
				kept++;
				continue;
			}
			CHECK(rule->has_peer && !by_id(rule->peer), "%u: %s", i,
			      order);
		}
		conf_free(&want);
		conf_free(&have);
	}
	at_once = 0;
	CHECK(kept > 10000, "%u kept", kept);
}

int main(void)
{
	/* Thousands of refusals; what the sanitizers say goes to descriptor 2. */
	stderr = fopen("/dev/null", "w");
	tap_test("only what differs is sent", test_less);
	tap_test("in an order that the kernel takes", test_order);
	tap_test("50000 random changes", test_random);
	tap_test("adding only", test_add);
	tap_test("50000 random additions", test_random_add);
	tap_test("a rule outlives a refusal", test_rule_stays);
	tap_test("and so does its peer", test_peer_stays);
	conf_free(&device);
	return tap_end();
}
