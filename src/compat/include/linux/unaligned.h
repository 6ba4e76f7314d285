/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVL_PROBING
#include "ovl_probed.h"
#endif
#if defined(OVL_PROBING) || defined(OVL_HAVE_LINUX_UNALIGNED)
#include_next <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif
