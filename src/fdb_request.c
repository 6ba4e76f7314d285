// SPDX-License-Identifier: GPL-2.0
/* What a message says of a forwarding entry, read and checked. */

#include <linux/rtnetlink.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/neighbour.h>

#include "device.h"
#include "fdb_request.h"
#include "netlink.h"
#include "vni.h"

static int ovl_fdb_parse_dst(struct ovl_fdb_request *req,
			     const struct ovl_dev *ovl, const struct nlattr *dst,
			     struct netlink_ext_ack *extack)
{
	struct ovl_addr *addr = &req->ep.addr;

	req->has_dst = true;
	if (nla_len(dst) == sizeof(struct in_addr)) {
		ovl_addr_set4(addr, nla_get_in_addr(dst));
		req->local = !addr->v4;
	} else if (nla_len(dst) == sizeof(struct in6_addr)) {
		struct in6_addr in6 = nla_get_in6_addr(dst);

		ovl_addr_set6(addr, &in6);
		req->local = ipv6_addr_any(&in6);
	} else {
		return OVL_REFUSE(extack, dst, -EAFNOSUPPORT,
				  "dst must be an IPv4 or IPv6 address");
	}
	if (req->local)
		return 0;
	if (addr->family == AF_INET6 && !ipv6_mod_enabled())
		return OVL_REFUSE(extack, dst, -EAFNOSUPPORT,
				  "dst is IPv6, which is disabled here");
	if (!ovl_addr_is_unicast(addr) && !ovl_addr_is_multicast(addr))
		return OVL_REFUSE(extack, dst, -EINVAL,
				  "dst must be an address of another node");
	return 0;
}

/* In which VNI of a device the entry is; @vni is set to it. */
static int ovl_fdb_parse_src_vni(struct ovl_fdb_request *req,
				 const struct ovl_dev *ovl,
				 const struct ovl_config *cfg,
				 const struct nlattr *attr, u32 *vni,
				 struct netlink_ext_ack *extack)
{
	*vni = cfg->vni;
	if (attr && nla_len(attr) != sizeof(u32))
		return OVL_REFUSE(extack, attr, -EINVAL,
				  "src_vni must be 0 to 16777215");
	if (!ovl->trunk)
		return !attr || nla_get_u32(attr) == cfg->vni ? 0 :
		       OVL_REFUSE(extack, attr, -EINVAL,
				  "src_vni isn't the device's, which has but one");
	if (!attr)
		return 0;
	*vni = nla_get_u32(attr);
	if (!ovl_vni_carried(ovl, cfg, *vni))
		return OVL_REFUSE(extack, attr, -EINVAL,
				  "src_vni is not in the device's table");
	req->vni = *vni;
	return 0;
}

static int ovl_fdb_parse_vni(struct ovl_fdb_request *req,
			     const struct ovl_dev *ovl,
			     const struct ovl_config *cfg, struct nlattr *tb[],
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[NDA_VNI];
	u32 vni;
	int err;

	err = ovl_fdb_parse_src_vni(req, ovl, cfg, tb[NDA_SRC_VNI], &vni,
				    extack);
	if (err)
		return err;
	req->ep.vni = cfg->vni;
	if (!attr)
		return 0;
	if (nla_len(attr) != sizeof(u32) || nla_get_u32(attr) >= OVL_TUN_N_VNI)
		return OVL_REFUSE(extack, attr, -EINVAL,
				  "vni must be 0 to 16777215");
	/* Another one than that of the frames */
	if (nla_get_u32(attr) != vni) {
		req->ep.vni = nla_get_u32(attr);
		req->ep.has_vni = true;
	}
	return 0;
}

static int ovl_fdb_parse_nhid(struct ovl_fdb_request *req, struct nlattr *tb[],
			      struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[NDA_NH_ID];

	if (nla_len(attr) != sizeof(u32) || !nla_get_u32(attr))
		return OVL_REFUSE(extack, attr, -EINVAL,
				  "nhid must be the id of a nexthop group");
	if (tb[NDA_DST] || tb[NDA_VNI] || tb[NDA_IFINDEX] || tb[NDA_PORT])
		return OVL_REFUSE(extack, attr, -EINVAL,
				  "nhid takes the place of dst, port, vni and via");
	req->nhid = nla_get_u32(attr);
	return 0;
}

/**
 * ovl_fdb_parse() - read what a message says of an entry's destination
 * @req: filled
 * @ovl: device
 * @tb: attributes of the message, NDA_*
 * @extack: says what is wrong
 *
 * Context: RTNL.
 * Return: 0 or a negative error.
 */
int ovl_fdb_parse(struct ovl_fdb_request *req, struct ovl_dev *ovl,
		  struct nlattr *tb[], struct netlink_ext_ack *extack)
{
	const struct ovl_config *cfg = rtnl_dereference(ovl->cfg);
	const struct nlattr *attr;
	int err;

	memset(req, 0, sizeof(*req));
	/* NDA_VLAN is for a bridge, to which the same message may go as well. */
	if (tb[NDA_NH_ID]) {
		err = ovl_fdb_parse_nhid(req, tb, extack);
		if (err)
			return err;
	}
	if (tb[NDA_DST]) {
		err = ovl_fdb_parse_dst(req, ovl, tb[NDA_DST], extack);
		if (err)
			return err;
	}
	attr = tb[NDA_PORT];
	if (attr) {
		if (nla_len(attr) != sizeof(__be16) || !nla_get_be16(attr))
			return OVL_REFUSE(extack, attr, -EINVAL,
					  "port must be 1 to 65535");
		req->ep.port = nla_get_be16(attr);
		req->ep.has_port = req->ep.port != cfg->port[cfg->encap];
	}
	err = ovl_fdb_parse_vni(req, ovl, cfg, tb, extack);
	if (err)
		return err;
	attr = tb[NDA_IFINDEX];
	if (attr) {
		if (nla_len(attr) != sizeof(u32))
			return OVL_REFUSE(extack, attr, -EINVAL,
					  "via is not an interface's index");
		req->ep.link = nla_get_u32(attr);
		if (!__dev_get_by_index(ovl->net, req->ep.link))
			return OVL_REFUSE(extack, attr, -EADDRNOTAVAIL,
					  "via is not an interface of the underlay");
		if (req->ep.link == ovl->dev->ifindex &&
		    net_eq(ovl->net, dev_net(ovl->dev)))
			return OVL_REFUSE(extack, attr, -ELOOP,
					  "via is the tunnel itself");
	}
	if (req->has_dst && !req->local && !req->ep.link && !cfg->link &&
	    req->ep.addr.family == AF_INET6 &&
	    (ipv6_addr_type(&req->ep.addr.v6) & IPV6_ADDR_LINKLOCAL))
		return OVL_REFUSE(extack, tb[NDA_DST], -EINVAL,
				  "dst is link-local and needs via");
	return 0;
}

/**
 * ovl_fdb_may_change() - whether the caller may change a device's table
 * @ovl: device
 * @extack: says what is missing
 *
 * As for ip and ovltun: also in the namespace that is sent to.
 *
 * Return: 0 or -EPERM.
 */
int ovl_fdb_may_change(const struct ovl_dev *ovl,
		       struct netlink_ext_ack *extack)
{
	if (net_eq(ovl->net, dev_net(ovl->dev)) ||
	    ns_capable(ovl->net->user_ns, CAP_NET_ADMIN))
		return 0;
	NL_SET_ERR_MSG_MOD(extack,
			   "CAP_NET_ADMIN is needed in the underlay's namespace too");
	return -EPERM;
}
