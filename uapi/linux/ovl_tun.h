/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/ovl-tun.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_OVL_TUN_H
#define _UAPI_LINUX_OVL_TUN_H

#define OVL_TUN_FAMILY_NAME	"ovl-tun"
#define OVL_TUN_FAMILY_VERSION	1

#define OVL_TUN_N_VNI		16777216
#define OVL_TUN_MAX_OPT_DATA	124
#define OVL_TUN_MAX_OPTS_LEN	252

/**
 * enum ovl_tun_encap - Encapsulations on the wire.
 * @OVL_TUN_ENCAP_VXLAN: RFC 7348
 * @OVL_TUN_ENCAP_GENEVE: RFC 8926
 */
enum ovl_tun_encap {
	OVL_TUN_ENCAP_VXLAN,
	OVL_TUN_ENCAP_GENEVE,
};

/**
 * enum ovl_tun_df - The Don't Fragment bit of an outer IPv4 header.
 * @OVL_TUN_DF_UNSET: clear
 * @OVL_TUN_DF_SET: set
 * @OVL_TUN_DF_INHERIT: as the inner IPv4 header has it, set for inner IPv6
 */
enum ovl_tun_df {
	OVL_TUN_DF_UNSET,
	OVL_TUN_DF_SET,
	OVL_TUN_DF_INHERIT,
};

/**
 * enum ovl_tun_drop - Why a packet was not delivered. Counted per device, and
 *   per port while the device isn't known yet.
 * @OVL_TUN_DROP_RX_TRUNCATED: packet ends inside the encapsulation header or
 *   its options
 * @OVL_TUN_DROP_RX_VXLAN_FLAGS: VXLAN without a valid VNI flag, or with a bit
 *   set that has no meaning here
 * @OVL_TUN_DROP_RX_GENEVE_VERSION: Geneve version other than 0
 * @OVL_TUN_DROP_RX_CONTROL: Geneve control (OAM) packet, which isn't for the
 *   payload path
 * @OVL_TUN_DROP_RX_PROTOCOL: payload other than an Ethernet frame
 * @OVL_TUN_DROP_RX_OPTION_MALFORMED: Geneve option that runs past the end of
 *   the option area
 * @OVL_TUN_DROP_RX_OPTION_CRITICAL: Geneve option marked critical that nothing
 *   here understands
 * @OVL_TUN_DROP_RX_VNI_UNKNOWN: VNI that no running device has
 * @OVL_TUN_DROP_RX_SOURCE_UNKNOWN: known VNI, but outer source that isn't a
 *   configured remote
 * @OVL_TUN_DROP_RX_ENCAP_REFUSED: encapsulation that the device doesn't accept
 * @OVL_TUN_DROP_RX_ZERO_CSUM: outer UDP checksum 0 over IPv6 without
 *   udp6zerocsumrx
 * @OVL_TUN_DROP_RX_INNER_SHORT: inner frame ends inside its Ethernet or IP
 *   header
 * @OVL_TUN_DROP_RX_OWN_SOURCE: inner source is the device's own MAC, the frame
 *   came back
 * @OVL_TUN_DROP_RX_ECN: inner not ECN capable, outer Congestion Experienced
 *   (RFC 6040)
 * @OVL_TUN_DROP_RX_NO_MEMORY: allocation failed on receive
 * @OVL_TUN_DROP_RX_BACKLOG: receive queue of the device was full
 * @OVL_TUN_DROP_TX_NO_REMOTE: nothing says where to send the frame
 * @OVL_TUN_DROP_TX_NO_ROUTE: no route to the remote
 * @OVL_TUN_DROP_TX_LOOP: route to the remote leads through the tunnel itself
 * @OVL_TUN_DROP_TX_TOO_BIG: larger than the path to the remote takes; the
 *   sender was told
 * @OVL_TUN_DROP_TX_INNER_SHORT: frame ends inside its Ethernet or IP header
 * @OVL_TUN_DROP_TX_NO_MEMORY: allocation failed on transmit
 * @OVL_TUN_DROP_TX_NO_SOCKET: no socket of the remote's address family
 */
enum ovl_tun_drop {
	OVL_TUN_DROP_RX_TRUNCATED = 1,
	OVL_TUN_DROP_RX_VXLAN_FLAGS,
	OVL_TUN_DROP_RX_GENEVE_VERSION,
	OVL_TUN_DROP_RX_CONTROL,
	OVL_TUN_DROP_RX_PROTOCOL,
	OVL_TUN_DROP_RX_OPTION_MALFORMED,
	OVL_TUN_DROP_RX_OPTION_CRITICAL,
	OVL_TUN_DROP_RX_VNI_UNKNOWN,
	OVL_TUN_DROP_RX_SOURCE_UNKNOWN,
	OVL_TUN_DROP_RX_ENCAP_REFUSED,
	OVL_TUN_DROP_RX_ZERO_CSUM,
	OVL_TUN_DROP_RX_INNER_SHORT,
	OVL_TUN_DROP_RX_OWN_SOURCE,
	OVL_TUN_DROP_RX_ECN,
	OVL_TUN_DROP_RX_NO_MEMORY,
	OVL_TUN_DROP_RX_BACKLOG,
	OVL_TUN_DROP_TX_NO_REMOTE,
	OVL_TUN_DROP_TX_NO_ROUTE,
	OVL_TUN_DROP_TX_LOOP,
	OVL_TUN_DROP_TX_TOO_BIG,
	OVL_TUN_DROP_TX_INNER_SHORT,
	OVL_TUN_DROP_TX_NO_MEMORY,
	OVL_TUN_DROP_TX_NO_SOCKET,

