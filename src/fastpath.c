// SPDX-License-Identifier: GPL-2.0
/*
 * The fast path: packets of known peers leave the underlay before its IP stack.
 *
 * A netfilter hook on the ingress of the underlay's devices takes them. Taps,
 * tc and the user's own ingress chains come before it. What comes later, which
 * is routing, the IP and UDP counters, netfilter and raw sockets, does not see
 * them.
 *
 * What the stack would have said of a packet, nobody guesses: it is asked. Each
 * CPU keeps for each peer what a packet looked like that came to our socket in
 * the ordinary way: addresses, device, mark and DSCP. Packets that look the
 * same are taken, until routes or addresses of the namespace change, and for
 * OVL_FAST_JUDGED at most, since there are settings whose change bumps no
 * generation (rp_filter). Whatever isn't plain, and everything while there is
 * somebody who has to see the packets, goes the ordinary way, where nothing is
 * different.
 *
 * Where the underlay's device does GRO, packets that this could not merge are
 * taken there, before they get in line behind it: see ovl_fast_gro(). That is so
 * while nobody stands between GRO and the hook.
 *
 * A device gets its hook from a work, when the first packet of a peer has come
 * in by it in the ordinary way. Ours get none: what is in a tunnel that is in a
 * tunnel goes the ordinary way, so there is no recursion that was not there
 * before.
 *
 * Lifetime: hooks come and go under RTNL. They go with their device
 * (NETDEV_UNREGISTER, also if it leaves the namespace), and all of them with
 * the last of our devices that wants them. A packet may be in the hook's
 * function then. It finds sockets, entries and peers under RCU, as in the
 * ordinary way, and all of these wait for it. So does the module: devices that
 * are unregistered wait for a grace period after ndo_uninit. The work finds its
 * namespace because ovl_fast_exit_net() waits for it, after the last of our
 * devices has gone, and with them whoever may ask for it.
 */

#include <linux/bpf-netns.h>
#include <linux/if_vlan.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/gro.h>
#include <net/ip6_fib.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include <net/rps.h>
#include <net/xfrm.h>

#include "device.h"
#include "fastpath.h"
#include "main.h"
#include "receive.h"

#define OVL_FAST_JUDGED		HZ

#ifdef CONFIG_NETFILTER_INGRESS

/**
 * struct ovl_fast_hook - the hook of a device
 * @ops: as the core knows it
 * @rcu: frees it after the last reader, which may be nfnetlink_hook
 */
struct ovl_fast_hook {
	struct nf_hook_ops ops;
	struct rcu_head rcu;
};

static bool ovl_fast_policies(const struct net *net, const struct sk_buff *skb)
{
#ifdef CONFIG_XFRM
	return net->xfrm.policy_count[XFRM_POLICY_IN] ||
	       net->xfrm.policy_default[XFRM_POLICY_IN] !=
	       XFRM_USERPOLICY_ACCEPT || secpath_exists((struct sk_buff *)skb);
#else
	return false;
#endif
}

/* Whether somebody is to see packets on their way to the socket. A socket that
 * has asked for the packets of a protocol on the device comes behind the hook,
 * those that want all of them come before it.
 */
static __always_inline bool ovl_fast_watched(const struct net *net,
					     const struct sk_buff *skb,
					     bool v6)
{
	struct nf_hook_entries __rcu *const *hooks =
		v6 ? net->nf.hooks_ipv6 : net->nf.hooks_ipv4;

	return rcu_access_pointer(hooks[NF_INET_PRE_ROUTING]) ||
	       rcu_access_pointer(hooks[NF_INET_LOCAL_IN]) ||
	       ovl_fast_policies(net, skb) ||
	       rcu_access_pointer(net->bpf.run_array[NETNS_BPF_SK_LOOKUP]) ||
	       rcu_access_pointer(skb->dev->rx_handler) ||
	       !list_empty(&skb->dev->ptype_specific);
}

