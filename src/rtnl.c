// SPDX-License-Identifier: GPL-2.0
/*
 * rtnetlink: IFLA_OVL_TUN_* to struct ovl_config and back.
 *
 * A message is read into a copy of the configuration, checked as a whole and
 * then applied, so that a refused one changes nothing.
 */

#include <linux/etherdevice.h>
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/rtnetlink.h>

#include "device.h"
#include "fastpath.h"
#include "main.h"
#include "netlink.h"
#include "notify.h"
#include "peer.h"
#include "rtnl.h"
#include "source.h"

/* Lengths are exact: strict_start_type holds for all of them. Ranges are
 * checked by ovl_parse_*(), whose messages name the attribute.
 */
static const struct nla_policy ovl_link_policy[IFLA_OVL_TUN_MAX + 1] = {
	[0]				= { .strict_start_type = IFLA_OVL_TUN_ID },
	[IFLA_OVL_TUN_ID]		= { .type = NLA_U32 },
	[IFLA_OVL_TUN_ENCAP]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_ACCEPT]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_REMOTE]		= { .type = NLA_U32 },
	[IFLA_OVL_TUN_REMOTE6]		= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[IFLA_OVL_TUN_LOCAL]		= { .type = NLA_U32 },
	[IFLA_OVL_TUN_LOCAL6]		= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[IFLA_OVL_TUN_LINK]		= { .type = NLA_U32 },
	[IFLA_OVL_TUN_DPORT]		= { .type = NLA_U16 },
	[IFLA_OVL_TUN_VXLAN_PORT]	= { .type = NLA_U16 },
	[IFLA_OVL_TUN_GENEVE_PORT]	= { .type = NLA_U16 },
	[IFLA_OVL_TUN_SPORT_MIN]	= { .type = NLA_U16 },
	[IFLA_OVL_TUN_SPORT_MAX]	= { .type = NLA_U16 },
	[IFLA_OVL_TUN_TTL]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_TTL_INHERIT]	= { .type = NLA_U8 },
	[IFLA_OVL_TUN_TOS]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_DF]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_LABEL]		= { .type = NLA_U32 },
	[IFLA_OVL_TUN_UDP_CSUM]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_UDP_ZERO_CSUM6_TX] = { .type = NLA_U8 },
	[IFLA_OVL_TUN_UDP_ZERO_CSUM6_RX] = { .type = NLA_U8 },
	[IFLA_OVL_TUN_LAYER]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_SOURCE]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_MAC]		= NLA_POLICY_EXACT_LEN(ETH_ALEN),
	[IFLA_OVL_TUN_LEARNING]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_AGEING]		= { .type = NLA_U32 },
	[IFLA_OVL_TUN_LIMIT]		= { .type = NLA_U32 },
	[IFLA_OVL_TUN_PROXY]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_RSC]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_L2MISS]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_L3MISS]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_VNIFILTER]	= { .type = NLA_U8 },
	[IFLA_OVL_TUN_GBP]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_NOOPTIONS]	= { .type = NLA_U8 },
	[IFLA_OVL_TUN_EXTERNAL]		= { .type = NLA_U8 },
	[IFLA_OVL_TUN_FASTPATH]		= { .type = NLA_U8 },
};

static const struct {
	const char *name;
	int attr;
	u8 bit;
} ovl_neigh_attrs[] = {
	{ "proxy", IFLA_OVL_TUN_PROXY, OVL_NEIGH_PROXY },
	{ "rsc", IFLA_OVL_TUN_RSC, OVL_NEIGH_RSC },
	{ "l2miss", IFLA_OVL_TUN_L2MISS, OVL_NEIGH_L2MISS },
	{ "l3miss", IFLA_OVL_TUN_L3MISS, OVL_NEIGH_L3MISS },
};

#define OVL_AGEING_DEFAULT	300		/* as vxlan.ko and bridges */
#define OVL_AGEING_MAX		2147483		/* jiffies fit 31 bits at 1000 Hz */

static const struct ovl_config ovl_config_default = {
	.encap = OVL_TUN_ENCAP_GENEVE,
	.accept = BIT(OVL_TUN_ENCAP_VXLAN) | BIT(OVL_TUN_ENCAP_GENEVE),
	.port = {
		[OVL_TUN_ENCAP_VXLAN] = cpu_to_be16(OVL_VXLAN_PORT),
		[OVL_TUN_ENCAP_GENEVE] = cpu_to_be16(OVL_GENEVE_PORT),
	},
	.df = OVL_TUN_DF_UNSET,
	.udp_csum = true,
	.layer = 2,
	.ageing = OVL_AGEING_DEFAULT,
};

