// SPDX-License-Identifier: GPL-2.0
/* flowi4_dscp, before 6.18 flowi4_tos */
#include <net/flow.h>

dscp_t probe(const struct flowi4 *fl4);
dscp_t probe(const struct flowi4 *fl4)
{
	return fl4->flowi4_dscp;
}
