// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: requests that change peers.
 *
 * A request is read into a struct ovl_peer_request as a whole, which
 * ovl_peer_change() applies or refuses as a whole. Everything runs under RTNL,
 * which a flush lets go of every now and then.
 */

#include <linux/ctype.h>
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "device.h"
#include "fdb.h"
#include "main.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "path.h"
#include "notify.h"
#include "peer.h"
#include "rtnl.h"
#include "rule.h"
#include "set.h"

#define OVL_PEER_MTU_MIN	68	/* IPv4's least, RFC 791 */
#define OVL_PEER_MACS_MAX	1024	/* they are searched one by one */

static int ovl_nl_peer_addrs(struct ovl_peer_config *own, bool add,
			     const struct ovl_config *cfg,
			     struct genl_info *info)
{
	struct nlattr **a = info->attrs;
	const struct nlattr *remote = a[OVL_TUN_A_PEER_REMOTE] ?:
				      a[OVL_TUN_A_PEER_REMOTE6];
	const struct nlattr *local = a[OVL_TUN_A_PEER_LOCAL] ?:
				     a[OVL_TUN_A_PEER_LOCAL6];

	if (a[OVL_TUN_A_PEER_REMOTE] && a[OVL_TUN_A_PEER_REMOTE6])
		return OVL_REFUSE(info->extack, a[OVL_TUN_A_PEER_REMOTE6], -EINVAL,
				  "remote is either IPv4 or IPv6, not both");
	if (a[OVL_TUN_A_PEER_LOCAL] && a[OVL_TUN_A_PEER_LOCAL6])
		return OVL_REFUSE(info->extack, a[OVL_TUN_A_PEER_LOCAL6], -EINVAL,
				  "local is either IPv4 or IPv6, not both");
	if (add && !remote)
		return OVL_REFUSE(info->extack, NULL, -EINVAL, "remote is missing");

	ovl_parse_addr(&own->remote, a[OVL_TUN_A_PEER_REMOTE],
		       a[OVL_TUN_A_PEER_REMOTE6]);
	if (local) {
		ovl_parse_addr(&own->local, a[OVL_TUN_A_PEER_LOCAL],
			       a[OVL_TUN_A_PEER_LOCAL6]);
		if (own->local.family == AF_UNSPEC)
			return OVL_REFUSE(info->extack, local, -EINVAL,
					  "local must be a unicast address");
		own->given |= OVL_TUN_PEER_FIELD_LOCAL;
	}
	if (own->remote.family == AF_UNSPEC ||
	    !ovl_addr_is_unicast(&own->remote))
		return OVL_REFUSE(info->extack, remote, -EINVAL,
				  "remote must be a unicast address of another node");
	if (!ovl_addr_is_unicast(&own->local))
		return OVL_REFUSE(info->extack, local, -EINVAL,
				  "local must be a unicast address");
	if ((own->given & OVL_TUN_PEER_FIELD_LOCAL) &&
	    own->local.family != AF_UNSPEC &&
	    own->local.family != own->remote.family)
		return OVL_REFUSE(info->extack, local ?: remote, -EINVAL,
				  "remote and local must be of one address family");
	if (!ipv6_mod_enabled() && own->remote.family == AF_INET6)
		return OVL_REFUSE(info->extack, remote, -EAFNOSUPPORT,
				  "remote is IPv6, which is disabled here");
	if (own->remote.family == AF_INET6 && !cfg->link &&
	    (ipv6_addr_type(&own->remote.v6) & IPV6_ADDR_LINKLOCAL))
		return OVL_REFUSE(info->extack, remote, -EINVAL,
				  "remote is link-local, the device needs dev");
	return 0;
}

