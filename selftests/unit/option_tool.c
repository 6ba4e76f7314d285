// SPDX-License-Identifier: GPL-2.0
/*
 * The option codec as a filter, for comparison with other implementations.
 *
 * option_tool walk: reads areas, each a length byte and that many bytes, and
 *   writes a line for each: "good COUNT CRITICAL OPTION..." or "bad ...", with
 *   the options up to the fault as CLASS:TYPE:DATA in hexadecimal
 * option_tool build: reads lines "CLASS:TYPE:DATA ...", and writes a line for
 *   each: the area in hexadecimal, or "refused"
 */

#include <stdio.h>
#include <string.h>

#include "test/exact.h"
#include "option.h"

static void put_hex(const unsigned char *bytes, unsigned int len)
{
	while (len--)
		printf("%02x", *bytes++);
}

static int walk(void)
{
	unsigned char bytes[255], *area;
	struct ovl_opts_info info;
	struct ovl_opt_iter it;
	struct ovl_opt opt;
	int len;

	while ((len = getchar()) != EOF) {
		if (fread(bytes, 1, len, stdin) != (size_t)len)
			return 1;
		area = exact(bytes, len);
		printf("%s ", ovl_opts_check(area, len, &info) ? "good" : "bad");
		printf("%u %u", info.count, info.critical);
		ovl_opt_iter_init(&it, area, len);
		while (ovl_opt_next(&it, &opt) == OVL_OPT_FOUND) {
			printf(" %04x:%02x:", opt.class, opt.type);
			put_hex(opt.data, opt.len);
		}
		putchar('\n');
		exact_free(area);
	}
	return 0;
}

/* Put the option that @word spells; 0 if it is refused or isn't one. */
static unsigned int put_word(unsigned char *area, unsigned int used, char *word)
{
	unsigned char data[255];
	unsigned int class, type, byte, len = 0;
	struct ovl_opt opt;
	int n;

	if (sscanf(word, "%4x:%2x:%n", &class, &type, &n) != 2)
		return 0;
	for (word += n; sscanf(word, "%2x", &byte) == 1; word += 2) {
		if (len == sizeof(data))
			return 0;
		data[len++] = byte;
	}
	opt.class = class;
	opt.type = type;
	opt.len = len;
	opt.data = data;
	return ovl_opt_put(area, used, &opt);
}

static int build(void)
{
	static char line[65536];
	unsigned char *area;
	unsigned int used;
	char *word;

	while (fgets(line, sizeof(line), stdin)) {
		area = exact(NULL, OVL_OPTS_MAX_LEN);
		used = 0;
		for (word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
			used = put_word(area, used, word);
			if (!used)
				break;
		}
		if (word)
			printf("refused");
		else
			put_hex(area, used);
		putchar('\n');
		exact_free(area);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "walk"))
		return walk();
	if (argc == 2 && !strcmp(argv[1], "build"))
		return build();
	fprintf(stderr, "usage: option_tool walk|build\n");
	return 1;
}
