/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_LINK_H
#define _OVL_TUN_LINK_H

struct net_device;
struct ovl_net;

void ovl_link_init_net(struct ovl_net *on);
void ovl_link_exit_net(struct ovl_net *on);
void ovl_link_gone(const struct net_device *link);

#endif /* _OVL_TUN_LINK_H */
