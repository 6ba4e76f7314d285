// SPDX-License-Identifier: GPL-2.0
/* Fuzz target: rules and a packet; the program does what the rules say. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "test/rule_model.h"

#define MUST(what) do { if (!(what)) abort(); } while (0)
#define MAX_RULES 16

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t left);

static const uint8_t *in;
static size_t left;

/* The next byte, 0 behind the end */
static uint8_t byte(void)
{
	if (!left)
		return 0;
	left--;
	return *in++;
}

static void read_value(struct ovl_rule_value *value)
{
	u8 b = byte();

	value->from = b % 3;
	value->shift = b / 4;
	value->value = byte();
	value->class = byte() % 4;
	value->type = byte();
	value->mask = byte() & 1 ? ~0ULL : 0xff00ff00ff00ff00ULL;
}

/* As ovl_nl_parse_opt() lets it through */
static void read_test(struct ovl_rule_test *test)
{
	unsigned int i;

	test->kind = 1 + byte() % OVL_TUN_RULE_TEST_STRIP;
	test->class = byte() % 4;
	test->type = byte();
	if (test->kind == OVL_TUN_RULE_TEST_RANGE ||
	    test->kind == OVL_TUN_RULE_TEST_COUNT) {
		test->low = byte();
		test->high = test->low + byte();
		return;
	}
	test->has_value = test->kind == OVL_TUN_RULE_TEST_VALUE ||
			  (test->kind == OVL_TUN_RULE_TEST_REQUIRE &&
			   byte() & 1);
	if (!test->has_value)
		return;
	test->len = byte() % 32 * 4;
	memset(test->mask, byte(), test->len);
	for (i = 0; i < test->len; i++)
		test->data[i] = byte();
}

static struct ovl_rule_spec *read_rule(u32 pref)
{
	unsigned int i, n = byte() % (OVL_TUN_MAX_RULE_OPTS + 1);
	struct ovl_rule_spec *spec;
	u8 flags = byte();

	spec = calloc(1, sizeof(*spec) + n * sizeof(spec->test[0]));
	MUST(spec);
	spec->pref = pref;
	spec->n_tests = n;
	spec->has_peer = flags & 1;
	spec->has_vni = flags & 2;
	spec->has_encap = flags & 4;
	spec->encap = flags >> 3 & 1;
	spec->action = (flags >> 4) % 3;
	if (spec->has_peer)
		spec->peer = byte() % 4;
	if (spec->has_vni) {
		spec->vni_first = byte();
		spec->vni_last = spec->vni_first + byte();
	}
	if (flags & 64)
		read_value(&spec->mark);
	if (flags & 128)
		read_value(&spec->prio);
	for (i = 0; i < n; i++)
		read_test(&spec->test[i]);
	return spec;
}

/* How many rules, the rules, what is known of the packet; what is left are its
 * options.
 */
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct ovl_rule_spec *spec[MAX_RULES];
	unsigned int i, n;
	struct outcome got, want;
	struct packet p = {};
	u8 *area, flags;

	in = input;
	left = len;
	n = byte() % (MAX_RULES + 1);
	for (i = 0; i < n; i++)
		spec[i] = read_rule(i + 1);
	flags = byte();
	p.has_peer = flags & 1;
	p.peer = flags >> 1 & 3;
	p.encap = flags >> 3 & 1;
	p.vni = byte();
	p.len = left < OVL_OPTS_MAX_LEN ? left : OVL_OPTS_MAX_LEN;
	area = malloc(p.len ? p.len : 1);
	MUST(area);
	memcpy(area, in, p.len);
	p.area = area;

	model_run((void *)spec, n, &p, &want);
	if (program_run((void *)spec, n, &p, &got))
		MUST(outcome_same(&got, &want));

	free(area);
	while (n)
		free(spec[--n]);
	return 0;
}