static int ovl_nl_peer_vni(struct genl_info *info, int type, const char *name,
			   u32 field, u32 *value, struct ovl_peer_config *own)
{
	const struct nlattr *attr = info->attrs[type];

	if (!attr)
		return 0;
	if (nla_get_u32(attr) >= OVL_TUN_N_VNI) {
		NL_SET_BAD_ATTR(info->extack, attr);
		NL_SET_ERR_MSG_FMT_MOD(info->extack, "%s must be 0 to 16777215",
				       name);
		return -ERANGE;
	}
	*value = nla_get_u32(attr);
	own->given |= field;
	return 0;
}

/* What says where in the tunnel: encapsulation, port, VNIs. */
static int ovl_nl_peer_wire(struct ovl_peer_config *own,
			    const struct ovl_config *cfg,
			    struct genl_info *info)
{
	struct nlattr **a = info->attrs, *attr;
	int err;

	attr = a[OVL_TUN_A_PEER_PORT];
	if (attr) {
		own->port = nla_get_be16(attr);
		if (!own->port)
			return OVL_REFUSE(info->extack, attr, -ERANGE,
					  "port must be 1 to 65535");
		own->given |= OVL_TUN_PEER_FIELD_PORT;
	}
	attr = a[OVL_TUN_A_PEER_ENCAP];
	if (attr) {
		own->encap = nla_get_u8(attr);
		own->given |= OVL_TUN_PEER_FIELD_ENCAP;
	}
	err = ovl_nl_peer_vni(info, OVL_TUN_A_PEER_VNI, "vni",
			      OVL_TUN_PEER_FIELD_VNI, &own->vni, own);
	if (err)
		return err;
	if (ovl_config_trunk(cfg) && a[OVL_TUN_A_PEER_RX_VNI])
		return OVL_REFUSE(info->extack, a[OVL_TUN_A_PEER_RX_VNI],
				  -EOPNOTSUPP,
				  "rx-vni needs a device without vnifilter and external");
	err = ovl_nl_peer_vni(info, OVL_TUN_A_PEER_RX_VNI, "rx-vni",
			      OVL_TUN_PEER_FIELD_RX_VNI, &own->rx_vni, own);
	if (err)
		return err;
	attr = a[OVL_TUN_A_PEER_MTU];
	if (attr) {
		own->mtu = nla_get_u32(attr);
		if (own->mtu < OVL_PEER_MTU_MIN || own->mtu > IP_MAX_MTU)
			return OVL_REFUSE(info->extack, attr, -ERANGE,
					  "mtu must be 68 to 65535");
		own->given |= OVL_TUN_PEER_FIELD_MTU;
	}
	return 0;
}

/* A name is a word of a command and of a file, and not taken for an id. What is
 * not ASCII is the reader's to interpret; char is signed before Linux 6.2.
 */
static bool ovl_peer_name_valid(const char *name)
{
	bool digits = true;

	for (; *name; name++) {
		if ((unsigned char)*name <= ' ' || *name == '#' || *name == 0x7f)
			return false;
		digits &= isdigit(*name);
	}
	return !digits;
}

static int ovl_nl_peer_bool(struct genl_info *info, int type, const char *name,
			    u32 field, bool *value, struct ovl_peer_config *own)
{
	const struct nlattr *attr = info->attrs[type];

	if (!attr)
		return 0;
	if (nla_get_u8(attr) > 1) {
		NL_SET_BAD_ATTR(info->extack, attr);
		NL_SET_ERR_MSG_FMT_MOD(info->extack, "%s must be 0 or 1", name);
		return -ERANGE;
	}
	*value = nla_get_u8(attr);
	own->given |= field;
	return 0;
}

