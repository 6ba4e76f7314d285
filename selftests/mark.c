// SPDX-License-Identifier: GPL-2.0
/*
 * mark NUMBER: tells the plugins of selftests/bench that a part begins of what is
 * measured, by calling a function at a place that has this distance from MARK in
 * memory. 0 ends it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE		((unsigned char *)0x6f766c6d0000)	/* MARK there */
#define PAGE_BYTES	4096
#define RETURN		0xc3

int main(int argc, char **argv)
{
	int part = argc == 2 ? atoi(argv[1]) : -1;
	void *page = mmap(PAGE, PAGE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (part < 0 || part >= PAGE_BYTES || page != PAGE)
		return 1;
	memset(page, RETURN, PAGE_BYTES);
	((void (*)(void))(PAGE + part))();
	return 0;
}
