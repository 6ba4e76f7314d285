/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_MTU_H
#define _OVL_TUN_MTU_H

struct net;
struct ovl_dev;
struct ovl_net;
struct ovl_peer;

void ovl_mtu_init_net(struct ovl_net *on);
void ovl_mtu_exit_net(struct ovl_net *on);
void ovl_mtu_note(struct ovl_dev *ovl, struct ovl_peer *peer);
void ovl_mtu_forget(struct ovl_dev *ovl, struct ovl_peer *peer);
void ovl_mtu_update(struct ovl_dev *ovl);
void ovl_mtu_refresh(struct ovl_dev *ovl);
void ovl_mtu_underlay_changed(struct net *net);

#endif /* _OVL_TUN_MTU_H */
