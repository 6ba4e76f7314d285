// SPDX-License-Identifier: GPL-2.0
/*
 * Commands from a file: one a line, "#" begins a comment, a backslash at the
 * end continues the line, quotes keep a word together.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ovltun.h"

#define MAX_WORDS 512

/* A comment goes to the end of its line, with a backslash that is there. */
static bool has_comment(const char *text)
{
	char quote = '\0', last = ' ';

	for (; *text; last = *text++) {
		if (quote) {
			if (*text == quote)
				quote = '\0';
		} else if (*text == '\'' || *text == '"') {
			quote = *text;
		} else if (*text == '#' && strchr(" \t\r", last)) {
			return true;
		}
	}
	return false;
}

/*
 * The next line, and those that continue it, as @text. Returns its length, -1
 * when there is none.
 */
static ssize_t read_line(FILE *file, char **text, size_t *size,
			 unsigned int *lines)
{
	static char *part;
	static size_t part_size;
	size_t used = 0;
	ssize_t len;

	while ((len = getline(&part, &part_size, file)) >= 0) {
		++*lines;
		if (len && part[len - 1] == '\n')
			part[--len] = '\0';
		if (len && part[len - 1] == '\r')
			part[--len] = '\0';
		if (used + len + 1 > *size) {
			*size = used + len + 1;
			*text = realloc(*text, *size);
			if (!*text) {
				fprintf(stderr, "ovltun: out of memory\n");
				exit(STATUS_KERNEL);
			}
		}
		memcpy(*text + used, part, len + 1);
		used += len;
		if (!len || (*text)[used - 1] != '\\' || has_comment(*text))
			return used;
		(*text)[--used] = '\0';
	}
	return used && !ferror(file) ? (ssize_t)used : -1;
}

/*
 * Divide @text, of @len bytes, into words, in place: quotes go, what is inside
 * them stays as it is. Returns their number, -1 for a line that cannot be
 * divided.
 */
static int split(char *text, size_t len, char **words)
{
	char *in = text, *out = text, quote;
	int n = 0;

	if (strlen(text) != len) {
		fprintf(stderr, "ovltun: no text: a byte is 0\n");
		return -1;
	}
	for (;;) {
		while (*in == ' ' || *in == '\t' || *in == '\r')
			in++;
		if (!*in || *in == '#')
			return n;
		if (n == MAX_WORDS) {
			fprintf(stderr, "ovltun: too many words in a line\n");
			return -1;
		}
		words[n++] = out;
		while (*in && !strchr(" \t\r", *in)) {
			if (*in != '\'' && *in != '"') {
				*out++ = *in++;
				continue;
			}
			quote = *in++;
			while (*in && *in != quote)
				*out++ = *in++;
			if (!*in) {
				fprintf(stderr, "ovltun: unterminated quote\n");
				return -1;
			}
			in++;
		}
		if (*in)
			in++;
		*out++ = '\0';
	}
}

/* The worst status of all is that of the batch. */
enum status run_batch(const char *name)
{
	enum status status, worst = STATUS_OK;
	char *words[MAX_WORDS], *text = NULL;
	unsigned int lines = 0;
	FILE *file = stdin;
	size_t size = 0;
	ssize_t len;
	int n;

	if (strcmp(name, "-"))
		file = fopen(name, "re");
	if (!file) {
		fprintf(stderr, "Cannot open file \"%s\" for reading: %s\n",
			name, strerror(errno));
		return STATUS_USAGE;
	}
	while ((len = read_line(file, &text, &size, &lines)) >= 0) {
		n = split(text, len, words);
		if (!n)
			continue;
		status = n < 0 ? STATUS_USAGE : run_object(n, words);
		fflush(stdout);
		if (!status)
			continue;
		fprintf(stderr, "Command failed %s:%u\n", name, lines);
		if (status > worst)
			worst = status;
		if (!opts.force)
			break;
	}
	if (ferror(file)) {
		fprintf(stderr, "%s:%u: cannot be read\n", name, lines + 1);
		worst = STATUS_USAGE;
	}
	free(text);
	if (file != stdin)
		fclose(file);
	return worst;
}
