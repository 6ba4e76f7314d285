// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "echo.h"

/* CLASS[,CLASS...] */
static const char *parse_classes(const char *text, struct echo *echo)
{
	const char *end;
	unsigned int i;
	__u32 class;

	for (echo->n = 0; ; text = end + 1) {
		end = parse_until(text, ',', 0xffff, &class);
		if (!end && !parse_until(text, '\0', 0xffff, &class))
			return "expected classes from 0 to 65535, with commas between them";
		for (i = 0; i < echo->n; i++)
			if (echo->class[i] == class)
				return "a class is there twice";
		if (echo->n == OVL_TUN_MAX_ECHO_CLASSES)
			return "a device echoes no more than 16 classes";
		echo->class[echo->n++] = class;
		if (!end)
			return NULL;
	}
}

const char *echo_parse(int argc, char **argv, struct echo *echo,
		       const char **bad)
{
	const char *why = NULL;
	bool twice;

	memset(echo, 0, sizeof(*echo));
	for (; argc && !why; argc -= 2, argv += 2) {
		*bad = *argv;
		if (strcmp(*argv, "class") && strcmp(*argv, "limit") &&
		    strcmp(*argv, "timeout"))
			return "expected class, limit or timeout";
		twice = **argv == 'c' ? echo->n : **argv == 'l' ?
			echo->limit : echo->timeout;
		if (twice)
			return "it is given twice";
		if (argc < 2)
			return "its value is missing";
		*bad = argv[1];
		if (**argv == 'c')
			why = parse_classes(argv[1], echo);
		else if (**argv == 'l')
			why = parse_u32(argv[1], 1, OVL_TUN_MAX_ECHO_FLOWS,
					&echo->limit);
		else
			why = parse_u32(argv[1], 1, OVL_TUN_MAX_ECHO_TIMEOUT,
					&echo->timeout);
	}
	return why;
}

const char *echo_format(const struct echo *echo, char *text)
{
	char *at = text;
	unsigned int i;

	for (i = 0; i < echo->n; i++)
		at += sprintf(at, "%s0x%04x", i ? "," : "class ",
			      echo->class[i]);
	sprintf(at, " limit %u timeout %u", echo->limit, echo->timeout);
	return text;
}

/* Their order means nothing. */
bool echo_equal(const struct echo *a, const struct echo *b)
{
	unsigned int i, k;

	if (a->n != b->n || a->limit != b->limit || a->timeout != b->timeout)
		return false;
	for (i = 0; i < a->n; i++) {
		for (k = 0; k < b->n && b->class[k] != a->class[i]; k++)
			;
		if (k == b->n)
			return false;
	}
	return true;
}
