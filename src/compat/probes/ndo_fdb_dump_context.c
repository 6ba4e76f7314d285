// SPDX-License-Identifier: GPL-2.0
/* struct ndo_fdb_dump_context, from 6.14 on */
#include <linux/rtnetlink.h>

unsigned long probe(const struct ndo_fdb_dump_context *ctx)
{
	return ctx->fdb_idx;
}