static int ovl_validate(struct nlattr *tb[], struct nlattr *data[],
			struct netlink_ext_ack *extack)
{
	if (!tb[IFLA_ADDRESS])
		return 0;
	if (data && data[IFLA_OVL_TUN_LAYER] &&
	    nla_get_u8(data[IFLA_OVL_TUN_LAYER]) == 3)
		return OVL_REFUSE(extack, tb[IFLA_ADDRESS], -EINVAL,
				  "a layer 3 device has no address, only mac");
	if (nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN)
		return OVL_REFUSE(extack, tb[IFLA_ADDRESS], -EINVAL,
				  "address is not an Ethernet address");
	if (!is_valid_ether_addr(nla_data(tb[IFLA_ADDRESS])))
		return OVL_REFUSE(extack, tb[IFLA_ADDRESS], -EADDRNOTAVAIL,
				  "address is not a unicast Ethernet address");
	return 0;
}

/**
 * ovl_parse_addr() - read an outer address
 * @addr: set if there is one; the unspecified one means none
 * @v4: attribute with an IPv4 address, or NULL
 * @v6: attribute with an IPv6 address, or NULL
 */
void ovl_parse_addr(struct ovl_addr *addr, const struct nlattr *v4,
		    const struct nlattr *v6)
{
	if (v4) {
		ovl_addr_set4(addr, nla_get_in_addr(v4));
		if (!addr->v4)
			addr->family = AF_UNSPEC;
	} else if (v6) {
		struct in6_addr in6 = nla_get_in6_addr(v6);

		ovl_addr_set6(addr, &in6);
		if (ipv6_addr_any(&in6))
			addr->family = AF_UNSPEC;
	}
}

static int ovl_parse_addrs(struct ovl_config *cfg, struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *remote = data[IFLA_OVL_TUN_REMOTE] ?:
				      data[IFLA_OVL_TUN_REMOTE6];
	const struct nlattr *local = data[IFLA_OVL_TUN_LOCAL] ?:
				     data[IFLA_OVL_TUN_LOCAL6];

	if (data[IFLA_OVL_TUN_REMOTE] && data[IFLA_OVL_TUN_REMOTE6])
		return OVL_REFUSE(extack, data[IFLA_OVL_TUN_REMOTE6], -EINVAL,
				  "remote is either IPv4 or IPv6, not both");
	if (data[IFLA_OVL_TUN_LOCAL] && data[IFLA_OVL_TUN_LOCAL6])
		return OVL_REFUSE(extack, data[IFLA_OVL_TUN_LOCAL6], -EINVAL,
				  "local is either IPv4 or IPv6, not both");

	ovl_parse_addr(&cfg->remote, data[IFLA_OVL_TUN_REMOTE],
		       data[IFLA_OVL_TUN_REMOTE6]);
	ovl_parse_addr(&cfg->local, data[IFLA_OVL_TUN_LOCAL],
		       data[IFLA_OVL_TUN_LOCAL6]);

	/* Neither sockets nor routing tables exist then. */
	if (!ipv6_mod_enabled() && ovl_config_family(cfg) == AF_INET6)
		return OVL_REFUSE(extack, remote ?: local, -EAFNOSUPPORT,
				  "remote or local is IPv6, which is disabled here");
	if (!ovl_addr_is_unicast(&cfg->remote) &&
	    !ovl_addr_is_multicast(&cfg->remote))
		return OVL_REFUSE(extack, remote, -EINVAL,
				  "remote must be a unicast address of another node, or a group");
	if (!ovl_addr_is_unicast(&cfg->local))
		return OVL_REFUSE(extack, local, -EINVAL,
				  "local must be a unicast address");
	if (cfg->remote.family != AF_UNSPEC && cfg->local.family != AF_UNSPEC &&
	    cfg->remote.family != cfg->local.family)
		return OVL_REFUSE(extack, remote ?: local, -EINVAL,
				  "remote and local must be of one address family");
	return 0;
}