static u8 ovl_fast_dscp(const struct sk_buff *skb, bool v6)
{
	return (v6 ? ipv6_get_dsfield(ipv6_hdr(skb)) : ip_hdr(skb)->tos) >> 2;
}

static u32 ovl_fast_gen(const struct net *net, bool v6)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (v6)
		return rt_genid_ipv6(net);
#endif
	return rt_genid_ipv4(net);
}

static bool ovl_fast_same_addrs(const struct ovl_fast *fast,
				const struct sk_buff *skb, bool v6)
{
	if (v6)
		return ipv6_addr_equal(&fast->saddr6, &ipv6_hdr(skb)->saddr) &&
		       ipv6_addr_equal(&fast->daddr6, &ipv6_hdr(skb)->daddr);
	return fast->saddr4 == ip_hdr(skb)->saddr &&
	       fast->daddr4 == ip_hdr(skb)->daddr;
}

/* Whether the stack has judged packets like this one, whatever their DSCP. */
static __always_inline bool ovl_fast_judged(const struct ovl_fast *fast,
					    const struct net *net,
					    const struct sk_buff *skb, bool v6)
{
	return fast->family == (v6 ? AF_INET6 : AF_INET) &&
	       fast->gen == ovl_fast_gen(net, v6) &&
	       fast->ifindex == skb->dev->ifindex &&
	       fast->mark == skb->mark &&
	       ovl_fast_same_addrs(fast, skb, v6) &&
	       time_before(jiffies, fast->until);
}

/* Whether the stack has brought the packet here because it is for this node,
 * and by the device that the hook sees it on.
 */
static bool ovl_fast_local(const struct sk_buff *skb, bool v6)
{
	const struct dst_entry *dst = skb_dst(skb);

	if (!dst || dst->lwtstate)
		return false;
	if (v6)
		return !ipv6_l3mdev_skb(IP6CB(skb)->flags) &&
		       container_of(dst, struct rt6_info, dst)->rt6i_flags &
		       RTF_LOCAL;
	return !ipv4_l3mdev_skb(IPCB(skb)->flags) &&
	       container_of(dst, struct rtable, dst)->rt_type == RTN_LOCAL;
}

static void ovl_fast_want(struct ovl_net *on, int ifindex)
{
	if (xa_load(&on->fast.hooks, ifindex))
		return;
	/* Who comes second asks again when the judgement is over. */
	if (!cmpxchg(&on->fast.wanted, 0, ifindex))
		schedule_work(&on->fast.work);
}

/**
 * ovl_fast_note() - a packet has come to the socket in the ordinary way
 * @rx: whose it is
 * @skb: packet, with its data at the UDP header
 *
 * Context: softirq, RCU read section.
 */
void ovl_fast_note(const struct ovl_rx *rx, const struct sk_buff *skb)
{
	bool v6 = rx->os->family == AF_INET6;
	struct net *net = rx->from->ovl->net;
	struct ovl_fast *fast;

	if (!rx->from->peer || !ovl_fast_local(skb, v6) ||
	    ovl_fast_watched(net, skb, v6))
		return;

	fast = &this_cpu_ptr(rx->from->peer->cpu)->fast;
	if (!ovl_fast_judged(fast, net, skb, v6)) {
		fast->family = rx->os->family;
		/* An IPv4 route knows of which generation it is. */
		fast->gen = v6 ? ovl_fast_gen(net, true) :
				 skb_rtable(skb)->rt_genid;
		fast->ifindex = skb->dev->ifindex;
		fast->mark = skb->mark;
		if (v6) {
			fast->saddr6 = ipv6_hdr(skb)->saddr;
			fast->daddr6 = ipv6_hdr(skb)->daddr;
		} else {
			fast->saddr4 = ip_hdr(skb)->saddr;
			fast->daddr4 = ip_hdr(skb)->daddr;
		}
		fast->dscps = 0;
		fast->until = jiffies + OVL_FAST_JUDGED;
		ovl_fast_want(rx->os->on, skb->dev->ifindex);
	}
	fast->dscps |= BIT_ULL(ovl_fast_dscp(skb, v6));
}

