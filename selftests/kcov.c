// SPDX-License-Identifier: GPL-2.0
/* See kcov.h. */

#include <fcntl.h>
#include <linux/kcov.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kcov.h"

#define KCOV_FILE	"/sys/kernel/debug/kcov"
#define KCOV_WORDS	(256 << 10)	/* places between two calls of kcov_take() */
#define KCOV_SLOTS	(64 << 10)	/* different ones */

static unsigned long *trace;	/* how many, and these */
static unsigned long seen[KCOV_SLOTS];
static unsigned int n_seen;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Begin to write down where this process is in the kernel. */
void kcov_begin(void)
{
	int fd = open(KCOV_FILE, O_RDWR);

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, (unsigned long)KCOV_WORDS))
		die(KCOV_FILE);
	trace = mmap(NULL, KCOV_WORDS * sizeof(*trace), PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (trace == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		die(KCOV_FILE);
	__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
}

static void note(unsigned long pc)
{
	unsigned int slot = pc * 0x9e3779b97f4a7c15 >> 48;

	while (seen[slot] && seen[slot] != pc)
		slot = (slot + 1) % KCOV_SLOTS;
	if (seen[slot])
		return;
	seen[slot] = pc;
	if (++n_seen > KCOV_SLOTS / 2) {
		fprintf(stderr, "kcov: too many places\n");
		exit(1);
	}
}

/* Add what has been written down since the last call. */
void kcov_take(void)
{
	unsigned long i, n;

	if (!trace)
		return;
	n = __atomic_load_n(&trace[0], __ATOMIC_RELAXED);
	if (n >= KCOV_WORDS - 1) {
		fprintf(stderr, "kcov: there was no room for all\n");
		exit(1);
	}
	for (i = 1; i <= n; i++)
		note(trace[i]);
	__atomic_store_n(&trace[0], 0, __ATOMIC_RELAXED);
}

/* Append each place once to a file, in hexadecimal. */
void kcov_write(const char *path)
{
	FILE *f = fopen(path, "a");
	unsigned int i;

	if (!f)
		die(path);
	for (i = 0; i < KCOV_SLOTS; i++)
		if (seen[i])
			fprintf(f, "%lx\n", seen[i]);
	if (fclose(f))
		die(path);
}
