// SPDX-License-Identifier: GPL-2.0
/*
 * Words for values; apart from link.c, so that what prints nothing can use them.
 */
#include <linux/ovl_tun.h>
#include <stdio.h>
#include <string.h>

#include "link.h"

#define ENCAP_BIT(encap) (1 << OVL_TUN_ENCAP_##encap)

const char *const link_encap_names[] = {
	[OVL_TUN_ENCAP_VXLAN] = "vxlan",
	[OVL_TUN_ENCAP_GENEVE] = "geneve",
	NULL
};

const char *const link_accept_names[] = {
	[0] = "none",
	[ENCAP_BIT(VXLAN)] = "vxlan",
	[ENCAP_BIT(GENEVE)] = "geneve",
	[ENCAP_BIT(VXLAN) | ENCAP_BIT(GENEVE)] = "both",
	NULL
};

const char *const link_df_names[] = {
	[OVL_TUN_DF_UNSET] = "unset",
	[OVL_TUN_DF_SET] = "set",
	[OVL_TUN_DF_INHERIT] = "inherit",
	NULL
};

const char *const link_source_names[] = {
	[OVL_TUN_SOURCE_AUTO] = "auto",
	[OVL_TUN_SOURCE_STRICT] = "strict",
	[OVL_TUN_SOURCE_LEARN] = "learn",
	[OVL_TUN_SOURCE_ANY] = "any",
	NULL
};

const char *const link_nooptions_names[] = {
	[OVL_TUN_NOOPTIONS_IGNORE] = "ignore",
	[OVL_TUN_NOOPTIONS_DROP] = "drop",
	NULL
};

int link_name_value(const char *const *names, const char *name)
{
	int i;

	for (i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

const char *link_value_name(const char *const *names, unsigned int value,
			    char *number, size_t size)
{
	unsigned int i;

	for (i = 0; names[i]; i++)
		if (i == value)
			return names[i];
	snprintf(number, size, "%u", value);
	return number;
}
