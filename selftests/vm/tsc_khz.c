// SPDX-License-Identifier: GPL-2.0
/* How often this machine's TSC counts in a millisecond. */

#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct moment {
	unsigned long long tsc;
	double ms;
};

static double clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

/* Both at once, as nearly as it can be had: others may have the CPU in between. */
static struct moment now(void)
{
	unsigned long long least = -1ULL, before, after;
	struct moment found = { };
	double ms;
	int i;

	for (i = 0; i < 1000; i++) {
		before = __rdtsc();
		ms = clock_ms();
		after = __rdtsc();
		if (after - before >= least)
			continue;
		least = after - before;
		found = (struct moment){ before + least / 2, ms };
	}
	return found;
}

int main(void)
{
	struct moment start = now(), end;

	nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
	end = now();
	printf("%.0f\n", (end.tsc - start.tsc) / (end.ms - start.ms));
	return 0;
}
