/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit suites share.
 *
 * Those of files that need no kernel are built in user space, too, where
 * AddressSanitizer and UBSan watch them: selftests/unit has a <kunit/test.h> of
 * its own.
 */
#ifndef _OVL_TUN_TEST_H
#define _OVL_TUN_TEST_H

#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

/* Whether there is a complaint already: each of a thousand more takes its time. */
static inline bool ovl_test_failed(const struct kunit *test)
{
#ifdef __KERNEL__
	return READ_ONCE(test->status) == KUNIT_FAILURE;
#else
	return test->complaints;
#endif
}

/* Rounds of a random test: KASAN makes each of them slow. */
#ifdef __KERNEL__
#include <linux/limits.h>
#define OVL_TEST_ROUNDS(n)	((n) / 10)
#else
#include <limits.h>
#define OVL_TEST_ROUNDS(n)	(n)
#endif

/* xorshift64*: the same numbers everywhere */
static inline unsigned int ovl_test_random(unsigned int below)
{
	static unsigned long long seed = 88172645463325252ULL;

	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (unsigned int)(seed * 2685821657736338717ULL >> 32) % below;
}

#endif /* _OVL_TUN_TEST_H */
