// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: files of the dictionary, and values of options by their names.
 * The first byte says which: 'F' a file, 'V' a value.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dict.h"

#define MUST(what) do { if (!(what)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every kind of field */
static const char all[] =
	"{\"name\":\"a\",\"class\":258,\"options\":["
	"{\"name\":\"o\",\"type\":1,\"length\":4,\"fields\":["
	"{\"name\":\"x\",\"offset\":1,\"width\":15,\"kind\":\"uint\"},"
	"{\"name\":\"y\",\"offset\":17,\"width\":7,\"kind\":\"hex\"}]},"
	"{\"name\":\"w\",\"type\":2,\"length\":[0,124],\"fields\":["
	"{\"name\":\"r\",\"offset\":0,\"width\":\"rest\",\"kind\":\"hex\"}]},"
	"{\"name\":\"p\",\"type\":3,\"length\":8},"
	"{\"name\":\"l\",\"type\":4,\"layouts\":[{\"length\":8,\"fields\":["
	"{\"name\":\"i\",\"offset\":0,\"kind\":\"ipv4\"},"
	"{\"name\":\"q\",\"offset\":32,\"kind\":\"port\"}]},"
	"{\"length\":28,\"fields\":["
	"{\"name\":\"i\",\"offset\":0,\"kind\":\"ipv6\"},"
	"{\"name\":\"m\",\"offset\":128,\"kind\":\"mac\"},"
	"{\"name\":\"b\",\"offset\":176,\"width\":42,\"kind\":\"uint\"}]},"
	"{\"length\":[32,36],\"fields\":["
	"{\"name\":\"h\",\"offset\":0,\"width\":96,\"kind\":\"hex\"},"
	"{\"name\":\"r\",\"offset\":96,\"width\":\"rest\",\"kind\":\"hex\"}]}]}]}";

/* If it is printed by name, that is read as the same. */
static bool come_back(const struct dict *dict, const struct option *option)
{
	char text[DICT_TEXT];
	struct option again;

	memset(&again, 0xff, sizeof(again));
	if (!dict_format(dict, option, text))
		return false;
	MUST(strlen(text) < sizeof(text));
	MUST(!dict_parse(dict, text, true, &again));
	MUST(again.class == option->class && again.type == option->type);
	MUST(again.source == option->source);
	if (option->source)
		MUST(again.mask == option->mask && again.shift == option->shift);
	else
		MUST(again.len == option->len &&
		     !memcmp(again.data, option->data, option->len));
	return true;
}

/* What is accepted has no option that can't be written in all of its lengths, but
 * in one that is read as another.
 */
static void check_known(const struct dict *dict, const struct dict_option *known)
{
	struct option option = { .class = known->class, .type = known->type };
	unsigned int len;
	size_t i;

	MUST(dict_find(dict, known->class, known->type) == known);
	MUST(dict_find_name(dict, known->name, strlen(known->name)) == known);
	for (len = 0; len <= OVL_TUN_MAX_OPT_DATA; len += 4) {
		option.len = len;
		memset(option.data, 0, sizeof(option.data));
		if (come_back(dict, &option))
			MUST(dict_layout(known, len));
		else
			MUST(known->n > 1 || !dict_layout(known, len));
		for (i = 0; i < len; i++)
			option.data[i] = 0x51 * (i + 1);
		come_back(dict, &option);
	}
}

static void try_file(const char *text, size_t size)
{
	char error[256] = "";
	struct dict file = { }, dict = { };
	size_t i;

	if (!dict_read(text, size, "f", &file, error, sizeof(error))) {
		MUST(*error && !file.n);
		return;
	}
	MUST(dict_merge(&dict, &file, 0, error, sizeof(error)));
	for (i = 0; i < dict.n; i++)
		check_known(&dict, &dict.option[i]);
	dict_free(&dict);
}

static void try_value(const char *text, size_t size)
{
	static struct dict dict;
	struct option option;
	char error[256], *copy;

	if (!dict.n)
		MUST(dict_read(all, strlen(all), "all", &dict, error,
			       sizeof(error)));
	copy = malloc(size + 1);
	memcpy(copy, text, size);
	copy[size] = '\0';
	memset(&option, 0, sizeof(option));
	if (!dict_parse(&dict, copy, true, &option))
		MUST(come_back(&dict, &option));
	dict_parse(&dict, copy, false, &option);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size && *data == 'F')
		try_file(text, size - 1);
	else if (size && *data == 'V')
		try_value(text, size - 1);
	else
		return -1;
	return 0;
}