/* What fills the fields of the outer headers. */
static int ovl_nl_peer_ip(struct ovl_peer_config *own, struct genl_info *info)
{
	struct nlattr **a = info->attrs, *attr;
	int err;

	if (a[OVL_TUN_A_PEER_TTL]) {
		own->ttl = nla_get_u8(a[OVL_TUN_A_PEER_TTL]);
		own->ttl_inherit = false;
		own->given |= OVL_TUN_PEER_FIELD_TTL;
	}
	err = ovl_nl_peer_bool(info, OVL_TUN_A_PEER_TTL_INHERIT, "ttl-inherit",
			       OVL_TUN_PEER_FIELD_TTL, &own->ttl_inherit, own);
	if (err)
		return err;
	if (own->ttl_inherit)
		own->ttl = 0;
	if (a[OVL_TUN_A_PEER_TOS]) {
		own->tos = nla_get_u8(a[OVL_TUN_A_PEER_TOS]);
		own->given |= OVL_TUN_PEER_FIELD_TOS;
	}
	if (a[OVL_TUN_A_PEER_DF]) {
		own->df = nla_get_u8(a[OVL_TUN_A_PEER_DF]);
		own->given |= OVL_TUN_PEER_FIELD_DF;
	}
	attr = a[OVL_TUN_A_PEER_LABEL];
	if (attr) {
		own->label = nla_get_be32(attr);
		if (own->label & ~IPV6_FLOWLABEL_MASK)
			return OVL_REFUSE(info->extack, attr, -ERANGE,
					  "label must be 0 to 0xfffff");
		own->given |= OVL_TUN_PEER_FIELD_LABEL;
	}
	if ((own->given & OVL_TUN_PEER_FIELD_LABEL) && own->label &&
	    own->remote.family == AF_INET)
		return OVL_REFUSE(info->extack, attr, -EINVAL,
				  "label needs an IPv6 remote");
	err = ovl_nl_peer_bool(info, OVL_TUN_A_PEER_UDP_CSUM, "udp-csum",
			       OVL_TUN_PEER_FIELD_UDP_CSUM, &own->udp_csum,
			       own);
	if (err)
		return err;
	return ovl_nl_peer_bool(info, OVL_TUN_A_PEER_UDP_ZERO_CSUM6_TX,
				"udp-zero-csum6-tx",
				OVL_TUN_PEER_FIELD_UDP_ZERO_CSUM6_TX,
				&own->zero_csum6_tx, own);
}

/* Which options it is sent, and what is done where they can't be. */
static int ovl_nl_peer_options(struct ovl_peer_config *own,
			       struct genl_info *info)
{
	const struct nlattr *nooptions = info->attrs[OVL_TUN_A_PEER_NOOPTIONS];
	const struct nlattr *name = info->attrs[OVL_TUN_A_PEER_OPTIONS];

	if (nooptions) {
		own->nooptions = nla_get_u8(nooptions);
		own->given |= OVL_TUN_PEER_FIELD_NOOPTIONS;
	}
	if (!(own->given & OVL_TUN_PEER_FIELD_OPTIONS))
		own->set = NULL; /* taken away */
	if (!name)
		return 0;
	own->set = ovl_set_find(info->user_ptr[0], nla_data(name));
	if (!own->set)
		return OVL_REFUSE(info->extack, name, -ENOENT,
				  "options must be the name of a set of the device");
	own->given |= OVL_TUN_PEER_FIELD_OPTIONS;
	return 0;
}

static int ovl_nl_prefix(const struct nlattr *attr, struct ovl_prefix_key *key,
			 struct genl_info *info)
{
	struct nlattr *tb[OVL_TUN_A_PREFIX_MAX + 1];
	const struct nlattr *addr;
	unsigned int len, max;
	int err;