/* Have the headers up to that of the encapsulation in the linear part. The data
 * of a packet that others hold as well can't move.
 */
static bool ovl_fast_pull(struct sk_buff *skb, unsigned int len)
{
	if (likely(skb_headlen(skb) >= len))
		return true;
	return !skb_shared(skb) && pskb_may_pull(skb, len);
}

/* Length of the IP header if that is a plain one, and UDP follows, else 0. */
static __always_inline unsigned int ovl_fast_outer(struct sk_buff *skb)
{
	const struct ipv6hdr *ip6;
	const struct iphdr *ip;
	unsigned int len;

	switch (skb->protocol) {
	case htons(ETH_P_IP):
		len = sizeof(*ip);
		break;
	case htons(ETH_P_IPV6):
		len = sizeof(*ip6);
		break;
	default:
		return 0;
	}
	if (unlikely(!ovl_fast_pull(skb, len + sizeof(struct udphdr) +
				    OVL_SHIM_BASE)))
		return 0;

	if (len == sizeof(*ip)) {
		ip = ip_hdr(skb);
		if (ip->protocol != IPPROTO_UDP || ip->version != 4 ||
		    ip->ihl != 5 || ip_is_fragment(ip) ||
		    ntohs(ip->tot_len) != skb->len)
			return 0;
	} else {
		ip6 = ipv6_hdr(skb);
		if (ip6->nexthdr != IPPROTO_UDP || ip6->version != 6 ||
		    ntohs(ip6->payload_len) + len != skb->len)
			return 0;
	}
	return len;
}

static struct ovl_sock *ovl_fast_sock(const struct ovl_net *on,
				      sa_family_t family, __be16 port)
{
	struct ovl_sock *os;

	/* Whose packets are those of a VRF the stack is to find out. */
	list_for_each_entry_rcu(os, &on->sockets, list)
		if (os->port == port && os->family == family && !os->vrf)
			return os;
	return NULL;
}

/* What UDP asks of checksums. The data is at the UDP header. */
static __always_inline bool ovl_fast_csum(struct sk_buff *skb, bool v6)
{
	__sum16 check = udp_hdr(skb)->check;
	__sum16 wrong;

	if (v6)
		wrong = skb_checksum_init_zero_check(skb, IPPROTO_UDP, check,
						     ip6_compute_pseudo);
	else
		wrong = skb_checksum_init_zero_check(skb, IPPROTO_UDP, check,
						     inet_compute_pseudo);
	if (unlikely(wrong))
		return false;
	if (skb->ip_summed == CHECKSUM_COMPLETE && !skb->csum_valid) {
		if (skb->csum_complete_sw)
			return false;
		skb_checksum_complete_unset(skb);
	}
	if (check && v6)
		skb_checksum_try_convert(skb, IPPROTO_UDP, ip6_compute_pseudo);
	else if (check)
		skb_checksum_try_convert(skb, IPPROTO_UDP, inet_compute_pseudo);
	return skb_csum_unnecessary(skb) || !__skb_checksum_complete(skb);
}

/* Whether a packet that nobody watches is one that the stack would give to our
 * socket as it is.
 *
 * Return: enum ovl_fast_way
 */
static __always_inline enum ovl_fast_way
ovl_fast_way(const struct ovl_rx *rx, const struct net *net,
	     struct sk_buff *skb, bool v6)
{
	const struct ovl_fast *fast;

