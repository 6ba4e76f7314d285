// SPDX-License-Identifier: GPL-2.0
/* Fuzz target: a set of options is changed; it stays a good one throughout. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "optset.h"

#define MUST(what) do { if (!(what)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t left);

/* A change is 4 bytes: what to do and with which flags, class, type, length in
 * words; the bytes behind it are the data.
 */
int LLVMFuzzerTestOneInput(const uint8_t *in, size_t left)
{
	struct ovl_optset *set = calloc(1, sizeof(*set)), before;
	const struct nlattr attr = {};

	MUST(set);
	for (; left >= 4; in += 4, left -= 4) {
		struct ovl_opt opt = { in[1], in[2], in[3] % 32 * 4, in + 4 }, got;
		/* Of a value of 4 or 8 bytes, as ovl_nl_parse_source() has it. */
		struct ovl_opt_source source = {
			~0u, 1 + in[0] / 32 % OVL_TUN_OPT_SOURCE_TIME, in[1] % 32,
		};
		struct ovl_patch patch[OVL_OPTS_MAX_LEN / 8];
		u8 area[OVL_OPTS_MAX_LEN];
		struct netlink_ext_ack extack = {};
		u16 flags = (in[0] & 1 ? NLM_F_REPLACE : 0) |
			    (in[0] & 2 ? NLM_F_EXCL : 0) |
			    (in[0] & 4 ? NLM_F_CREATE : 0);
		struct ovl_opts_info info, was;
		bool there;
		int err;

		if (in[0] & 16)
			opt.len = ovl_opt_source_wide(source.kind) ? 8 : 4;
		if (opt.len > left - 4)
			break;
		before = *set;
		MUST(ovl_opts_check(set->area, set->len, &was));
		there = ovl_opts_find(set->area, set->len, opt.class, opt.type, &got);

		if (in[0] & 8)
			err = ovl_optset_del(set, opt.class, opt.type, &attr, &extack);
		else
			err = ovl_optset_put(set, &opt, in[0] & 16 ? &source : NULL,
					     flags, &attr, &extack);

		MUST(!err == !extack._msg);
		MUST(set->len <= OVL_OPTS_MAX_LEN);
		MUST(ovl_opts_check(set->area, set->len, &info));
		memcpy(area, set->area, set->len);
		MUST(ovl_optset_compile(set, in[1], in[2], area, patch) ==
		     ovl_optset_patches(set, in[1], in[2]));
		MUST(ovl_opts_check(area, set->len, &info));
		MUST(ovl_opts_find(set->area, set->len, opt.class, opt.type, &got) ==
		     (err ? there : !(in[0] & 8)));
		if (err) {
			MUST(set->len == before.len &&
			     !memcmp(set->area, before.area, set->len));
			continue;
		}
		MUST(info.count - was.count == (in[0] & 8 ? -1u : !there));
		if (!(in[0] & 8))
			MUST(got.len == opt.len && !memcmp(got.data, opt.data, opt.len));
	}
	free(set);
	return 0;
}