static int ovl_parse_link(struct ovl_config *cfg, struct nlattr *data[],
			  const struct ovl_dev *ovl,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = data[IFLA_OVL_TUN_LINK];

	if (attr) {
		struct net_device *link;

		cfg->link = nla_get_u32(attr);
		link = cfg->link ? __dev_get_by_index(ovl->net, cfg->link) : NULL;
		if (cfg->link && !link)
			return OVL_REFUSE(extack, attr, -ENODEV,
					  "dev is not an interface of the underlay");
		if (link == ovl->dev)
			return OVL_REFUSE(extack, attr, -ELOOP,
					  "dev is the tunnel itself");
	}
	if (ovl_addr_is_multicast(&cfg->remote) && !cfg->link)
		return OVL_REFUSE(extack, data[IFLA_OVL_TUN_REMOTE] ?:
				  data[IFLA_OVL_TUN_REMOTE6] ?: attr, -EINVAL,
				  "group needs dev");
	if (cfg->remote.family == AF_INET6 && !cfg->link &&
	    (ipv6_addr_type(&cfg->remote.v6) & IPV6_ADDR_LINKLOCAL))
		return OVL_REFUSE(extack, data[IFLA_OVL_TUN_REMOTE6] ?: attr,
				  -EINVAL, "remote is link-local and needs dev");
	return 0;
}

static int ovl_parse_encap(struct ovl_config *cfg, struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *encap = data[IFLA_OVL_TUN_ENCAP];
	const struct nlattr *accept = data[IFLA_OVL_TUN_ACCEPT];

	if (encap) {
		cfg->encap = nla_get_u8(encap);
		if (cfg->encap >= OVL_ENCAPS)
			return OVL_REFUSE(extack, encap, -ERANGE,
					  "encap must be 0 (vxlan) or 1 (geneve)");
	}
	if (accept) {
		cfg->accept = nla_get_u8(accept);
		if (!cfg->accept || cfg->accept >= BIT(OVL_ENCAPS))
			return OVL_REFUSE(extack, accept, -ERANGE,
					  "accept must be 1 (vxlan), 2 (geneve) or 3 (both)");
	}
	return 0;
}

static int ovl_parse_ports(struct ovl_config *cfg, struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	static const int attr_of[OVL_ENCAPS] = {
		[OVL_TUN_ENCAP_VXLAN] = IFLA_OVL_TUN_VXLAN_PORT,
		[OVL_TUN_ENCAP_GENEVE] = IFLA_OVL_TUN_GENEVE_PORT,
	};
	const struct nlattr *dport = data[IFLA_OVL_TUN_DPORT];
	const struct nlattr *last = dport;
	int e;

	for (e = 0; e < OVL_ENCAPS; e++)
		if (data[attr_of[e]]) {
			last = data[attr_of[e]];
			cfg->port[e] = nla_get_be16(last);
		}
	if (dport) {
		if (data[attr_of[cfg->encap]] &&
		    nla_get_be16(dport) != cfg->port[cfg->encap])
			return OVL_REFUSE(extack, dport, -EINVAL,
					  "dstport contradicts the port given for the same encap");
		cfg->port[cfg->encap] = nla_get_be16(dport);
	}
	for (e = 0; e < OVL_ENCAPS; e++)
		if (!cfg->port[e])
			return OVL_REFUSE(extack, last, -ERANGE,
					  "dstport, vxlanport and geneveport must be 1 to 65535");
	if (hweight8(ovl_config_encaps(cfg)) == OVL_ENCAPS &&
	    cfg->port[OVL_TUN_ENCAP_VXLAN] == cfg->port[OVL_TUN_ENCAP_GENEVE])
		return OVL_REFUSE(extack, last, -EINVAL,
				  "vxlanport and geneveport must differ");

	if (data[IFLA_OVL_TUN_SPORT_MIN])
		cfg->sport_min = ntohs(nla_get_be16(data[IFLA_OVL_TUN_SPORT_MIN]));
	if (data[IFLA_OVL_TUN_SPORT_MAX])
		cfg->sport_max = ntohs(nla_get_be16(data[IFLA_OVL_TUN_SPORT_MAX]));
	if (cfg->sport_min > cfg->sport_max || (!cfg->sport_min && cfg->sport_max))
		return OVL_REFUSE(extack, data[IFLA_OVL_TUN_SPORT_MIN] ?:
				  data[IFLA_OVL_TUN_SPORT_MAX], -ERANGE,
				  "srcport must be MIN to MAX within 1 to 65535, or 0 0");
	return 0;
}