	fast = &this_cpu_ptr(rx->from->peer->cpu)->fast;
	if (unlikely(!ovl_fast_judged(fast, net, skb, v6)) ||
	    unlikely(!(fast->dscps & BIT_ULL(ovl_fast_dscp(skb, v6)))))
		return OVL_FAST_UNJUDGED;
	if (unlikely(skb_dst(skb)) || unlikely(skb_sk_is_prefetched(skb)) ||
	    unlikely(skb_vlan_tag_present(skb)) ||
	    unlikely(skb->pkt_type != PACKET_HOST))
		return OVL_FAST_OTHER;
	if (skb_is_gso(skb) &&
	    !(skb_shinfo(skb)->gso_type & (SKB_GSO_UDP_TUNNEL |
					   SKB_GSO_UDP_TUNNEL_CSUM)))
		return OVL_FAST_OTHER;
	return OVL_FAST_TAKEN;
}

/* Take the IP header off, as the stack does.
 *
 * Return: the packet, which is another if somebody else holds this one as well;
 * NULL with @skb as it was, but for what is known of its checksum, if the stack
 * is to have it.
 */
static __always_inline struct sk_buff *ovl_fast_strip(struct sk_buff *skb,
						      unsigned int len)
{
	bool v6 = len == sizeof(struct ipv6hdr);
	struct sk_buff *own = skb;

	if (skb_shared(skb)) {
		own = skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN);
		if (unlikely(!own))
			return NULL;
	}
	/* The sum over an IPv4 header is nothing. */
	__skb_pull(own, len);
	if (v6)
		skb_postpull_rcsum(own, skb_network_header(own), len);
	if (likely(ovl_fast_csum(own, v6))) {
		/* For ovl_learn(); not sooner, GRO has its own there. */
		if (v6)
			IP6CB(own)->iif = own->dev->ifindex;
		if (own != skb)
			consume_skb(skb);
		skb_orphan(own);
		return own;
	}

	if (own != skb) {
		consume_skb(own);
		return NULL;
	}
	/* To be found out again, and counted. */
	skb->ip_summed = CHECKSUM_NONE;
	skb->csum_valid = 0;
	skb->csum_complete_sw = 0;
	__skb_push(skb, len);
	return NULL;
}

static void ovl_fast_count(const struct ovl_dev *ovl, enum ovl_fast_way way)
{
	struct ovl_stats *s = this_cpu_ptr(ovl->stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->fast[way]);
	u64_stats_update_end(&s->syncp);
}

static unsigned int ovl_fast_rcv(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	struct ovl_net *on = priv;
	unsigned int len = ovl_fast_outer(skb);
	bool v6 = len == sizeof(struct ipv6hdr);
	enum ovl_fast_way way;
	struct ovl_rx rx;

	if (!len)
		return NF_ACCEPT;
	skb_set_transport_header(skb, len);
	rx.os = ovl_fast_sock(on, v6 ? AF_INET6 : AF_INET, udp_hdr(skb)->dest);
	if (!rx.os || ntohs(udp_hdr(skb)->len) != skb->len - len ||
	    ovl_rx_find(&rx, skb) || !rx.from->peer ||
	    !READ_ONCE(rx.from->ovl->fastpath))
		return NF_ACCEPT;

	if (unlikely(ovl_fast_watched(state->net, skb, v6)))
		way = OVL_FAST_WATCHED;
	else if (!v6 && unlikely(ip_fast_csum(ip_hdr(skb), 5)))
		way = OVL_FAST_OTHER;
	else
		way = ovl_fast_way(&rx, state->net, skb, v6);
	if (likely(way == OVL_FAST_TAKEN)) {
		skb = ovl_fast_strip(skb, len);
		if (unlikely(!skb))
			way = OVL_FAST_OTHER;
	}
	ovl_fast_count(rx.from->ovl, way);
	if (unlikely(way != OVL_FAST_TAKEN))
		return NF_ACCEPT;
	ovl_rx_receive(&rx, skb);
	return NF_STOLEN;
}

/* Whether packets have nobody to meet between GRO and our hook: no other hook, no
 * tap, no classifier, and no other CPU.
 */
