// SPDX-License-Identifier: GPL-2.0
/* Fuzz target: an area of options is walked, searched, and built anew. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "option.h"

#define MUST(what) do { if (!(what)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *area, size_t size);

/* libFuzzer's input ends where its memory ends, AddressSanitizer sees more. */
int LLVMFuzzerTestOneInput(const uint8_t *area, size_t size)
{
	unsigned int count = 0, critical = 0, used = 0, at = 0;
	uint8_t again[OVL_OPTS_MAX_LEN];
	struct ovl_opt opt, first;
	struct ovl_opts_info info;
	struct ovl_opt_iter it;
	enum ovl_opt_step step;
	bool good;

	if (size > OVL_OPTS_MAX_LEN)
		return -1;

	good = ovl_opts_check(area, size, &info);
	ovl_opt_iter_init(&it, area, size);
	while ((step = ovl_opt_next(&it, &opt)) == OVL_OPT_FOUND) {
		count++;
		critical += opt.type >> 7;

		/* where it should be, and all of it inside */
		MUST(opt.data == area + at + OVL_OPT_HLEN);
		MUST(opt.len <= OVL_OPT_MAX_DATA && opt.len % 4 == 0);
		at += OVL_OPT_HLEN + opt.len;
		MUST(at <= size && it.left == size - at);

		/* the first of its kind is found, and that isn't behind it */
		MUST(ovl_opts_find(area, size, opt.class, opt.type, &first));
		MUST(first.data <= opt.data);
		MUST(first.class == opt.class && first.type == opt.type);

		used = ovl_opt_put(again, used, &opt);
		MUST(used == at);
		again[used - opt.len - 1] |= opt.data[-1] & 0xe0;
	}
	MUST(good == (step == OVL_OPT_END));
	MUST(good == (at == size));
	MUST(info.count == count && info.critical == critical);
	MUST(!used || !memcmp(again, area, used));
	return 0;
}