/* What fills the fields of the outer IP header. */
static int ovl_parse_ip(struct ovl_config *cfg, struct nlattr *data[],
			struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;

	attr = data[IFLA_OVL_TUN_TTL];
	if (attr) {
		cfg->ttl = nla_get_u8(attr);
		cfg->ttl_inherit = false;
	}
	attr = data[IFLA_OVL_TUN_TTL_INHERIT];
	if (attr) {
		if (nla_get_u8(attr) > 1)
			return OVL_REFUSE(extack, attr, -ERANGE,
					  "ttl inherit must be 0 or 1");
		cfg->ttl_inherit = nla_get_u8(attr);
		if (cfg->ttl_inherit)
			cfg->ttl = 0;
	}
	attr = data[IFLA_OVL_TUN_TOS];
	if (attr)
		cfg->tos = nla_get_u8(attr);
	attr = data[IFLA_OVL_TUN_DF];
	if (attr) {
		cfg->df = nla_get_u8(attr);
		if (cfg->df > OVL_TUN_DF_INHERIT)
			return OVL_REFUSE(extack, attr, -ERANGE,
					  "df must be 0 (unset), 1 (set) or 2 (inherit)");
	}
	attr = data[IFLA_OVL_TUN_LABEL];
	if (attr) {
		cfg->label = nla_get_be32(attr);
		if (cfg->label & ~IPV6_FLOWLABEL_MASK)
			return OVL_REFUSE(extack, attr, -ERANGE,
					  "flowlabel must be 0 to 0xfffff");
	}
	if (cfg->label && ovl_config_family(cfg) == AF_INET)
		return OVL_REFUSE(extack, attr, -EINVAL,
				  "flowlabel needs an IPv6 remote");
	return 0;
}

static int ovl_parse_bool(bool *value, const struct nlattr *attr)
{
	if (!attr)
		return 0;
	if (nla_get_u8(attr) > 1)
		return -ERANGE;
	*value = nla_get_u8(attr);
	return 0;
}

static int ovl_parse_csum(struct ovl_config *cfg, struct nlattr *data[],
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;

	attr = data[IFLA_OVL_TUN_UDP_CSUM];
	if (ovl_parse_bool(&cfg->udp_csum, attr))
		return OVL_REFUSE(extack, attr, -ERANGE,
				  "udpcsum must be 0 or 1");
	attr = data[IFLA_OVL_TUN_UDP_ZERO_CSUM6_TX];
	if (ovl_parse_bool(&cfg->zero_csum6_tx, attr))
		return OVL_REFUSE(extack, attr, -ERANGE,
				  "udp6zerocsumtx must be 0 or 1");
	attr = data[IFLA_OVL_TUN_UDP_ZERO_CSUM6_RX];
	if (ovl_parse_bool(&cfg->zero_csum6_rx, attr))
		return OVL_REFUSE(extack, attr, -ERANGE,
				  "udp6zerocsumrx must be 0 or 1");
	return 0;
}

/* What it carries inside. */
static int ovl_parse_layer(struct ovl_config *cfg, struct nlattr *data[],
			   const struct ovl_dev *ovl,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = data[IFLA_OVL_TUN_LAYER];

	if (attr) {
		u8 layer = nla_get_u8(attr);

		if (layer != 2 && layer != 3)
			return OVL_REFUSE(extack, attr, -ERANGE,
					  "layer must be 2 or 3");
		if (rcu_access_pointer(ovl->cfg) && layer != cfg->layer)
			return OVL_REFUSE(extack, attr, -EBUSY,
					  "layer can't change, make another device");
		cfg->layer = layer;
	}
	if (cfg->layer != 2 && ovl_addr_is_multicast(&cfg->remote))
		return OVL_REFUSE(extack, data[IFLA_OVL_TUN_REMOTE] ?:
				  data[IFLA_OVL_TUN_REMOTE6], -EOPNOTSUPP,
				  "group needs a layer 2 device");
	return 0;
}

/* From whom it takes packets, and as whom it sends them. */
static int ovl_parse_inner(struct ovl_config *cfg, struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;

	attr = data[IFLA_OVL_TUN_SOURCE];
	if (attr) {
		cfg->source = nla_get_u8(attr);
		if (cfg->source > OVL_TUN_SOURCE_ANY)
			return OVL_REFUSE(extack, attr, -ERANGE,
					  "source must be 0 (auto), 1 (strict), 2 (learn) or 3 (any)");
	}
	if (cfg->source == OVL_TUN_SOURCE_LEARN && !cfg->learning)
		return OVL_REFUSE(extack, attr ?: data[IFLA_OVL_TUN_LEARNING],
				  -EOPNOTSUPP,
				  "source learn needs a device that learns");
	attr = data[IFLA_OVL_TUN_MAC];
	if (attr) {
		if (cfg->layer != 3)
			return OVL_REFUSE(extack, attr, -EINVAL,
					  "mac is for layer 3 devices, others have address");
		if (!is_valid_ether_addr(nla_data(attr)))
			return OVL_REFUSE(extack, attr, -EADDRNOTAVAIL,
					  "mac is not a unicast Ethernet address");
		ether_addr_copy(cfg->mac, nla_data(attr));
	} else if (cfg->layer == 3 && is_zero_ether_addr(cfg->mac)) {
		eth_random_addr(cfg->mac);
	}
	return 0;
}

