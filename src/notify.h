/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_NOTIFY_H
#define _OVL_TUN_NOTIFY_H

#include <linux/types.h>

struct ovl_addr;
struct ovl_dev;
struct ovl_peer;
struct ovl_rule;
struct ovl_set;
struct ovl_sock;
struct ovl_source;
struct ovl_vni_request;

void ovl_notify_dev(struct ovl_dev *ovl, u8 cmd);
void ovl_notify_options(struct ovl_dev *ovl, const struct ovl_set *set, u8 cmd);
void ovl_notify_peer(struct ovl_peer *peer, u8 cmd);
struct sk_buff *ovl_notify_peer_prepare(struct ovl_peer *peer, u8 cmd);
void ovl_notify_prepared(struct ovl_dev *ovl, struct sk_buff *msg);
void ovl_notify_vnis(struct ovl_dev *ovl, const struct ovl_vni_request *req,
		     u8 cmd);
void ovl_notify_rule(struct ovl_dev *ovl, const struct ovl_rule *rule, u8 cmd);
void ovl_notify_echo(struct ovl_dev *ovl, u8 cmd);
void ovl_notify_drop(const struct ovl_source *from, struct ovl_sock *os,
		     const struct ovl_addr *source, u32 vni, u32 reason,
		     const struct ovl_rule *rule);
void ovl_notify_hit(const struct ovl_source *from, const struct ovl_sock *os,
		    const struct ovl_addr *source, u32 vni,
		    const struct ovl_rule *rule);

#endif /* _OVL_TUN_NOTIFY_H */