	err = nla_parse_nested(tb, OVL_TUN_A_PREFIX_MAX, attr,
			       ovl_tun_prefix_nl_policy, info->extack);
	if (err)
		return err;
	addr = tb[OVL_TUN_A_PREFIX_ADDR];
	if (!addr || !tb[OVL_TUN_A_PREFIX_LEN])
		return OVL_REFUSE(info->extack, attr, -EINVAL,
				  "prefix needs an address and a length");
	if (nla_len(addr) != sizeof(struct in_addr) &&
	    nla_len(addr) != sizeof(struct in6_addr))
		return OVL_REFUSE(info->extack, addr, -EINVAL,
				  "address of a prefix must have 4 or 16 bytes");
	max = nla_len(addr) * 8;
	len = nla_get_u8(tb[OVL_TUN_A_PREFIX_LEN]);
	if (len > max)
		return OVL_REFUSE(info->extack, tb[OVL_TUN_A_PREFIX_LEN], -ERANGE,
				  "length of a prefix exceeds that of its address");
	ovl_prefix_key_set(key, max == 32 ? AF_INET : AF_INET6, nla_data(addr),
			   len);
	return 0;
}

/* Prefixes of a request, in its order; those to take away come with op DEL. */
static int ovl_nl_peer_prefixes(struct ovl_peer_request *req,
				const struct ovl_config *cfg,
				struct genl_info *info)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int rem, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		switch (nla_type(attr)) {
		case OVL_TUN_A_PEER_ALLOWED:
		case OVL_TUN_A_PEER_ALLOWED_NONE:
			req->replace_prefixes = true;
			fallthrough;
		case OVL_TUN_A_PEER_ALLOWED_ADD:
		case OVL_TUN_A_PEER_ALLOWED_DEL:
			if (cfg->layer != 3)
				return OVL_REFUSE(info->extack, attr, -EOPNOTSUPP,
						  "allowed needs a layer 3 device");
			n++;
		}
	if (!n)
		return 0;

	req->prefix = kvcalloc(n, sizeof(*req->prefix), GFP_KERNEL_ACCOUNT);
	if (!req->prefix)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		struct ovl_prefix_op *op = &req->prefix[req->n_prefix];

		switch (nla_type(attr)) {
		case OVL_TUN_A_PEER_ALLOWED:
		case OVL_TUN_A_PEER_ALLOWED_ADD:
			op->op = OVL_LIST_ADD;
			break;
		case OVL_TUN_A_PEER_ALLOWED_DEL:
			op->op = OVL_LIST_DEL;
			break;
		default:
			continue;
		}
		err = ovl_nl_prefix(attr, &op->key, info);
		if (err)
			return err;
		req->n_prefix++;
	}
	return 0;
}

static int ovl_macs_find(const struct ovl_macs *macs, const u8 *addr)
{
	unsigned int i;

	for (i = 0; i < macs->n; i++)
		if (ether_addr_equal_unaligned(macs->addr[i], addr))
			return i;
	return -ENOENT;
}

static int ovl_nl_mac(struct ovl_macs *macs, const struct nlattr *attr,
		      struct genl_info *info)
{
	const u8 *addr = nla_data(attr);
	int i = ovl_macs_find(macs, addr);

	if (nla_type(attr) == OVL_TUN_A_PEER_MAC_DEL) {
		if (i < 0)
			return OVL_REFUSE(info->extack, attr, -ENOENT,
					  "the peer has no such MAC address");
		memmove(macs->addr[i], macs->addr[i + 1],
			(--macs->n - i) * ETH_ALEN);
		return 0;
	}
	if (is_multicast_ether_addr(addr) || is_zero_ether_addr(addr))
		return OVL_REFUSE(info->extack, attr, -EADDRNOTAVAIL,
				  "mac is not a unicast Ethernet address");
	if (i >= 0)
		return 0;
	if (macs->n == OVL_PEER_MACS_MAX)
		return OVL_REFUSE(info->extack, attr, -E2BIG,
				  "a peer has at most 1024 MAC addresses");
	memcpy(macs->addr[macs->n++], addr, ETH_ALEN);
	return 0;
}

