// SPDX-License-Identifier: GPL-2.0
/* Whom packets are from, src/source.h: the hash. */

#include <linux/slab.h>

#include "../source.h"
#include "test.h"

#define SECRETS		1000
#define PLACES		1024

/* Where rhashtable has more in one place it takes no more meanwhile. */
#define MOST		16

static __be32 node4(unsigned int i)
{
	return htonl(10 << 24 | i / 250 << 8 | (i % 250 + 1));
}

/* As many keys as places, in the numbers that people give: VNIs of @nodes nodes */
static unsigned int longest(u8 *count, unsigned int places, unsigned int nodes,
			    u64 secret, u32 seed)
{
	unsigned int i, most = 0;
	u32 hash;

	memset(count, 0, places);
	for (i = 0; i < places; i++) {
		hash = ovl_source_hash4(100 + i / nodes, node4(i % nodes),
					secret, seed);
		most = max_t(unsigned int, most, ++count[hash % places]);
	}
	return most;
}

static void source_hash(struct kunit *test)
{
	static const unsigned int nodes[] = { 1, 16, PLACES };
	unsigned int i, j, places;
	u8 *count;
	u64 secret;

	count = kunit_kzalloc(test, PLACES, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, count);
	for (i = 0; i < SECRETS; i++) {
		secret = (u64)ovl_test_random(U32_MAX) << 32 |
			 ovl_test_random(U32_MAX) | 1;
		for (j = 0; j < ARRAY_SIZE(nodes); j++)
			for (places = 64; places <= PLACES; places *= 4)
				KUNIT_EXPECT_LE_MSG(test,
						    longest(count, places,
							    nodes[j], secret, i),
						    MOST,
						    "secret %llx, %u nodes, %u places",
						    secret, nodes[j], places);
		cond_resched();
	}
}

static struct kunit_case source_cases[] = {
	KUNIT_CASE(source_hash),
	{}
};

static struct kunit_suite source_suite = {
	.name = "ovl_tun_source",
	.test_cases = source_cases,
};

kunit_test_suite(source_suite);
