/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_ECHO_H
#define _OVL_TUN_ECHO_H

#include <linux/in6.h>
#include <linux/skbuff.h>
#include <uapi/linux/ovl_tun.h>

#include "addr.h"
#include "option.h"

struct ovl_dev;
struct ovl_echo;
struct ovl_header;
struct ovl_path;
struct ovl_shim;
struct ovl_source;
struct ovl_vni;

#define OVL_ECHO_LIMIT		65536	/* flows, unless said otherwise */
#define OVL_ECHO_TIMEOUT	350	/* seconds: AWS's for TCP */

/**
 * struct ovl_echo_spec - what of received packets is kept, and how long
 * @rcu: frees a replaced one
 * @gen: changes when flows that were kept before are not to be used any more
 * @limit: most flows
 * @timeout: seconds without a packet of a flow
 * @classes: of the options
 *
 * Immutable once it is published; a change publishes another.
 */
struct ovl_echo_spec {
	struct rcu_head rcu;
	u32 gen;
	u32 limit;
	u32 timeout;
	struct ovl_opt_classes classes;
};

/* What is counted, see the attributes echo-stats. */
enum ovl_echo_stat {
	OVL_ECHO_ADDED,
	OVL_ECHO_CHANGED,
	OVL_ECHO_EVICTED,
	OVL_ECHO_EXPIRED,
	OVL_ECHO_FLUSHED,
	OVL_ECHO_FULL,
	OVL_ECHO_ATTACHED,
	OVL_ECHO_N_STATS
};

/**
 * struct ovl_echo_totals - what is counted, summed over all CPUs
 * @n: by enum ovl_echo_stat
 * @flows: how many are kept now
 */
struct ovl_echo_totals {
	u64 n[OVL_ECHO_N_STATS];
	u32 flows;
};

#define OVL_ECHO_FRAGMENT	0x80	/* in &ovl_echo_key.kind */

/**
 * struct ovl_echo_key - an inner flow between this node and another one
 * @remote: outer address of that
 * @vni: VNI of a device that has several, else 0
 * @end: inner addresses, IPv4 in the first word; both directions have the same
 *	order of them
 * @port: of @end, network byte order: ports, or twice the identifier of an ICMP
 *	echo, or 0; of fragments both are their identification
 * @vlan: VLAN id of the outer tag of a frame, or 0
 * @proto: IPPROTO_*
 * @kind: AF_INET or AF_INET6, with OVL_ECHO_FRAGMENT for fragments
 *
 * No byte is without meaning, or it is 0: it is compared as memory.
 */
struct ovl_echo_key {
	struct ovl_addr remote;
	u32 vni;
	struct in6_addr end[2];
	__be16 port[2];
	u16 vlan;
	u8 proto;
	u8 kind;
};

bool ovl_echo_key_build(struct ovl_echo_key *key, const struct sk_buff *skb,
			bool layer3);

const struct ovl_echo_spec *ovl_echo_spec(const struct ovl_dev *ovl);
int ovl_echo_set(struct ovl_dev *ovl, const struct ovl_echo_spec *spec);
void ovl_echo_flush(struct ovl_dev *ovl);
void ovl_echo_del(struct ovl_dev *ovl);
void ovl_echo_destroy(struct ovl_dev *ovl);
void ovl_echo_sum(const struct ovl_dev *ovl, struct ovl_echo_totals *sum);

const struct ovl_opt_classes *ovl_echo_classes(const struct ovl_dev *ovl);
void ovl_echo_receive(struct ovl_echo *echo, const struct ovl_source *from,
		      const struct ovl_addr *source,
		      const struct ovl_shim *shim, const struct sk_buff *skb);
int ovl_echo_send(struct ovl_echo *echo, const struct ovl_path *path,
		  const struct ovl_vni *in, const struct sk_buff *skb,
		  const struct ovl_header **header, __be16 *sport);

#endif /* _OVL_TUN_ECHO_H */