/* MAC addresses that a request leaves the peer with. */
static int ovl_nl_peer_macs(struct ovl_peer_request *req,
			    const struct ovl_peer *peer,
			    const struct ovl_config *cfg, struct genl_info *info)
{
	unsigned int n = peer && peer->macs ? peer->macs->n : 0;
	bool replace = false, any = false;
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		switch (nla_type(attr)) {
		case OVL_TUN_A_PEER_MAC:
		case OVL_TUN_A_PEER_MAC_NONE:
			replace = true;
			fallthrough;
		case OVL_TUN_A_PEER_MAC_ADD:
		case OVL_TUN_A_PEER_MAC_DEL:
			any = true;
			n++;
		}
	if (!any)
		return 0;
	/* Some of these may be taken away, or be there already. */
	n = min_t(unsigned int, n, OVL_PEER_MACS_MAX);
	req->macs = kzalloc(struct_size(req->macs, addr, n), GFP_KERNEL_ACCOUNT);
	if (!req->macs)
		return -ENOMEM;
	req->set_macs = true;
	if (!replace && peer && peer->macs) {
		req->macs->n = peer->macs->n;
		memcpy(req->macs->addr, peer->macs->addr,
		       peer->macs->n * ETH_ALEN);
	}
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		switch (nla_type(attr)) {
		case OVL_TUN_A_PEER_MAC:
		case OVL_TUN_A_PEER_MAC_ADD:
		case OVL_TUN_A_PEER_MAC_DEL:
			err = ovl_nl_mac(req->macs, attr, info);
			if (err)
				return err;
		}
	if (ovl_config_trunk(cfg) && req->macs->n)
		return OVL_REFUSE(info->extack, info->attrs[OVL_TUN_A_PEER_MAC] ?:
				     info->attrs[OVL_TUN_A_PEER_MAC_ADD],
				  -EOPNOTSUPP,
				  "mac needs a device without vnifilter and external, use bridge fdb with src_vni");
	if (cfg->layer == 3 && req->macs->n > 1)
		return OVL_REFUSE(info->extack, info->attrs[OVL_TUN_A_PEER_MAC] ?:
				     info->attrs[OVL_TUN_A_PEER_MAC_ADD],
				     -EINVAL,
				  "a peer of a layer 3 device has one mac");
	if (!req->macs->n) {
		kfree(req->macs);
		req->macs = NULL;
	}
	return 0;
}

static void ovl_nl_peer_request_free(struct ovl_peer_request *req)
{
	kvfree(req->prefix);
	kfree(req->macs);
}

/* Read a request into @req, of which the settings hold what was before. */
static int ovl_nl_peer_parse(struct ovl_peer_request *req,
			     const struct ovl_peer *peer, bool add,
			     struct genl_info *info)
{
	const struct ovl_dev *ovl = info->user_ptr[0];
	const struct ovl_config *cfg = rtnl_dereference(ovl->cfg);
	struct nlattr *name = info->attrs[OVL_TUN_A_PEER_NAME];
	int err;

	if (name) {
		req->name = nla_data(name);
		if (!ovl_peer_name_valid(req->name))
			return OVL_REFUSE(info->extack, name, -EINVAL,
					  "name must have no blanks and no #, and not be a number");
	} else if (add || (info->attrs[OVL_TUN_A_PEER_UNSET] &&
			   (nla_get_u32(info->attrs[OVL_TUN_A_PEER_UNSET]) &
			    OVL_TUN_PEER_FIELD_NAME))) {
		req->name = "";
	}
	if (info->attrs[OVL_TUN_A_PEER_UNSET])
		req->cfg.given &= ~nla_get_u32(info->attrs[OVL_TUN_A_PEER_UNSET]);
	err = ovl_nl_peer_addrs(&req->cfg, add, cfg, info);
	if (!err)
		err = ovl_nl_peer_wire(&req->cfg, cfg, info);
	if (!err)
		err = ovl_nl_peer_ip(&req->cfg, info);
	if (!err)
		err = ovl_nl_peer_options(&req->cfg, info);
	if (!err)
		err = ovl_nl_peer_prefixes(req, cfg, info);
	if (!err)
		err = ovl_nl_peer_macs(req, peer, cfg, info);
	return err;
}