/* The forwarding table. */
static int ovl_parse_fdb(struct ovl_config *cfg, struct nlattr *data[],
			 struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;

	attr = data[IFLA_OVL_TUN_LEARNING];
	if (ovl_parse_bool(&cfg->learning, attr))
		return OVL_REFUSE(extack, attr, -ERANGE,
				  "learning must be 0 or 1");
	if (cfg->learning && cfg->layer != 2)
		return OVL_REFUSE(extack, attr, -EOPNOTSUPP,
				  "learning needs a layer 2 device");
	attr = data[IFLA_OVL_TUN_AGEING];
	if (attr) {
		cfg->ageing = nla_get_u32(attr);
		if (cfg->ageing > OVL_AGEING_MAX)
			return OVL_REFUSE(extack, attr, -ERANGE,
					  "ageing must be 0 (never) to 2147483 seconds");
	}
	if (data[IFLA_OVL_TUN_LIMIT])
		cfg->max_macs = nla_get_u32(data[IFLA_OVL_TUN_LIMIT]);
	return 0;
}

/* What is done for neighbours. */
static int ovl_parse_neigh(struct ovl_config *cfg, struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	bool on = false;
	int i;

	for (i = 0; i < ARRAY_SIZE(ovl_neigh_attrs); i++) {
		attr = data[ovl_neigh_attrs[i].attr];
		if (!attr)
			continue;
		if (ovl_parse_bool(&on, attr)) {
			NL_SET_BAD_ATTR(extack, attr);
			NL_SET_ERR_MSG_FMT_MOD(extack, "%s must be 0 or 1",
					       ovl_neigh_attrs[i].name);
			return -ERANGE;
		}
		if (on && cfg->layer != 2) {
			NL_SET_BAD_ATTR(extack, attr);
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "%s needs a layer 2 device",
					       ovl_neigh_attrs[i].name);
			return -EOPNOTSUPP;
		}
		if (on && cfg->vni == OVL_VNI_ANY &&
		    ovl_neigh_attrs[i].bit & OVL_NEIGH_ANSWERS) {
			NL_SET_BAD_ATTR(extack, attr);
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "%s with external needs vnifilter",
					       ovl_neigh_attrs[i].name);
			return -EOPNOTSUPP;
		}
		cfg->neigh &= ~ovl_neigh_attrs[i].bit;
		if (on)
			cfg->neigh |= ovl_neigh_attrs[i].bit;
	}
	return 0;
}

/* Packets bring what says where they go. It can't be said for them. */
static int ovl_parse_external(struct ovl_config *cfg, struct nlattr *data[],
			      const struct ovl_dev *ovl,
			      struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = data[IFLA_OVL_TUN_EXTERNAL];
	bool was = cfg->external;

	if (ovl_parse_bool(&cfg->external, attr))
		return OVL_REFUSE(extack, attr, -ERANGE,
				  "external must be 0 or 1");
	if (rcu_access_pointer(ovl->cfg) && cfg->external != was)
		return OVL_REFUSE(extack, attr, -EBUSY,
				  "external can't change, make another device");
	if (!cfg->external)
		return 0;
	if (data[IFLA_OVL_TUN_ID])
		return OVL_REFUSE(extack, data[IFLA_OVL_TUN_ID], -EINVAL,
				  "an external device has no id, packets say theirs");
	if (!cfg->vnifilter && cfg->remote.family != AF_UNSPEC)
		return OVL_REFUSE(extack, data[IFLA_OVL_TUN_REMOTE] ?:
				  data[IFLA_OVL_TUN_REMOTE6], -EINVAL,
				  "an external device has no remote or group, packets say theirs");
	return 0;
}

/* One VNI, or a table of them that generic netlink fills, or all. */
static int ovl_parse_vni(struct ovl_config *cfg, struct nlattr *data[],
			 struct ovl_dev *ovl, struct netlink_ext_ack *extack)
{
	const struct nlattr *id = data[IFLA_OVL_TUN_ID];
	const struct nlattr *attr = data[IFLA_OVL_TUN_VNIFILTER];
	bool is_new = !rcu_access_pointer(ovl->cfg);
	bool was = cfg->vnifilter;
	int err;

	if (ovl_parse_bool(&cfg->vnifilter, attr))
		return OVL_REFUSE(extack, attr, -ERANGE,
				  "vnifilter must be 0 or 1");
	if (!is_new && cfg->vnifilter != was)
		return OVL_REFUSE(extack, attr, -EBUSY,
				  "vnifilter can't change, make another device");
	err = ovl_parse_external(cfg, data, ovl, extack);
	if (err)
		return err;
	if (id && cfg->vnifilter)
		return OVL_REFUSE(extack, id, -EINVAL,
				  "a device with vnifilter has no id, its VNIs are in a table");
	if (cfg->vnifilter && cfg->layer != 2)
		return OVL_REFUSE(extack, attr, -EOPNOTSUPP,
				  "vnifilter needs a layer 2 device");
	if (id) {
		cfg->vni = nla_get_u32(id);
		if (cfg->vni >= OVL_TUN_N_VNI)
			return OVL_REFUSE(extack, id, -ERANGE,
					  "id (VNI) must be 0 to 16777215");
	} else if (is_new && ovl_config_trunk(cfg)) {
		cfg->vni = ovl_dev_trunk(ovl, cfg);
	}
	return 0;
}

/* What VXLAN carries besides the frame, and what is done where it can't. */
static int ovl_parse_vxlan(struct ovl_config *cfg, struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = data[IFLA_OVL_TUN_GBP];

	if (ovl_parse_bool(&cfg->gbp, attr))
		return OVL_REFUSE(extack, attr, -ERANGE, "gbp must be 0 or 1");
	/* Such a device speaks GPE, whose header has no place for it. */
	if (cfg->gbp && cfg->layer != 2)
		return OVL_REFUSE(extack, attr, -EINVAL,
				  "gbp needs a layer 2 device");
	attr = data[IFLA_OVL_TUN_NOOPTIONS];
	if (attr) {
		cfg->nooptions = nla_get_u8(attr);
		if (cfg->nooptions > OVL_TUN_NOOPTIONS_DROP)
			return OVL_REFUSE(extack, attr, -ERANGE,
					  "nooptions must be 0 (ignore) or 1 (drop)");
	}
	return 0;
}

/* How packets come in. */
static int ovl_parse_receive(struct ovl_config *cfg, struct nlattr *data[],
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = data[IFLA_OVL_TUN_FASTPATH];
	int err;

	if (ovl_parse_bool(&cfg->fastpath, attr))
		return OVL_REFUSE(extack, attr, -ERANGE,
				  "fastpath must be 0 or 1");
	err = ovl_fast_check(cfg, extack);
	if (err)
		NL_SET_BAD_ATTR(extack, attr);
	return err;
}

/* Read a message into @cfg, which holds what was configured before. */
static int ovl_parse(struct ovl_config *cfg, struct nlattr *data[],
		     struct ovl_dev *ovl, struct netlink_ext_ack *extack)
{
	int err;

	if (!data)
		return 0;

	err = ovl_parse_encap(cfg, data, extack);
	if (!err)
		err = ovl_parse_addrs(cfg, data, extack);
	if (!err)
		err = ovl_parse_link(cfg, data, ovl, extack);
	if (!err)
		err = ovl_parse_ports(cfg, data, extack);
	if (!err)
		err = ovl_parse_ip(cfg, data, extack);
	if (!err)
		err = ovl_parse_csum(cfg, data, extack);
	/* Layer, learning, and then what may be had with them. */
	if (!err)
		err = ovl_parse_layer(cfg, data, ovl, extack);
	if (!err)
		err = ovl_parse_vni(cfg, data, ovl, extack);
	if (!err)
		err = ovl_parse_fdb(cfg, data, extack);
	if (!err)
		err = ovl_parse_inner(cfg, data, extack);
	if (!err)
		err = ovl_parse_neigh(cfg, data, extack);
	if (!err)
		err = ovl_parse_vxlan(cfg, data, extack);
	if (!err)
		err = ovl_parse_receive(cfg, data, extack);
	return err;
}

static int ovl_newlink(struct net_device *dev,
		       struct rtnl_newlink_params *params,
		       struct netlink_ext_ack *extack)
{
	struct ovl_config cfg = ovl_config_default;
	struct ovl_dev *ovl = netdev_priv(dev);
	int err;

	ovl->net = rtnl_newlink_link_net(params);
	if (params->tb[IFLA_MTU])
		ovl->mtu_auto = false;

	err = ovl_parse(&cfg, params->data, ovl, extack);
	if (err)
		return err;
	ovl_dev_setup_layer(dev, cfg.layer);
	err = ovl_peers_init(ovl);
	if (err)
		return err;
	err = ovl_dev_apply(ovl, &cfg, extack);
	if (err) {
		ovl_peers_destroy(ovl);
		goto wait;
	}
	err = register_netdevice(dev);
	if (err) {
		ovl_dev_discard(ovl);
		goto wait;
	}
	list_add(&ovl->list, &ovl_net(ovl->net)->devices);
	return 0;

wait:
	/* A packet may have found it by its VNI. */
	synchronize_net();
	return err;
}

OVL_COMPAT_NEWLINK(ovl_newlink)

static int ovl_changelink(struct net_device *dev, struct nlattr *tb[],
			  struct nlattr *data[],
			  struct netlink_ext_ack *extack)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_config cfg;
	int err;

	/* rtnetlink has checked this for the device's own namespace only. */
	if (!net_eq(ovl->net, dev_net(dev)) &&
	    !ns_capable(ovl->net->user_ns, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "CAP_NET_ADMIN is needed in the underlay's namespace too");
		return -EPERM;
	}

	cfg = *rtnl_dereference(ovl->cfg);
	err = ovl_parse(&cfg, data, ovl, extack);
	if (!err)
		err = ovl_dev_apply(ovl, &cfg, extack);
	if (!err)
		ovl_notify_dev(ovl, OVL_TUN_CMD_DEV_NTF);
	return err;
}

/**
 * ovl_config_size() - room that ovl_fill_config() needs
 */
size_t ovl_config_size(void)
{
	return nla_total_size(sizeof(u32)) +		/* ID */
	       nla_total_size(sizeof(u8)) +		/* ENCAP */
	       nla_total_size(sizeof(u8)) +		/* ACCEPT */
	       nla_total_size(sizeof(struct in6_addr)) + /* REMOTE or REMOTE6 */
	       nla_total_size(sizeof(struct in6_addr)) + /* LOCAL or LOCAL6 */
	       nla_total_size(sizeof(u32)) +		/* LINK */
	       nla_total_size(sizeof(__be16)) +		/* VXLAN_PORT */
	       nla_total_size(sizeof(__be16)) +		/* GENEVE_PORT */
	       nla_total_size(sizeof(__be16)) +		/* SPORT_MIN */
	       nla_total_size(sizeof(__be16)) +		/* SPORT_MAX */
	       nla_total_size(sizeof(u8)) +		/* TTL */
	       nla_total_size(sizeof(u8)) +		/* TTL_INHERIT */
	       nla_total_size(sizeof(u8)) +		/* TOS */
	       nla_total_size(sizeof(u8)) +		/* DF */
	       nla_total_size(sizeof(__be32)) +		/* LABEL */
	       nla_total_size(sizeof(u8)) +		/* UDP_CSUM */
	       nla_total_size(sizeof(u8)) +		/* UDP_ZERO_CSUM6_TX */
	       nla_total_size(sizeof(u8)) +		/* UDP_ZERO_CSUM6_RX */
	       nla_total_size(sizeof(u8)) +		/* LAYER */
	       nla_total_size(sizeof(u8)) +		/* SOURCE */
	       nla_total_size(ETH_ALEN) +		/* MAC */
	       nla_total_size(sizeof(u8)) +		/* LEARNING */
	       nla_total_size(sizeof(u32)) +		/* AGEING */
	       nla_total_size(sizeof(u32)) +		/* LIMIT */
	       nla_total_size(sizeof(u8)) +		/* PROXY */
	       nla_total_size(sizeof(u8)) +		/* RSC */
	       nla_total_size(sizeof(u8)) +		/* L2MISS */
	       nla_total_size(sizeof(u8)) +		/* L3MISS */
	       nla_total_size(sizeof(u8)) +		/* VNIFILTER */
	       nla_total_size(sizeof(u8)) +		/* GBP */
	       nla_total_size(sizeof(u8)) +		/* NOOPTIONS */
	       nla_total_size(sizeof(u8)) +		/* EXTERNAL */
	       nla_total_size(sizeof(u8));		/* FASTPATH */
}

/**
 * ovl_put_addr() - write an outer address, if there is one
 * @skb: message to append to
 * @addr: address
 * @attr4: attribute for an IPv4 address
 * @attr6: attribute for an IPv6 address
 *
 * Return: 0, or -EMSGSIZE.
 */
int ovl_put_addr(struct sk_buff *skb, const struct ovl_addr *addr, int attr4,
		 int attr6)
{
	if (addr->family == AF_INET)
		return nla_put_in_addr(skb, attr4, addr->v4);
	if (addr->family == AF_INET6)
		return nla_put_in6_addr(skb, attr6, &addr->v6);
	return 0;
}

static int ovl_put_neigh(struct sk_buff *skb, const struct ovl_config *cfg)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(ovl_neigh_attrs); i++)
		if (nla_put_u8(skb, ovl_neigh_attrs[i].attr,
			       !!(cfg->neigh & ovl_neigh_attrs[i].bit)))
			return -EMSGSIZE;
	return 0;
}

/**
 * ovl_fill_config() - write a configuration as IFLA_OVL_TUN_*
 * @skb: message to append to
 * @ovl: device
 *
 * Context: RTNL or RCU read section.
 * Return: 0, or -EMSGSIZE.
 */
int ovl_fill_config(struct sk_buff *skb, const struct ovl_dev *ovl)
{
	const struct ovl_config *cfg;
	int err;

	rcu_read_lock();
	cfg = rcu_dereference(ovl->cfg);
	err = (cfg->external &&
	       nla_put_u8(skb, IFLA_OVL_TUN_EXTERNAL, 1)) ||
	      (cfg->vnifilter &&
	       nla_put_u8(skb, IFLA_OVL_TUN_VNIFILTER, 1)) ||
	      (!ovl_config_trunk(cfg) &&
	       nla_put_u32(skb, IFLA_OVL_TUN_ID, cfg->vni)) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_ENCAP, cfg->encap) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_ACCEPT, cfg->accept) ||
	      ovl_put_addr(skb, &cfg->remote, IFLA_OVL_TUN_REMOTE,
			   IFLA_OVL_TUN_REMOTE6) ||
	      ovl_put_addr(skb, &cfg->local, IFLA_OVL_TUN_LOCAL,
			   IFLA_OVL_TUN_LOCAL6) ||
	      nla_put_u32(skb, IFLA_OVL_TUN_LINK, cfg->link) ||
	      nla_put_be16(skb, IFLA_OVL_TUN_VXLAN_PORT,
			   cfg->port[OVL_TUN_ENCAP_VXLAN]) ||
	      nla_put_be16(skb, IFLA_OVL_TUN_GENEVE_PORT,
			   cfg->port[OVL_TUN_ENCAP_GENEVE]) ||
	      nla_put_be16(skb, IFLA_OVL_TUN_SPORT_MIN, htons(cfg->sport_min)) ||
	      nla_put_be16(skb, IFLA_OVL_TUN_SPORT_MAX, htons(cfg->sport_max)) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_TTL, cfg->ttl) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_TTL_INHERIT, cfg->ttl_inherit) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_TOS, cfg->tos) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_DF, cfg->df) ||
	      nla_put_be32(skb, IFLA_OVL_TUN_LABEL, cfg->label) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_UDP_CSUM, cfg->udp_csum) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_UDP_ZERO_CSUM6_TX,
			 cfg->zero_csum6_tx) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_UDP_ZERO_CSUM6_RX,
			 cfg->zero_csum6_rx) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_LAYER, cfg->layer) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_SOURCE, cfg->source) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_NOOPTIONS, cfg->nooptions) ||
	      nla_put_u8(skb, IFLA_OVL_TUN_FASTPATH, cfg->fastpath) ||
	      (cfg->layer == 3 &&
	       nla_put(skb, IFLA_OVL_TUN_MAC, ETH_ALEN, cfg->mac)) ||
	      (cfg->layer == 2 &&
	       (nla_put_u8(skb, IFLA_OVL_TUN_LEARNING, cfg->learning) ||
		nla_put_u32(skb, IFLA_OVL_TUN_AGEING, cfg->ageing) ||
		nla_put_u32(skb, IFLA_OVL_TUN_LIMIT, cfg->max_macs) ||
		nla_put_u8(skb, IFLA_OVL_TUN_GBP, cfg->gbp) ||
		ovl_put_neigh(skb, cfg)));
	rcu_read_unlock();
	return err ? -EMSGSIZE : 0;
}

static size_t ovl_get_size(const struct net_device *dev)
{
	return ovl_config_size();
}

static int ovl_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	return ovl_fill_config(skb, netdev_priv(dev));
}

static struct net *ovl_get_link_net(const struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	return READ_ONCE(ovl->net);
}

struct rtnl_link_ops ovl_link_ops __read_mostly = {
	.kind		= OVL_DRV_NAME,
	.maxtype	= IFLA_OVL_TUN_MAX,
	.policy		= ovl_link_policy,
	.priv_size	= sizeof(struct ovl_dev),
	.setup		= ovl_dev_setup,
	.validate	= ovl_validate,
	.newlink	= OVL_COMPAT_NEWLINK_OP(ovl_newlink),
	.changelink	= ovl_changelink,
	.get_size	= ovl_get_size,
	.fill_info	= ovl_fill_info,
	.get_link_net	= ovl_get_link_net,
};
