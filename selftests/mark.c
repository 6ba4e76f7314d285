// SPDX-License-Identifier: GPL-2.0
/*
 * mark NUMBER: tells selftests/bench/lines.c, which watches what the kernel
 * stores, that a part begins of what is measured: has it store a byte so far into
 * a page where nothing else is. 0 ends it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE		((void *)0x6f766c6d0000)
#define PAGE_BYTES	4096

int main(int argc, char **argv)
{
	int part = argc == 2 ? atoi(argv[1]) : -1;
	int zero = open("/dev/zero", O_RDONLY);
	char *page = mmap(PAGE, PAGE_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE,
			  -1, 0);

	if (part < 0 || part >= PAGE_BYTES || zero < 0 || page == MAP_FAILED)
		return 1;
	return read(zero, page + part, 1) != 1;
}
