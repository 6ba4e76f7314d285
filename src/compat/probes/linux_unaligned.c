// SPDX-License-Identifier: GPL-2.0
/* <linux/unaligned.h>, before 6.12 <asm/unaligned.h> */
#include <linux/unaligned.h>
