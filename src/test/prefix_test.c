// SPDX-License-Identifier: GPL-2.0
/* Inner prefixes, src/prefix.c: longest match, while they come and go. */

#include <linux/in.h>
#include <linux/kthread.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>

#include "../prefix.h"
#include "test.h"

#define PEERS		7
#define PREFIXES	10000

/* The table looks at no peer: any address does for one. */
static char peers[PEERS];
static struct list_head lists[PEERS];
static struct ovl_prefixes table;

static struct ovl_peer *peer(unsigned int i)
{
	return (struct ovl_peer *)&peers[i];
}

static int prefix_init(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < PEERS; i++)
		INIT_LIST_HEAD(&lists[i]);
	return 0;
}

static void prefix_exit(struct kunit *test)
{
	ovl_prefixes_free(&table);
}

/* Give a prefix to a peer. Returns who has had it. */
static struct ovl_peer *give_key(struct kunit *test, unsigned int i,
				 const struct ovl_prefix_key *key)
{
	struct ovl_peer *old;
	LIST_HEAD(pool);

	KUNIT_EXPECT_EQ(test, ovl_prefix_pool(&pool, 1), 0);
	rtnl_lock();
	old = ovl_prefix_insert(&table, &pool, key, peer(i), &lists[i]);
	rtnl_unlock();
	ovl_prefix_pool_free(&pool);
	return old;
}

static bool take_key(const struct ovl_prefix_key *key)
{
	struct ovl_prefix *node;

	rtnl_lock();
	node = ovl_prefix_find(&table, key);
	if (node)
		ovl_prefix_remove(&table, node);
	rtnl_unlock();
	return node;
}

static void key4(struct ovl_prefix_key *key, u32 addr, unsigned int len)
{
	__be32 be = htonl(addr);

	ovl_prefix_key_set(key, AF_INET, &be, len);
}

static struct ovl_peer *give4(struct kunit *test, unsigned int i, u32 addr,
			      unsigned int len)
{
	struct ovl_prefix_key key;

	key4(&key, addr, len);
	return give_key(test, i, &key);
}

static bool take4(u32 addr, unsigned int len)
{
	struct ovl_prefix_key key;

	key4(&key, addr, len);
	return take_key(&key);
}

static struct ovl_peer *find4(u32 addr)
{
	__be32 be = htonl(addr);
	struct ovl_peer *found;

	rcu_read_lock();
	found = ovl_prefix_lookup(&table, AF_INET, &be, NULL);
	rcu_read_unlock();
	return found;
}

static struct ovl_peer *find6(const struct in6_addr *addr)
{
	struct ovl_peer *found;

	rcu_read_lock();
	found = ovl_prefix_lookup(&table, AF_INET6, addr, NULL);
	rcu_read_unlock();
	return found;
}

static void prefix_key(struct kunit *test)
{
	struct in6_addr all = { .s6_addr = { [0 ... 15] = 0xff } }, got;
	struct ovl_prefix_key key;
	unsigned int len, bit;
	__be32 four;

	for (len = 0; len <= 128; len++) {
		ovl_prefix_key_set(&key, AF_INET6, &all, len);
		ovl_prefix_addr(&key, &got);
		KUNIT_EXPECT_EQ(test, key.len, len);
		for (bit = 0; bit < 128; bit++)
			KUNIT_EXPECT_EQ_MSG(test,
					    got.s6_addr[bit / 8] >> (7 - bit % 8) & 1,
					    bit < len, "bit %u of /%u", bit, len);
		if (len > 32)
			continue;
		key4(&key, 0xffffffff, len);
		ovl_prefix_addr(&key, &four);
		KUNIT_EXPECT_EQ_MSG(test, ntohl(four),
				    len ? 0xffffffff << (32 - len) : 0, "/%u", len);
	}
}

static void prefix_longest4(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a010203), NULL);
	give4(test, 0, 0, 0);
	give4(test, 1, 0x0a000000, 8);
	give4(test, 2, 0x0a010000, 16);
	give4(test, 3, 0x0a010203, 32);
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a010203), peer(3));
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a010202), peer(2));
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a020203), peer(1));
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0b010203), peer(0));
	KUNIT_EXPECT_PTR_EQ(test, find4(0), peer(0));
	KUNIT_EXPECT_PTR_EQ(test, find4(0xffffffff), peer(0));

	/* Without the longer one it is the shorter one's again. */
	KUNIT_EXPECT_TRUE(test, take4(0x0a010203, 32));
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a010203), peer(2));
	KUNIT_EXPECT_TRUE(test, take4(0x0a000000, 8));
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a010203), peer(2));
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a020203), peer(0));
	KUNIT_EXPECT_FALSE_MSG(test, take4(0x0a000000, 8), "it has gone");
	KUNIT_EXPECT_FALSE_MSG(test, take4(0x0a010000, 15), "it never was");
	KUNIT_EXPECT_TRUE(test, take4(0, 0));
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0b010203), NULL);
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a010203), peer(2));
	KUNIT_EXPECT_TRUE(test, take4(0x0a010000, 16));
	KUNIT_EXPECT_PTR_EQ(test, rcu_access_pointer(table.root[0]), NULL);
}

static void prefix_longest6(struct kunit *test)
{
	struct in6_addr a = { .s6_addr = { 0xfd, 0, [7] = 1, [15] = 2 } };
	static const u8 lens[] = { 0, 64, 127, 128 };
	struct ovl_prefix_key key;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		ovl_prefix_key_set(&key, AF_INET6, &a, lens[i]);
		KUNIT_EXPECT_PTR_EQ(test, give_key(test, i, &key), NULL);
		KUNIT_EXPECT_PTR_EQ(test, find6(&a), peer(i));
	}
	KUNIT_EXPECT_PTR_EQ_MSG(test, find4(0), NULL, "of the other family");
	a.s6_addr[15] = 3;
	KUNIT_EXPECT_PTR_EQ(test, find6(&a), peer(2));
	a.s6_addr[15] = 4;
	KUNIT_EXPECT_PTR_EQ(test, find6(&a), peer(1));
	a.s6_addr[7] = 0;
	KUNIT_EXPECT_PTR_EQ(test, find6(&a), peer(0));
	a.s6_addr[7] = 1;
	a.s6_addr[15] = 2;
	for (i = ARRAY_SIZE(lens); i--;) {
		KUNIT_EXPECT_PTR_EQ(test, find6(&a), peer(i));
		ovl_prefix_key_set(&key, AF_INET6, &a, lens[i]);
		KUNIT_EXPECT_TRUE(test, take_key(&key));
	}
	KUNIT_EXPECT_PTR_EQ(test, find6(&a), NULL);
}

/* Prefixes of each length: an address whose bit is another belongs to the one
 * that ends there.
 */
static void prefix_every_length(struct kunit *test)
{
	struct in6_addr a = { .s6_addr = { 0x20, 1, 0xd, 0xb8, [12] = 0xa5, 0x5a } };
	const struct ovl_prefix_key *matched;
	struct ovl_prefix_key key;
	int len, bit;

	for (len = 0; len <= 128; len += 1 + len % 3) {
		ovl_prefix_key_set(&key, AF_INET6, &a, len);
		give_key(test, len % PEERS, &key);
	}
	for (bit = 0; bit <= 128; bit++) {
		struct in6_addr other = a;
		struct ovl_peer *found;
		int want = -1;

		if (bit < 128)
			other.s6_addr[bit / 8] ^= 0x80 >> bit % 8;
		for (len = 0; len <= bit; len += 1 + len % 3)
			want = len;
		rcu_read_lock();
		matched = NULL;
		found = ovl_prefix_lookup(&table, AF_INET6, &other, &matched);
		KUNIT_EXPECT_PTR_EQ_MSG(test, found, peer(want % PEERS),
					"bit %d", bit);
		KUNIT_EXPECT_TRUE_MSG(test, matched && matched->len == want,
				      "bit %d", bit);
		rcu_read_unlock();
	}
}

