// SPDX-License-Identifier: GPL-2.0
/*
 * Receive offload of the outer headers, for both encapsulations.
 *
 * One pair of functions serves all sockets: the UDP code turns the callback
 * into a direct call as long as few different ones exist.
 */

#include <linux/etherdevice.h>
#include <net/gro.h>

#include "fastpath.h"
#include "gro.h"
#include "main.h"
#include "receive.h"
#include "socket.h"
#include "wire.h"

/* Decode the encapsulation header. Its length is 0 if the packet isn't to be
 * merged; the receive path drops what is wrong with it and counts it.
 */
static void ovl_gro_parse(const struct ovl_sock *os, const u8 *start,
			  struct ovl_shim *shim)
{
	int err;

	if (os->encap == OVL_TUN_ENCAP_VXLAN)
		err = ovl_vxlan_parse(start, shim);
	else
		err = ovl_geneve_parse(start, shim);
	if (err || shim->control) {
		shim->len = 0;
		shim->proto = 0; /* packets that are held may see another port */
	}
}

/* Whether GRO may merge with others what is inside a packet, or there is more to
 * be looked at than the linear part. @off: of the inner header
 */
static __always_inline bool ovl_gro_inner(const struct sk_buff *skb,
					  __be16 proto, unsigned int off)
{
	unsigned int room = skb_headlen(skb);
	const struct ipv6hdr *ip6;
	const struct iphdr *ip;

	if (proto == htons(ETH_P_TEB)) {
		if (unlikely(room < off + ETH_HLEN))
			return true;
		proto = ((struct ethhdr *)(skb->data + off))->h_proto;
		off += ETH_HLEN;
	}
	switch (proto) {
	case htons(ETH_P_IP):
		ip = (struct iphdr *)(skb->data + off);
		return unlikely(room < off + sizeof(*ip)) ||
		       ovl_gro_merges(skb->dev, ip->protocol);
	case htons(ETH_P_IPV6):
		ip6 = (struct ipv6hdr *)(skb->data + off);
		return unlikely(room < off + sizeof(*ip6)) ||
		       ovl_gro_merges(skb->dev, ip6->nexthdr);
	}
	return gro_find_receive_by_type(proto);
}

/* Whether two headers are the same; @len: of the first one. The base header says how
 * long they are.
 */
static __always_inline bool ovl_gro_same(const u8 *a, const u8 *b,
					 unsigned int len)
{
	return !memcmp(a, b, OVL_SHIM_BASE) &&
	       (likely(len == OVL_SHIM_BASE) ||
		!memcmp(a + OVL_SHIM_BASE, b + OVL_SHIM_BASE,
			len - OVL_SHIM_BASE));
}

/**
 * ovl_gro_receive() - gro_receive of the UDP sockets
 * @sk: socket that the packet is for
 * @head: packets that are held
 * @skb: packet, with its GRO offset behind the UDP header
 *
 * Packets merge only if the whole encapsulation header, options included, is
 * the same.
 *
 * Context: NAPI, RCU read section.
 * Return: held packet that is to be handed up, or NULL; -EINPROGRESS if @skb is
 * gone because the fast path has taken it.
 */
struct sk_buff *ovl_gro_receive(struct sock *sk, struct list_head *head,
				struct sk_buff *skb)
{
	struct ovl_rx rx = { .os = rcu_dereference_sk_user_data(sk) };
	unsigned int off = skb_gro_offset(skb);
	struct sk_buff *held, *pp = NULL;
	const struct packet_offload *offload;
	unsigned int hlen;
	const u8 *shim;

	if (unlikely(!rx.os))
		goto flush;
	shim = skb_gro_header(skb, off + OVL_SHIM_BASE, off);
	if (unlikely(!shim))
		goto flush;
	ovl_gro_parse(rx.os, shim, &rx.shim);
	hlen = rx.shim.len;
	if (unlikely(!hlen))
		goto flush;
	/* A kernel without XFRM_OFFLOAD doesn't know of packets that are gone: see
	 * skb_gro_flush_final().
	 */
	if (IS_ENABLED(CONFIG_XFRM_OFFLOAD) &&
	    READ_ONCE(rx.os->on->fast.users) &&
	    !ovl_gro_inner(skb, rx.shim.proto, off + hlen) &&
	    ovl_fast_gro(&rx, skb))
		return ERR_PTR(-EINPROGRESS);
	shim = skb_gro_header(skb, off + hlen, off);
	if (unlikely(!shim))
		goto flush;

	list_for_each_entry(held, head, list)
		if (NAPI_GRO_CB(held)->same_flow &&
		    !ovl_gro_same(shim, held->data + off, hlen))
			NAPI_GRO_CB(held)->same_flow = 0;

	skb_gro_pull(skb, hlen);
	skb_gro_postpull_rcsum(skb, shim, hlen);
	if (likely(rx.shim.proto == htons(ETH_P_TEB)))
		return call_gro_receive(eth_gro_receive, head, skb);
	offload = gro_find_receive_by_type(rx.shim.proto);
	if (likely(offload))
		return call_gro_receive(offload->callbacks.gro_receive, head,
					skb);

flush:
	skb_gro_flush_final(skb, pp, 1);
	return pp;
}

/**
 * ovl_gro_complete() - gro_complete of the UDP sockets
 * @sk: socket
 * @skb: merged packet
 * @nhoff: offset of the encapsulation header
 */
int ovl_gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff)
{
	const struct ovl_sock *os = rcu_dereference_sk_user_data(sk);
	const struct packet_offload *offload;
	struct ovl_shim shim;

	if (unlikely(!os))
		return -ENOENT;
	ovl_gro_parse(os, skb->data + nhoff, &shim);
	nhoff += shim.len;
	if (likely(shim.proto == htons(ETH_P_TEB)))
		return eth_gro_complete(skb, nhoff);
	offload = gro_find_complete_by_type(shim.proto);
	if (unlikely(!offload))
		return -ENOENT;
	skb_set_inner_mac_header(skb, nhoff);
	return offload->callbacks.gro_complete(skb, nhoff);
}