static bool ovl_fast_next(const struct net_device *dev)
{
	const struct nf_hook_entries *hooks =
		rcu_dereference(dev->nf_hooks_ingress);

#ifdef CONFIG_RPS
	if (static_branch_unlikely(&rps_needed))
		return false;
#endif
	return hooks && hooks->num_hook_entries == 1 &&
	       hooks->hooks[0].hook == ovl_fast_rcv &&
	       !ovl_compat_has_ingress(dev) &&
	       !dev_nit_active((struct net_device *)dev);
}

/* What eth_type_trans() says; not all drivers have called it before GRO. */
static bool ovl_fast_for_host(const struct sk_buff *skb)
{
	return skb->dev->type != ARPHRD_ETHER ||
	       ether_addr_equal(eth_hdr(skb)->h_dest, skb->dev->dev_addr);
}

/**
 * ovl_fast_gro() - take a packet that GRO has no use for
 * @rx: its header, which has been read
 * @skb: packet, with its GRO offset behind the UDP header
 *
 * What is declined goes on as it would have without this, and in its turn to the
 * hook. No packet gets before one of its flow that way: as long as that has yet to
 * be judged by the stack, so have those that come after it.
 *
 * Context: NAPI, RCU read section.
 * Return: whether it was taken; @skb is gone then.
 */
bool ovl_fast_gro(struct ovl_rx *rx, struct sk_buff *skb)
{
	bool v6 = rx->os->family == AF_INET6;
	unsigned int len = v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	const struct net *net = dev_net(skb->dev);
	unsigned int off = skb_gro_offset(skb);

	if (unlikely(ovl_fast_watched(net, skb, v6)) ||
	    unlikely(!ovl_fast_next(skb->dev)))
		return false;
	/* Nothing else before UDP. The data can't move: GRO has its addresses,
	 * and has looked at the checksum of the IP header.
	 */
	if (skb_network_offset(skb) || off != len + sizeof(struct udphdr) ||
	    skb_headlen(skb) < off + OVL_SHIM_BASE ||
	    ovl_fast_outer(skb) != len)
		return false;
	skb_set_transport_header(skb, len);
	if (ntohs(udp_hdr(skb)->len) != skb->len - len ||
	    !ovl_rx_whose(rx, skb) || !rx->from->peer ||
	    !READ_ONCE(rx->from->ovl->fastpath) ||
	    unlikely(!ovl_fast_for_host(skb)) ||
	    unlikely(ovl_fast_way(rx, net, skb, v6) != OVL_FAST_TAKEN))
		return false;
	skb = ovl_fast_strip(skb, len);
	if (unlikely(!skb))
		return false;
	ovl_fast_count(rx->from->ovl, OVL_FAST_TAKEN);
	ovl_rx_receive(rx, skb);
	return true;
}

static void ovl_fast_hook_add(struct ovl_net *on, struct net_device *dev)
{
	struct ovl_fast_hook *hook = kzalloc(sizeof(*hook), GFP_KERNEL_ACCOUNT);

	if (!hook)
		return;
	hook->ops.hook = ovl_fast_rcv;
	hook->ops.dev = dev;
	hook->ops.priv = on;
	hook->ops.pf = NFPROTO_NETDEV;
	hook->ops.hooknum = NF_NETDEV_INGRESS;
	hook->ops.priority = INT_MAX;
	if (xa_err(xa_store(&on->fast.hooks, dev->ifindex, hook, GFP_KERNEL)))
		goto free;
	if (!nf_register_net_hook(dev_net(dev), &hook->ops))
		return;
	xa_erase(&on->fast.hooks, dev->ifindex);
free:
	kfree_rcu(hook, rcu);
}

static void ovl_fast_hook_del(struct ovl_net *on, struct ovl_fast_hook *hook)
{
	struct net_device *dev = hook->ops.dev;

	xa_erase(&on->fast.hooks, dev->ifindex);
	nf_unregister_net_hook(dev_net(dev), &hook->ops);
	kfree_rcu(hook, rcu);
}

