/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_STUB_RCUPDATE_H
#define _OVL_TUN_STUB_RCUPDATE_H

struct rcu_head {
	void *next;
};

#define __aligned(n)	__attribute__((aligned(n)))

#endif
