/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KUnit for user space: as much of it as the suites in src/test take that are
 * built here, too. A suite becomes a program that prints TAP.
 */
#ifndef _OVL_TUN_STUB_KUNIT_H
#define _OVL_TUN_STUB_KUNIT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KUNIT_COMPLAINTS	5	/* of a case, that are printed */
#define KUNIT_MEMORY		256	/* pieces that a case has */

struct kunit {
	void *priv;
	unsigned int complaints;
	unsigned int n_memory;
	void *memory[KUNIT_MEMORY];
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
};

struct kunit_suite {
	const char *name;
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define KUNIT_CASE(fn)	{ .run_case = fn, .name = #fn }

/* The case goes on: the first complaints are printed. */
#define KUNIT_SAY(test, good, what, fmt, ...) do {			\
	if (!(good) && ++(test)->complaints <= KUNIT_COMPLAINTS)	\
		printf("# %s:%d: %s " fmt "\n", __FILE__, __LINE__,	\
		       what, ##__VA_ARGS__);				\
} while (0)

#define KUNIT_COMPARE(test, a, op, b, fmt, ...) do {			\
	__auto_type _a = (a);						\
	__auto_type _b = (b);						\
									\
	KUNIT_SAY(test, _a op _b, #a " " #op " " #b, "(%lld, %lld) " fmt, \
		  (long long)_a, (long long)_b, ##__VA_ARGS__);		\
} while (0)

#define KUNIT_EXPECT_TRUE(test, a)	KUNIT_SAY(test, a, #a, "")
#define KUNIT_EXPECT_FALSE(test, a)	KUNIT_SAY(test, !(a), "!(" #a ")", "")
#define KUNIT_EXPECT_EQ(test, a, b)	KUNIT_COMPARE(test, a, ==, b, "")
#define KUNIT_EXPECT_NE(test, a, b)	KUNIT_COMPARE(test, a, !=, b, "")
#define KUNIT_EXPECT_LT(test, a, b)	KUNIT_COMPARE(test, a, <, b, "")
#define KUNIT_EXPECT_GT(test, a, b)	KUNIT_COMPARE(test, a, >, b, "")
#define KUNIT_EXPECT_PTR_EQ(test, a, b)	\
	KUNIT_SAY(test, (const void *)(a) == (const void *)(b), #a " == " #b, "")
#define KUNIT_EXPECT_MEMEQ(test, a, b, n)	\
	KUNIT_SAY(test, !memcmp(a, b, n), #a ", " #b ": " #n " bytes", "")

#define KUNIT_EXPECT_TRUE_MSG(test, a, ...)	KUNIT_SAY(test, a, #a, __VA_ARGS__)
#define KUNIT_EXPECT_FALSE_MSG(test, a, ...)	\
	KUNIT_SAY(test, !(a), "!(" #a ")", __VA_ARGS__)
#define KUNIT_EXPECT_EQ_MSG(test, a, b, ...)	KUNIT_COMPARE(test, a, ==, b, __VA_ARGS__)
#define KUNIT_EXPECT_LT_MSG(test, a, b, ...)	KUNIT_COMPARE(test, a, <, b, __VA_ARGS__)
#define KUNIT_EXPECT_MEMEQ_MSG(test, a, b, n, ...)	\
	KUNIT_SAY(test, !memcmp(a, b, n), #a ", " #b ": " #n " bytes", __VA_ARGS__)

/* Freed behind the case; one that is called off has failed. */
static inline void *kunit_kzalloc(struct kunit *test, size_t size, int gfp)
{
	void *p = calloc(1, size);

	(void)gfp;
	if (!p || test->n_memory == KUNIT_MEMORY)
		abort();
	test->memory[test->n_memory++] = p;
	return p;
}

#define kunit_kmalloc(test, size, gfp)	kunit_kzalloc(test, size, gfp)

static inline bool kunit_case_run(const struct kunit_suite *suite,
				  const struct kunit_case *one)
{
	struct kunit test = {};

	if (suite->init && suite->init(&test))
		test.complaints++;
	else
		one->run_case(&test);
	if (suite->exit)
		suite->exit(&test);
	while (test.n_memory)
		free(test.memory[--test.n_memory]);
	return !test.complaints;
}

static inline int kunit_suite_run(const struct kunit_suite *suite)
{
	const struct kunit_case *one;
	unsigned int n = 0;
	int status = 0;

	for (one = suite->test_cases; one->run_case; one++) {
		bool good = kunit_case_run(suite, one);

		printf("%s %u - %s\n", good ? "ok" : "not ok", ++n, one->name);
		fflush(stdout);
		if (!good)
			status = 1;
	}
	printf("1..%u\n", n);
	return status;
}

#define kunit_test_suite(suite)	int main(void) { return kunit_suite_run(&(suite)); }

#endif
