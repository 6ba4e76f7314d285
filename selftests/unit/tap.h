/* SPDX-License-Identifier: GPL-2.0 */
/* TAP for programs in C: a test is a function, a point is a test. */
#ifndef _OVL_TUN_TAP_H
#define _OVL_TUN_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned int tap_points, tap_failed, tap_complaints;

/* Fails the test that runs. It goes on: the first complaints are printed. */
#define CHECK(what, ...) do {						\
	if (!(what) && ++tap_complaints <= 5) {				\
		printf("# %s:%d: %s", __FILE__, __LINE__, #what);	\
		printf(" " __VA_ARGS__);				\
		putchar('\n');						\
	}								\
} while (0)

static inline void tap_test(const char *name, void (*test)(void))
{
	tap_complaints = 0;
	test();
	if (tap_complaints)
		tap_failed++;
	printf("%s %u - %s\n", tap_complaints ? "not ok" : "ok", ++tap_points,
	       name);
	fflush(stdout);
}

/* At the end of main(): the plan, and the exit status. */
static inline int tap_end(void)
{
	printf("1..%u\n", tap_points);
	return tap_failed != 0;
}

/* xorshift64*: the same numbers everywhere */
static unsigned long long tap_seed = 88172645463325252ULL;

static inline unsigned int tap_random(unsigned int below)
{
	tap_seed ^= tap_seed >> 12;
	tap_seed ^= tap_seed << 25;
	tap_seed ^= tap_seed >> 27;
	return (tap_seed * 2685821657736338717ULL >> 32) % below;
}

#endif
