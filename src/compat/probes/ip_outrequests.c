// SPDX-License-Identifier: GPL-2.0
/* Does IP count what is to be sent apart from what was handed on? */
#include <linux/snmp.h>

int probe(void)
{
	return IPSTATS_MIB_OUTREQUESTS;
}