static void ovl_fast_work(struct work_struct *work)
{
	struct ovl_net *on = container_of(work, struct ovl_net, fast.work);
	struct net_device *dev;
	int ifindex;

	rtnl_lock();
	ifindex = xchg(&on->fast.wanted, 0);
	if (on->fast.users && !xa_load(&on->fast.hooks, ifindex)) {
		dev = __dev_get_by_index(on->fast.net, ifindex);
		if (dev && dev->reg_state == NETREG_REGISTERED &&
		    !ovl_dev_is(dev))
			ovl_fast_hook_add(on, dev);
	}
	rtnl_unlock();
}

static void ovl_fast_hooks_del(struct ovl_net *on)
{
	struct ovl_fast_hook *hook;
	unsigned long ifindex;

	xa_for_each(&on->fast.hooks, ifindex, hook)
		ovl_fast_hook_del(on, hook);
}

/**
 * ovl_fast_check() - refuse what the kernel has no way to do
 * @cfg: configuration that is to be
 * @extack: says why not
 *
 * Return: 0 or a negative error.
 */
int ovl_fast_check(const struct ovl_config *cfg,
		   struct netlink_ext_ack *extack)
{
	return 0;
}

/**
 * ovl_fast_dev_gone() - a device of the underlay leaves its namespace
 * @dev: any device
 *
 * Context: RTNL.
 */
void ovl_fast_dev_gone(struct net_device *dev)
{
	struct ovl_net *on = ovl_net(dev_net(dev));
	struct ovl_fast_hook *hook = xa_load(&on->fast.hooks, dev->ifindex);

	if (hook)
		ovl_fast_hook_del(on, hook);
}

#else /* CONFIG_NETFILTER_INGRESS */

bool ovl_fast_gro(struct ovl_rx *rx, struct sk_buff *skb)
{
	return false;
}

static void ovl_fast_work(struct work_struct *work)
{
}

static void ovl_fast_hooks_del(struct ovl_net *on)
{
}

int ovl_fast_check(const struct ovl_config *cfg,
		   struct netlink_ext_ack *extack)
{
	if (!cfg->fastpath)
		return 0;
	NL_SET_ERR_MSG_MOD(extack,
			   "fastpath needs a kernel with CONFIG_NETFILTER_INGRESS");
	return -EOPNOTSUPP;
}

void ovl_fast_dev_gone(struct net_device *dev)
{
}

void ovl_fast_note(const struct ovl_rx *rx, const struct sk_buff *skb)
{
}

#endif /* CONFIG_NETFILTER_INGRESS */

/**
 * ovl_fast_set() - a device gets or loses the fast path
 * @ovl: device
 * @fastpath: whether it is to have it
 *
 * Context: RTNL.
 */
void ovl_fast_set(struct ovl_dev *ovl, bool fastpath)
{
	struct ovl_net *on = ovl_net(ovl->net);

	ASSERT_RTNL();
	if (ovl->fastpath == fastpath)
		return;
	WRITE_ONCE(ovl->fastpath, fastpath);
	WRITE_ONCE(on->fast.users, on->fast.users + (fastpath ? 1 : -1));
	if (!on->fast.users)
		ovl_fast_hooks_del(on);
}

/**
 * ovl_fast_init_net() - begin with a namespace
 * @on: our part of it
 * @net: namespace
 */
void ovl_fast_init_net(struct ovl_net *on, struct net *net)
{
	on->fast.net = net;
	xa_init(&on->fast.hooks);
	INIT_WORK(&on->fast.work, ovl_fast_work);
}

/**
 * ovl_fast_exit_net() - a namespace ends, our devices in it have gone
 * @on: our part of it
 *
 * Context: may sleep; no RTNL.
 */
void ovl_fast_exit_net(struct ovl_net *on)
{
	cancel_work_sync(&on->fast.work);
	WARN_ON_ONCE(!xa_empty(&on->fast.hooks));
}