	/* private: */
	__OVL_TUN_DROP_MAX,
	OVL_TUN_DROP_MAX = (__OVL_TUN_DROP_MAX - 1)
};

enum {
	IFLA_OVL_TUN_ID = 1,
	IFLA_OVL_TUN_ENCAP,
	IFLA_OVL_TUN_ACCEPT,
	IFLA_OVL_TUN_REMOTE,
	IFLA_OVL_TUN_REMOTE6,
	IFLA_OVL_TUN_LOCAL,
	IFLA_OVL_TUN_LOCAL6,
	IFLA_OVL_TUN_LINK,
	IFLA_OVL_TUN_DPORT,
	IFLA_OVL_TUN_VXLAN_PORT,
	IFLA_OVL_TUN_GENEVE_PORT,
	IFLA_OVL_TUN_SPORT_MIN,
	IFLA_OVL_TUN_SPORT_MAX,
	IFLA_OVL_TUN_TTL,
	IFLA_OVL_TUN_TTL_INHERIT,
	IFLA_OVL_TUN_TOS,
	IFLA_OVL_TUN_DF,
	IFLA_OVL_TUN_LABEL,
	IFLA_OVL_TUN_UDP_CSUM,
	IFLA_OVL_TUN_UDP_ZERO_CSUM6_TX,
	IFLA_OVL_TUN_UDP_ZERO_CSUM6_RX,

	__IFLA_OVL_TUN_MAX,
	IFLA_OVL_TUN_MAX = (__IFLA_OVL_TUN_MAX - 1)
};

enum {
	OVL_TUN_A_DROP_REASON = 1,
	OVL_TUN_A_DROP_NAME,
	OVL_TUN_A_DROP_PACKETS,
	OVL_TUN_A_DROP_PAD,

	__OVL_TUN_A_DROP_MAX,
	OVL_TUN_A_DROP_MAX = (__OVL_TUN_A_DROP_MAX - 1)
};

enum {
	OVL_TUN_A_DEV_IFINDEX = 1,
	OVL_TUN_A_DEV_IFNAME,
	OVL_TUN_A_DEV_CONFIG,
	OVL_TUN_A_DEV_NETNSID,
	OVL_TUN_A_DEV_MTU,
	OVL_TUN_A_DEV_MTU_AUTO,
	OVL_TUN_A_DEV_OVERHEAD,
	OVL_TUN_A_DEV_ROUTE_IFINDEX,
	OVL_TUN_A_DEV_ROUTE_MTU,
	OVL_TUN_A_DEV_DROP,
	OVL_TUN_A_DEV_OPTIONS_SKIPPED,
	OVL_TUN_A_DEV_PAD,

	__OVL_TUN_A_DEV_MAX,
	OVL_TUN_A_DEV_MAX = (__OVL_TUN_A_DEV_MAX - 1)
};

enum {
	OVL_TUN_A_OPT_CLASS = 1,
	OVL_TUN_A_OPT_TYPE,
	OVL_TUN_A_OPT_DATA,

	__OVL_TUN_A_OPT_MAX,
	OVL_TUN_A_OPT_MAX = (__OVL_TUN_A_OPT_MAX - 1)
};

enum {
	OVL_TUN_A_OPTION_IFINDEX = 1,
	OVL_TUN_A_OPTION_IFNAME,
	OVL_TUN_A_OPTION_OPT,
	OVL_TUN_A_OPTION_LEN,

	__OVL_TUN_A_OPTION_MAX,
	OVL_TUN_A_OPTION_MAX = (__OVL_TUN_A_OPTION_MAX - 1)
};

enum {
	OVL_TUN_A_PORT_PORT = 1,
	OVL_TUN_A_PORT_FAMILY,
	OVL_TUN_A_PORT_ENCAP,
	OVL_TUN_A_PORT_DEVICES,
	OVL_TUN_A_PORT_DROP,

	__OVL_TUN_A_PORT_MAX,
	OVL_TUN_A_PORT_MAX = (__OVL_TUN_A_PORT_MAX - 1)
};

enum {
	OVL_TUN_CMD_DEV_GET = 1,
	OVL_TUN_CMD_DEV_NTF,
	OVL_TUN_CMD_DEV_DEL_NTF,
	OVL_TUN_CMD_OPTION_GET,
	OVL_TUN_CMD_OPTION_NEW,
	OVL_TUN_CMD_OPTION_DEL,
	OVL_TUN_CMD_OPTION_NTF,
	OVL_TUN_CMD_PORT_GET,

	__OVL_TUN_CMD_MAX,
	OVL_TUN_CMD_MAX = (__OVL_TUN_CMD_MAX - 1)
};

#define OVL_TUN_MCGRP_CONFIG	"config"

#endif /* _UAPI_LINUX_OVL_TUN_H */