/**
 * ovl_nl_peer_find() - the peer that a request names
 * @info: attributes of the request; the id counts, or else the name
 *
 * Context: RTNL.
 * Return: peer, or NULL if there is none or none is named.
 */
struct ovl_peer *ovl_nl_peer_find(struct genl_info *info)
{
	const struct nlattr *id = info->attrs[OVL_TUN_A_PEER_ID];
	const struct nlattr *name = info->attrs[OVL_TUN_A_PEER_NAME];
	struct ovl_dev *ovl = info->user_ptr[0];
	struct ovl_peer *peer = NULL;

	if (id)
		peer = xa_load(&ovl->peers, nla_get_u32(id));
	else if (name)
		peer = ovl_peer_by_name(ovl, nla_data(name));
	return peer;
}

/**
 * ovl_nl_no_peer() - say why ovl_nl_peer_find() has found nothing
 * @info: attributes of the request
 *
 * Return: a negative error.
 */
int ovl_nl_no_peer(struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[OVL_TUN_A_PEER_ID] ?:
				    info->attrs[OVL_TUN_A_PEER_NAME];

	if (!attr)
		return OVL_REFUSE(info->extack, NULL, -EINVAL,
				  "id or name of the peer is missing");
	return OVL_REFUSE(info->extack, attr, -ENOENT, "no such peer");
}

/* Whether a request may change a peer by itself. */
static int ovl_nl_peer_own(const struct ovl_peer *peer, struct genl_info *info)
{
	if (!peer->implicit)
		return 0;
	return OVL_REFUSE(info->extack, info->attrs[OVL_TUN_A_PEER_ID], -EBUSY,
			  "peer is the link's remote or a forwarding entry's, change that");
}

static int ovl_nl_peer_apply(struct ovl_peer *peer,
			     struct ovl_peer_request *req,
			     struct genl_info *info)
{
	int err;

	err = ovl_peer_change(peer, req, info->extack);
	if (!err)
		ovl_notify_peer(peer, OVL_TUN_CMD_PEER_NTF);
	ovl_nl_peer_request_free(req);
	return err;
}

static int ovl_nl_peer_create(struct genl_info *info)
{
	const struct nlattr *id = info->attrs[OVL_TUN_A_PEER_ID];
	struct ovl_dev *ovl = info->user_ptr[0];
	struct ovl_peer_request req = {};
	struct ovl_peer *peer;
	int err;

	if (id && (!nla_get_u32(id) || nla_get_u32(id) > S32_MAX))
		return OVL_REFUSE(info->extack, id, -ERANGE,
				  "id must be 1 to 2147483647");
	err = ovl_nl_peer_parse(&req, NULL, true, info);
	if (!err) {
		peer = ovl_peer_add(ovl, id ? nla_get_u32(id) : OVL_PEER_ANY,
				    &req, info->extack);
		err = PTR_ERR_OR_ZERO(peer);
	}
	ovl_nl_peer_request_free(&req);
	return err;
}

int ovl_tun_nl_peer_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	u16 flags = info->nlhdr->nlmsg_flags;
	struct ovl_peer_request req = {
		.replace_prefixes = true,
		.set_macs = true,
	};
	struct ovl_peer *peer;
	int err;

	if (!ovl_nl_may_change(skb, info))
		return -EPERM;
	peer = ovl_nl_peer_find(info);
	if (!peer)
		return flags & NLM_F_CREATE ? ovl_nl_peer_create(info) :
					      ovl_nl_no_peer(info);
	if ((flags & NLM_F_EXCL) || !(flags & NLM_F_REPLACE))
		return OVL_REFUSE(info->extack, info->attrs[OVL_TUN_A_PEER_ID] ?:
				     info->attrs[OVL_TUN_A_PEER_NAME], -EEXIST,
				  "peer is there already, use replace or set");
	err = ovl_nl_peer_own(peer, info);
	if (!err)
		err = ovl_nl_peer_parse(&req, NULL, true, info);
	if (!err)
		return ovl_nl_peer_apply(peer, &req, info);
	ovl_nl_peer_request_free(&req);
	return err;
}

