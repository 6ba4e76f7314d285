// SPDX-License-Identifier: GPL-2.0
/* <net/rps.h>, before 6.9 part of <linux/netdevice.h> */
#include <linux/netdevice.h>
#include <net/rps.h>