/* A prefix that another peer is given moves from list to list. */
static void prefix_takeover(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, give4(test, 0, 0x0a000000, 8), NULL);
	KUNIT_EXPECT_PTR_EQ(test, give4(test, 1, 0x0a123456, 8), peer(0));
	KUNIT_EXPECT_TRUE(test, list_empty(&lists[0]));
	KUNIT_EXPECT_TRUE(test, list_is_singular(&lists[1]));
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a000001), peer(1));

	/* Where two branch off there is a node that is nobody's, until it is. */
	KUNIT_EXPECT_PTR_EQ(test, give4(test, 2, 0x0a800000, 9), NULL);
	KUNIT_EXPECT_PTR_EQ(test, give4(test, 3, 0x0a010000, 16), NULL);
	KUNIT_EXPECT_PTR_EQ(test, give4(test, 4, 0x0a020000, 16), NULL);
	KUNIT_EXPECT_FALSE_MSG(test, take4(0x0a000000, 14), "nobody's");
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a030000), peer(1));
	KUNIT_EXPECT_PTR_EQ(test, give4(test, 5, 0x0a000000, 14), NULL);
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a030000), peer(5));
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a020000), peer(4));
	KUNIT_EXPECT_TRUE(test, take4(0x0a000000, 14));
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a030000), peer(1));
	KUNIT_EXPECT_PTR_EQ(test, find4(0x0a010000), peer(3));
}

/* How many nodes there are, and whether each is where it belongs. */
static unsigned int count_nodes(struct kunit *test)
{
	unsigned int n = 0, forks = 0, strays = 0, root, i;
	struct ovl_prefix *node, *child[2];

	rtnl_lock();
	for (root = 0; root < 2; root++) {
		node = rtnl_dereference(table.root[root]);
		while (node) {
			struct ovl_prefix *next;

			for (i = 0; i < 2; i++)
				child[i] = rtnl_dereference(node->child[i]);
			n++;
			/* Nobody's prefix is there to fork only. */
			forks += !rtnl_dereference(node->peer) &&
				 !(child[0] && child[1]);
			next = child[0] ?: child[1];
			if (next) {
				strays += next->parent != node ||
					  next->key.len <= node->key.len;
				node = next;
				continue;
			}
			/* Up to where there is a second child to go to. */
			while (node) {
				struct ovl_prefix *up = node->parent;

				next = up ? rtnl_dereference(up->child[1]) : NULL;
				if (next && next != node)
					break;
				node = up;
				next = NULL;
			}
			node = next;
		}
	}
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, forks, 0);
	KUNIT_EXPECT_EQ(test, strays, 0);
	return n;
}

struct known {
	struct ovl_prefix_key key;
	struct ovl_peer *peer;	/* NULL: it isn't in the table */
};

/* Few different bits, so that prefixes are in others and many are the same. */
static void random_addr(struct in6_addr *addr, sa_family_t *family)
{
	static const u8 bits[] = { 0x00, 0x01, 0x80, 0xff };
	unsigned int i;

	*family = ovl_test_random(2) ? AF_INET : AF_INET6;
	for (i = 0; i < sizeof(addr->s6_addr); i++)
		addr->s6_addr[i] = ovl_test_random(8) ? bits[ovl_test_random(4)] :
							ovl_test_random(256);
}

static struct known *known_find(struct known *all, unsigned int n,
				const struct ovl_prefix_key *key)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (all[i].key.word[0] == key->word[0] &&
		    all[i].key.len == key->len &&
		    all[i].key.family == key->family &&
		    !memcmp(all[i].key.word, key->word, sizeof(key->word)))
			return &all[i];
	return NULL;
}

/* Longest match, one prefix after the other and bit by bit. */
static struct ovl_peer *known_match(const struct known *all, unsigned int n,
				    const struct in6_addr *addr,
				    sa_family_t family)
{
	struct ovl_peer *found = NULL;
	int longest = -1;
	unsigned int i;

	for (i = 0; i < n; i++) {
		const struct ovl_prefix_key *key = &all[i].key;
		struct in6_addr own = {};
		int bit;

		if (!all[i].peer || key->family != family || key->len <= longest)
			continue;
		ovl_prefix_addr(key, &own);
		for (bit = 0; bit < key->len; bit++)
			if ((own.s6_addr[bit / 8] ^ addr->s6_addr[bit / 8]) &
			    0x80 >> bit % 8)
				break;
		if (bit < key->len)
			continue;
		longest = key->len;
		found = all[i].peer;
	}
	return found;
}

static void compare(struct kunit *test, const struct known *all, unsigned int n)
{
	struct ovl_peer *found;
	struct in6_addr addr;
	sa_family_t family;

	random_addr(&addr, &family);
	rcu_read_lock();
	found = ovl_prefix_lookup(&table, family, &addr, NULL);
	rcu_read_unlock();
	KUNIT_EXPECT_PTR_EQ(test, found, known_match(all, n, &addr, family));
}

/* 10,000 come in any order, some of them again; then all of them go. */
static void prefix_random(struct kunit *test)
{
	struct known *all = kunit_kcalloc(test, PREFIXES, sizeof(*all), GFP_KERNEL);
	unsigned int n = 0, in = 0, again = 0, i, who, nodes;
	struct ovl_peer *old;

	while (n < PREFIXES && !ovl_test_failed(test)) {
		struct ovl_prefix_key key;
		struct in6_addr addr;
		sa_family_t family;
		struct known *had;

		random_addr(&addr, &family);
		ovl_prefix_key_set(&key, family, &addr,
				   ovl_test_random(family == AF_INET ? 33 : 129));
		who = ovl_test_random(PEERS);
		had = known_find(all, n, &key);
		old = give_key(test, who, &key);
		KUNIT_EXPECT_PTR_EQ(test, old, had ? had->peer : NULL);
		if (had) {
			had->peer = peer(who);
			again++;
			if (again > PREFIXES)
				break;
		} else {
			all[n].key = key;
			all[n++].peer = peer(who);
		}
		if (n % 16 == 0)
			compare(test, all, n);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, n, PREFIXES);
	KUNIT_EXPECT_GT(test, again, 100);
	nodes = count_nodes(test);
	KUNIT_EXPECT_GE(test, nodes, n);
	KUNIT_EXPECT_LT(test, nodes, 2 * n);

	in = n;
	while (in && !ovl_test_failed(test)) {
		i = ovl_test_random(n);
		while (!all[i].peer)
			i = (i + 1) % n;
		KUNIT_EXPECT_TRUE(test, take_key(&all[i].key));
		all[i].peer = NULL;
		if (--in % 16 == 0)
			compare(test, all, n);
		if (in == n / 2) {
			nodes = count_nodes(test);
			KUNIT_EXPECT_GE(test, nodes, in);
			KUNIT_EXPECT_LT(test, nodes, 2 * in);
		}
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, count_nodes(test), 0);
	for (i = 0; i < PEERS; i++)
		KUNIT_EXPECT_TRUE(test, list_empty(&lists[i]));
}

/* 10/8 is there all the time: whoever reads finds it, or what is longer. */
static int reader(void *arg)
{
	unsigned long *wrong = arg;

	while (!kthread_should_stop()) {
		struct ovl_peer *found = find4(0x0a010200 | ovl_test_random(256));

		if (found < peer(0) || found > peer(PEERS - 1))
			++*wrong;
		cond_resched();
	}
	return 0;
}

static void prefix_readers(struct kunit *test)
{
	struct task_struct *task[2];
	unsigned long wrong[2] = {};
	unsigned int i, len;
	u32 addr;

	give4(test, 0, 0x0a000000, 8);
	for (i = 0; i < 2; i++) {
		task[i] = kthread_run(reader, &wrong[i], "ovl-reader");
		KUNIT_ASSERT_FALSE(test, IS_ERR(task[i]));
	}
	for (i = 0; i < 20000; i++) {
		addr = 0x0a010200 | ovl_test_random(256);
		len = 9 + ovl_test_random(24);
		if (ovl_test_random(2))
			give4(test, 1 + ovl_test_random(PEERS - 1), addr, len);
		else
			take4(addr, len);
		cond_resched();
	}
	for (i = 0; i < 2; i++) {
		kthread_stop(task[i]);
		KUNIT_EXPECT_EQ(test, wrong[i], 0);
	}
}

static struct kunit_case prefix_cases[] = {
	KUNIT_CASE(prefix_key),
	KUNIT_CASE(prefix_longest4),
	KUNIT_CASE(prefix_longest6),
	KUNIT_CASE(prefix_every_length),
	KUNIT_CASE(prefix_takeover),
	KUNIT_CASE_SLOW(prefix_random),
	KUNIT_CASE_SLOW(prefix_readers),
	{}
};

static struct kunit_suite prefix_suite = {
	.name = "ovl_tun_prefix",
	.init = prefix_init,
	.exit = prefix_exit,
	.test_cases = prefix_cases,
};

kunit_test_suite(prefix_suite);