int ovl_tun_nl_peer_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_peer_request req = {};
	struct ovl_peer *peer;
	int err;

	if (!ovl_nl_may_change(skb, info))
		return -EPERM;
	peer = ovl_nl_peer_find(info);
	if (!peer)
		return ovl_nl_no_peer(info);
	err = ovl_nl_peer_own(peer, info);
	if (err)
		return err;
	req.cfg = peer->cfg;
	err = ovl_nl_peer_parse(&req, peer, false, info);
	if (!err)
		return ovl_nl_peer_apply(peer, &req, info);
	ovl_nl_peer_request_free(&req);
	return err;
}

/* A rule stays as long as its peer, or what it demands of a node would not be
 * demanded any more of one that comes back.
 */
static int ovl_nl_peer_in_use(const struct ovl_rule *rule,
			      struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[OVL_TUN_A_PEER_ID] ?:
				    info->attrs[OVL_TUN_A_PEER_NAME];

	NL_SET_ERR_MSG_FMT_MOD(info->extack, "peer %u is in use by rule %u",
			       rule->spec.peer, rule->spec.pref);
	NL_SET_BAD_ATTR(info->extack, attr);
	return -EBUSY;
}

/* Whether there is a rule for a peer that was added here. */
static int ovl_nl_peers_unused(const struct ovl_dev *ovl,
			       struct genl_info *info)
{
	const struct ovl_rule *rule = ovl_rule_after(ovl, 0);

	for (; rule; rule = ovl_rule_after(ovl, rule->spec.pref))
		if (rule->spec.has_peer && rule->spec.peer != OVL_PEER_REMOTE)
			return ovl_nl_peer_in_use(rule, info);
	return 0;
}

#define OVL_PEER_FLUSH_STEPS	64	/* peers that go in one go */

/* All of a user's peers, who may have many: others get a turn in between, and
 * may have made a rule by then for one that is left.
 */
static int ovl_nl_peer_flush(struct ovl_dev *ovl, struct genl_info *info)
{
	struct net_device *dev = ovl->dev;
	netdevice_tracker tracker;
	struct ovl_peer *peer;
	unsigned int n = 0;
	unsigned long id;
	int err;

	err = ovl_nl_peers_unused(ovl, info);
	if (err)
		return err;
	netdev_hold(dev, &tracker, GFP_KERNEL);
	xa_for_each(&ovl->peers, id, peer) {
		if (peer->implicit)
			continue;
		err = ovl_peer_remove(peer, info->extack);
		if (err)
			break;
		if (++n % OVL_PEER_FLUSH_STEPS)
			continue;
		if (!ovl_dev_rest(ovl))
			break;
		err = ovl_nl_peers_unused(ovl, info);
		if (err)
			break;
	}
	netdev_put(dev, &tracker);
	return err;
}

int ovl_tun_nl_peer_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_dev *ovl = info->user_ptr[0];
	const struct ovl_rule *rule;
	struct ovl_peer *peer;
	int err;

	if (!ovl_nl_may_change(skb, info))
		return -EPERM;
	if (!info->attrs[OVL_TUN_A_PEER_ID] &&
	    !info->attrs[OVL_TUN_A_PEER_NAME])
		return ovl_nl_peer_flush(ovl, info);
	peer = ovl_nl_peer_find(info);
	if (!peer)
		return ovl_nl_no_peer(info);
	err = ovl_nl_peer_own(peer, info);
	if (err)
		return err;
	rule = ovl_rule_of_peer(ovl, peer->id);
	if (rule)
		return ovl_nl_peer_in_use(rule, info);
	return ovl_peer_remove(peer, info->extack);
}
