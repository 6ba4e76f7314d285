/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/ovl-tun.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_OVL_TUN_H
#define _UAPI_LINUX_OVL_TUN_H

#define OVL_TUN_FAMILY_NAME	"ovl-tun"
#define OVL_TUN_FAMILY_VERSION	1

#define OVL_TUN_N_VNI			16777216
#define OVL_TUN_MAX_OPT_DATA		124
#define OVL_TUN_MAX_OPTS_LEN		252
#define OVL_TUN_MAX_PEER_NAME		31
#define OVL_TUN_MAX_SET_NAME		31
#define OVL_TUN_MAX_RULE_NAME		31
#define OVL_TUN_MAX_RULE_OPTS		8
#define OVL_TUN_MAX_RULES		1024
#define OVL_TUN_MAX_KNOWN_OPTS		64
#define OVL_TUN_MAX_ECHO_CLASSES	16
#define OVL_TUN_MAX_ECHO_FLOWS		1048576
#define OVL_TUN_MAX_ECHO_TIMEOUT	86400

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
 * enum ovl_tun_source - Whose packets a device takes. No mode stops a forged
 *   outer source.
 * @OVL_TUN_SOURCE_AUTO: learn where MAC addresses are learned, any for an
 *   external device, else strict
 * @OVL_TUN_SOURCE_STRICT: those of peers and of the link's remote
 * @OVL_TUN_SOURCE_LEARN: anybody's, and a new inner source address is learned
 *   with its sender
 * @OVL_TUN_SOURCE_ANY: anybody's, nothing is learned of unknown ones
 */
enum ovl_tun_source {
	OVL_TUN_SOURCE_AUTO,
	OVL_TUN_SOURCE_STRICT,
	OVL_TUN_SOURCE_LEARN,
	OVL_TUN_SOURCE_ANY,
};

/**
 * enum ovl_tun_peer_field - What a peer may have of its own instead of the
 *   device's.
 */
enum ovl_tun_peer_field {
	OVL_TUN_PEER_FIELD_PORT = 1,
	OVL_TUN_PEER_FIELD_ENCAP = 2,
	OVL_TUN_PEER_FIELD_VNI = 4,
	OVL_TUN_PEER_FIELD_RX_VNI = 8,
	OVL_TUN_PEER_FIELD_LOCAL = 16,
	OVL_TUN_PEER_FIELD_TTL = 32,
	OVL_TUN_PEER_FIELD_TOS = 64,
	OVL_TUN_PEER_FIELD_DF = 128,
	OVL_TUN_PEER_FIELD_LABEL = 256,
	OVL_TUN_PEER_FIELD_UDP_CSUM = 512,
	OVL_TUN_PEER_FIELD_UDP_ZERO_CSUM6_TX = 1024,
	OVL_TUN_PEER_FIELD_MTU = 2048,
	OVL_TUN_PEER_FIELD_NAME = 4096,
	OVL_TUN_PEER_FIELD_OPTIONS = 8192,
	OVL_TUN_PEER_FIELD_NOOPTIONS = 16384,
};

/**
 * enum ovl_tun_peer_match - What led from an inner address to a peer.
 * @OVL_TUN_PEER_MATCH_PREFIX: an inner prefix of the peer is the longest match
 * @OVL_TUN_PEER_MATCH_MAC: the forwarding table knows the MAC address
 * @OVL_TUN_PEER_MATCH_REMOTE: nothing else knows the address, the VNI or the
 *   link has a remote
 */
enum ovl_tun_peer_match {
	OVL_TUN_PEER_MATCH_PREFIX = 1,
	OVL_TUN_PEER_MATCH_MAC,
	OVL_TUN_PEER_MATCH_REMOTE,
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
 * @OVL_TUN_DROP_RX_PROTOCOL: payload that the device doesn't carry, e.g. IP
 *   where it is layer 2
 * @OVL_TUN_DROP_RX_OPTION_MALFORMED: Geneve option that runs past the end of
 *   the option area
 * @OVL_TUN_DROP_RX_OPTION_CRITICAL: Geneve option marked critical that nothing
 *   here understands
 * @OVL_TUN_DROP_RX_VNI_UNKNOWN: VNI that no running device has
 * @OVL_TUN_DROP_RX_SOURCE_UNKNOWN: known VNI, but outer source that is no
 *   peer's
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
 * @OVL_TUN_DROP_RX_INNER_SOURCE: inner source isn't in the sending peer's
 *   prefixes
 * @OVL_TUN_DROP_RX_INNER_MAC: VXLAN frame to another MAC address than that of
 *   a layer 3 device
 * @OVL_TUN_DROP_RX_MAC_INVALID: inner source can't be learned, it isn't a
 *   unicast MAC address
 * @OVL_TUN_DROP_RX_MAC_STATIC: inner source has a static forwarding entry that
 *   leads elsewhere
 * @OVL_TUN_DROP_TX_NEIGH_SUPPRESSED: ARP or neighbour solicitation that proxy
 *   doesn't send, and had no answer to
 * @OVL_TUN_DROP_TX_NEIGH_MALFORMED: neighbour solicitation with wrong lengths,
 *   which proxy doesn't answer
 * @OVL_TUN_DROP_TX_NO_VNI: nothing says in which of the device's VNIs the
 *   frame is
 * @OVL_TUN_DROP_TX_VNI_UNKNOWN: VNI of the frame isn't in the device's table
 * @OVL_TUN_DROP_TX_NO_OPTIONS: VXLAN can't carry the options of the packet,
 *   and nooptions is drop
 * @OVL_TUN_DROP_RX_RULE: a rule says so
 * @OVL_TUN_DROP_RX_OPTION_MISSING: option that a rule requires isn't there
 * @OVL_TUN_DROP_RX_OPTION_WRONG: option that a rule requires has another value
 * @OVL_TUN_DROP_RX_OPTION_DOUBLED: option that a rule requires is there more
 *   than once
 * @OVL_TUN_DROP_TX_NO_METADATA: nothing says where an external device is to
 *   send the packet
 * @OVL_TUN_DROP_TX_METADATA_INVALID: tunnel metadata without an address, with
 *   a VNI above 16777215, or with options that aren't well-formed
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
	OVL_TUN_DROP_RX_INNER_SOURCE,
	OVL_TUN_DROP_RX_INNER_MAC,
	OVL_TUN_DROP_RX_MAC_INVALID,
	OVL_TUN_DROP_RX_MAC_STATIC,
	OVL_TUN_DROP_TX_NEIGH_SUPPRESSED,
	OVL_TUN_DROP_TX_NEIGH_MALFORMED,
	OVL_TUN_DROP_TX_NO_VNI,
	OVL_TUN_DROP_TX_VNI_UNKNOWN,
	OVL_TUN_DROP_TX_NO_OPTIONS,
	OVL_TUN_DROP_RX_RULE,
	OVL_TUN_DROP_RX_OPTION_MISSING,
	OVL_TUN_DROP_RX_OPTION_WRONG,
	OVL_TUN_DROP_RX_OPTION_DOUBLED,
	OVL_TUN_DROP_TX_NO_METADATA,
	OVL_TUN_DROP_TX_METADATA_INVALID,

	/* private: */
	__OVL_TUN_DROP_MAX,
	OVL_TUN_DROP_MAX = (__OVL_TUN_DROP_MAX - 1)
};

/**
 * enum ovl_tun_opt_source - Where the value of an option comes from. It has 8
 *   bytes if it is a counter or a time, else 4; big endian.
 * @OVL_TUN_OPT_SOURCE_MARK: firewall mark of the packet
 * @OVL_TUN_OPT_SOURCE_PRIO: priority of the packet
 * @OVL_TUN_OPT_SOURCE_VLAN: tag control information of the outer VLAN tag, 0
 *   without one
 * @OVL_TUN_OPT_SOURCE_HASH: hash of the inner flow
 * @OVL_TUN_OPT_SOURCE_VNI: VNI that the packet is sent with
 * @OVL_TUN_OPT_SOURCE_IIF: index of the interface that the packet came in by,
 *   0 for none
 * @OVL_TUN_OPT_SOURCE_CLASSID: net_cls class of the socket that sent the
 *   packet, 0 without one
 * @OVL_TUN_OPT_SOURCE_PEER: id of the peer that the packet is sent to
 * @OVL_TUN_OPT_SOURCE_COUNTER: number that no other packet of the device has
 * @OVL_TUN_OPT_SOURCE_TIME: nanoseconds since 1970
 */
enum ovl_tun_opt_source {
	OVL_TUN_OPT_SOURCE_MARK = 1,
	OVL_TUN_OPT_SOURCE_PRIO,
	OVL_TUN_OPT_SOURCE_VLAN,
	OVL_TUN_OPT_SOURCE_HASH,
	OVL_TUN_OPT_SOURCE_VNI,
	OVL_TUN_OPT_SOURCE_IIF,
	OVL_TUN_OPT_SOURCE_CLASSID,
	OVL_TUN_OPT_SOURCE_PEER,
	OVL_TUN_OPT_SOURCE_COUNTER,
	OVL_TUN_OPT_SOURCE_TIME,
};

/**
 * enum ovl_tun_nooptions - What becomes of a packet whose options VXLAN can't
 *   carry.
 * @OVL_TUN_NOOPTIONS_IGNORE: it is sent without
 * @OVL_TUN_NOOPTIONS_DROP: it isn't sent
 */
enum ovl_tun_nooptions {
	OVL_TUN_NOOPTIONS_IGNORE,
	OVL_TUN_NOOPTIONS_DROP,
};

/**
 * enum ovl_tun_rule_test - What a rule asks of an option. If a packet has it
 *   several times, value and range are those of the first.
 * @OVL_TUN_RULE_TEST_PRESENT: it is there
 * @OVL_TUN_RULE_TEST_ABSENT: it isn't there
 * @OVL_TUN_RULE_TEST_VALUE: it has these bytes, where the mask has a bit
 * @OVL_TUN_RULE_TEST_RANGE: its 4 or 8 bytes are a number from low to high,
 *   big endian
 * @OVL_TUN_RULE_TEST_COUNT: it is there from low to high times
 * @OVL_TUN_RULE_TEST_REQUIRE: it is there once, with these bytes if there are
 *   any; a packet that everything else of the rule matches is dropped
 *   otherwise
 * @OVL_TUN_RULE_TEST_STRIP: nothing; it is left out of the metadata of packets
 *   that the rule matches, of an external device
 */
enum ovl_tun_rule_test {
	OVL_TUN_RULE_TEST_PRESENT = 1,
	OVL_TUN_RULE_TEST_ABSENT,
	OVL_TUN_RULE_TEST_VALUE,
	OVL_TUN_RULE_TEST_RANGE,
	OVL_TUN_RULE_TEST_COUNT,
	OVL_TUN_RULE_TEST_REQUIRE,
	OVL_TUN_RULE_TEST_STRIP,
};

/**
 * enum ovl_tun_rule_action - How a rule ends what is done with a packet;
 *   without one others follow.
 * @OVL_TUN_RULE_ACTION_ACCEPT: no further rule is looked at
 * @OVL_TUN_RULE_ACTION_DROP: the packet is dropped
 */
enum ovl_tun_rule_action {
	OVL_TUN_RULE_ACTION_ACCEPT = 1,
	OVL_TUN_RULE_ACTION_DROP,
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
	IFLA_OVL_TUN_LAYER,
	IFLA_OVL_TUN_SOURCE,
	IFLA_OVL_TUN_MAC,
	IFLA_OVL_TUN_LEARNING,
	IFLA_OVL_TUN_AGEING,
	IFLA_OVL_TUN_LIMIT,
	IFLA_OVL_TUN_PROXY,
	IFLA_OVL_TUN_RSC,
	IFLA_OVL_TUN_L2MISS,
	IFLA_OVL_TUN_L3MISS,
	IFLA_OVL_TUN_VNIFILTER,
	IFLA_OVL_TUN_GBP,
	IFLA_OVL_TUN_NOOPTIONS,
	IFLA_OVL_TUN_EXTERNAL,
	IFLA_OVL_TUN_FASTPATH,

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
	OVL_TUN_A_DEV_FAST_TAKEN,
	OVL_TUN_A_DEV_FAST_WATCHED,
	OVL_TUN_A_DEV_FAST_UNJUDGED,
	OVL_TUN_A_DEV_FAST_OTHER,

	__OVL_TUN_A_DEV_MAX,
	OVL_TUN_A_DEV_MAX = (__OVL_TUN_A_DEV_MAX - 1)
};

enum {
	OVL_TUN_A_OPT_CLASS = 1,
	OVL_TUN_A_OPT_TYPE,
	OVL_TUN_A_OPT_DATA,
	OVL_TUN_A_OPT_SOURCE,
	OVL_TUN_A_OPT_MASK,
	OVL_TUN_A_OPT_SHIFT,
	OVL_TUN_A_OPT_FORCE,

	__OVL_TUN_A_OPT_MAX,
	OVL_TUN_A_OPT_MAX = (__OVL_TUN_A_OPT_MAX - 1)
};

enum {
	OVL_TUN_A_OPTION_IFINDEX = 1,
	OVL_TUN_A_OPTION_IFNAME,
	OVL_TUN_A_OPTION_OPT,
	OVL_TUN_A_OPTION_LEN,
	OVL_TUN_A_OPTION_SET,
	OVL_TUN_A_OPTION_WHOLE,
	OVL_TUN_A_OPTION_USERS,

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
	OVL_TUN_A_PREFIX_ADDR = 1,
	OVL_TUN_A_PREFIX_LEN,

	__OVL_TUN_A_PREFIX_MAX,
	OVL_TUN_A_PREFIX_MAX = (__OVL_TUN_A_PREFIX_MAX - 1)
};

enum {
	OVL_TUN_A_PATH_ENCAP = 1,
	OVL_TUN_A_PATH_PORT,
	OVL_TUN_A_PATH_VNI,
	OVL_TUN_A_PATH_OVERHEAD,
	OVL_TUN_A_PATH_MTU,
	OVL_TUN_A_PATH_ROUTE_IFINDEX,
	OVL_TUN_A_PATH_ROUTE_MTU,

	__OVL_TUN_A_PATH_MAX,
	OVL_TUN_A_PATH_MAX = (__OVL_TUN_A_PATH_MAX - 1)
};

enum {
	OVL_TUN_A_PEER_STATS_RX_PACKETS = 1,
	OVL_TUN_A_PEER_STATS_RX_BYTES,
	OVL_TUN_A_PEER_STATS_TX_PACKETS,
	OVL_TUN_A_PEER_STATS_TX_BYTES,
	OVL_TUN_A_PEER_STATS_LAST_SEEN,
	OVL_TUN_A_PEER_STATS_DROP,
	OVL_TUN_A_PEER_STATS_PAD,

	__OVL_TUN_A_PEER_STATS_MAX,
	OVL_TUN_A_PEER_STATS_MAX = (__OVL_TUN_A_PEER_STATS_MAX - 1)
};

enum {
	OVL_TUN_A_PEER_IFINDEX = 1,
	OVL_TUN_A_PEER_IFNAME,
	OVL_TUN_A_PEER_ID,
	OVL_TUN_A_PEER_NAME,
	OVL_TUN_A_PEER_IMPLICIT,
	OVL_TUN_A_PEER_REMOTE,
	OVL_TUN_A_PEER_REMOTE6,
	OVL_TUN_A_PEER_PORT,
	OVL_TUN_A_PEER_ENCAP,
	OVL_TUN_A_PEER_VNI,
	OVL_TUN_A_PEER_RX_VNI,
	OVL_TUN_A_PEER_LOCAL,
	OVL_TUN_A_PEER_LOCAL6,
	OVL_TUN_A_PEER_TTL,
	OVL_TUN_A_PEER_TTL_INHERIT,
	OVL_TUN_A_PEER_TOS,
	OVL_TUN_A_PEER_DF,
	OVL_TUN_A_PEER_LABEL,
	OVL_TUN_A_PEER_UDP_CSUM,
	OVL_TUN_A_PEER_UDP_ZERO_CSUM6_TX,
	OVL_TUN_A_PEER_MTU,
	OVL_TUN_A_PEER_UNSET,
	OVL_TUN_A_PEER_ALLOWED,
	OVL_TUN_A_PEER_ALLOWED_ADD,
	OVL_TUN_A_PEER_ALLOWED_DEL,
	OVL_TUN_A_PEER_ALLOWED_NONE,
	OVL_TUN_A_PEER_MAC,
	OVL_TUN_A_PEER_MAC_ADD,
	OVL_TUN_A_PEER_MAC_DEL,
	OVL_TUN_A_PEER_MAC_NONE,
	OVL_TUN_A_PEER_PATH,
	OVL_TUN_A_PEER_STATS,
	OVL_TUN_A_PEER_TO,
	OVL_TUN_A_PEER_MATCH,
	OVL_TUN_A_PEER_MATCHED,
	OVL_TUN_A_PEER_MORE,
	OVL_TUN_A_PEER_OPTIONS,
	OVL_TUN_A_PEER_NOOPTIONS,

	__OVL_TUN_A_PEER_MAX,
	OVL_TUN_A_PEER_MAX = (__OVL_TUN_A_PEER_MAX - 1)
};

enum {
	OVL_TUN_A_SAMPLE_IFINDEX = 1,
	OVL_TUN_A_SAMPLE_IFNAME,
	OVL_TUN_A_SAMPLE_REASON,
	OVL_TUN_A_SAMPLE_NAME,
	OVL_TUN_A_SAMPLE_SOURCE,
	OVL_TUN_A_SAMPLE_SOURCE6,
	OVL_TUN_A_SAMPLE_ENCAP,
	OVL_TUN_A_SAMPLE_VNI,
	OVL_TUN_A_SAMPLE_MISSED,
	OVL_TUN_A_SAMPLE_RULE,
	OVL_TUN_A_SAMPLE_RULE_NAME,

	__OVL_TUN_A_SAMPLE_MAX,
	OVL_TUN_A_SAMPLE_MAX = (__OVL_TUN_A_SAMPLE_MAX - 1)
};

enum {
	OVL_TUN_A_VNI_RANGE_FIRST = 1,
	OVL_TUN_A_VNI_RANGE_LAST,

	__OVL_TUN_A_VNI_RANGE_MAX,
	OVL_TUN_A_VNI_RANGE_MAX = (__OVL_TUN_A_VNI_RANGE_MAX - 1)
};

enum {
	OVL_TUN_A_VNI_STATS_RX_PACKETS = 1,
	OVL_TUN_A_VNI_STATS_RX_BYTES,
	OVL_TUN_A_VNI_STATS_RX_DROPS,
	OVL_TUN_A_VNI_STATS_TX_PACKETS,
	OVL_TUN_A_VNI_STATS_TX_BYTES,
	OVL_TUN_A_VNI_STATS_TX_DROPS,
	OVL_TUN_A_VNI_STATS_PAD,

	__OVL_TUN_A_VNI_STATS_MAX,
	OVL_TUN_A_VNI_STATS_MAX = (__OVL_TUN_A_VNI_STATS_MAX - 1)
};

enum {
	OVL_TUN_A_VNI_IFINDEX = 1,
	OVL_TUN_A_VNI_IFNAME,
	OVL_TUN_A_VNI_RANGE,
	OVL_TUN_A_VNI_REMOTE,
	OVL_TUN_A_VNI_REMOTE6,
	OVL_TUN_A_VNI_STATS,
	OVL_TUN_A_VNI_WITH_STATS,
	OVL_TUN_A_VNI_OPTIONS,

	__OVL_TUN_A_VNI_MAX,
	OVL_TUN_A_VNI_MAX = (__OVL_TUN_A_VNI_MAX - 1)
};

enum {
	OVL_TUN_A_RULE_OPT_CLASS = 1,
	OVL_TUN_A_RULE_OPT_TYPE,
	OVL_TUN_A_RULE_OPT_TEST,
	OVL_TUN_A_RULE_OPT_DATA,
	OVL_TUN_A_RULE_OPT_MASK,
	OVL_TUN_A_RULE_OPT_LOW,
	OVL_TUN_A_RULE_OPT_HIGH,
	OVL_TUN_A_RULE_OPT_PAD,

	__OVL_TUN_A_RULE_OPT_MAX,
	OVL_TUN_A_RULE_OPT_MAX = (__OVL_TUN_A_RULE_OPT_MAX - 1)
};

enum {
	OVL_TUN_A_RULE_VALUE_VALUE = 1,
	OVL_TUN_A_RULE_VALUE_CLASS,
	OVL_TUN_A_RULE_VALUE_TYPE,
	OVL_TUN_A_RULE_VALUE_MASK,
	OVL_TUN_A_RULE_VALUE_SHIFT,
	OVL_TUN_A_RULE_VALUE_PAD,

	__OVL_TUN_A_RULE_VALUE_MAX,
	OVL_TUN_A_RULE_VALUE_MAX = (__OVL_TUN_A_RULE_VALUE_MAX - 1)
};

enum {
	OVL_TUN_A_RULE_STATS_PACKETS = 1,
	OVL_TUN_A_RULE_STATS_DROPS,
	OVL_TUN_A_RULE_STATS_PAD,

	__OVL_TUN_A_RULE_STATS_MAX,
	OVL_TUN_A_RULE_STATS_MAX = (__OVL_TUN_A_RULE_STATS_MAX - 1)
};

enum {
	OVL_TUN_A_RULE_IFINDEX = 1,
	OVL_TUN_A_RULE_IFNAME,
	OVL_TUN_A_RULE_PREF,
	OVL_TUN_A_RULE_NAME,
	OVL_TUN_A_RULE_PEER,
	OVL_TUN_A_RULE_PEER_NAME,
	OVL_TUN_A_RULE_VNI,
	OVL_TUN_A_RULE_ENCAP,
	OVL_TUN_A_RULE_OPT,
	OVL_TUN_A_RULE_ACTION,
	OVL_TUN_A_RULE_MARK,
	OVL_TUN_A_RULE_PRIO,
	OVL_TUN_A_RULE_SAMPLE,
	OVL_TUN_A_RULE_STATS,

	__OVL_TUN_A_RULE_MAX,
	OVL_TUN_A_RULE_MAX = (__OVL_TUN_A_RULE_MAX - 1)
};

enum {
	OVL_TUN_A_ECHO_STATS_FLOWS = 1,
	OVL_TUN_A_ECHO_STATS_ADDED,
	OVL_TUN_A_ECHO_STATS_CHANGED,
	OVL_TUN_A_ECHO_STATS_EVICTED,
	OVL_TUN_A_ECHO_STATS_EXPIRED,
	OVL_TUN_A_ECHO_STATS_FLUSHED,
	OVL_TUN_A_ECHO_STATS_FULL,
	OVL_TUN_A_ECHO_STATS_ATTACHED,
	OVL_TUN_A_ECHO_STATS_PAD,

	__OVL_TUN_A_ECHO_STATS_MAX,
	OVL_TUN_A_ECHO_STATS_MAX = (__OVL_TUN_A_ECHO_STATS_MAX - 1)
};

enum {
	OVL_TUN_A_ECHO_IFINDEX = 1,
	OVL_TUN_A_ECHO_IFNAME,
	OVL_TUN_A_ECHO_CLASS,
	OVL_TUN_A_ECHO_LIMIT,
	OVL_TUN_A_ECHO_TIMEOUT,
	OVL_TUN_A_ECHO_STATS,

	__OVL_TUN_A_ECHO_MAX,
	OVL_TUN_A_ECHO_MAX = (__OVL_TUN_A_ECHO_MAX - 1)
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
	OVL_TUN_CMD_PEER_GET,
	OVL_TUN_CMD_PEER_NEW,
	OVL_TUN_CMD_PEER_SET,
	OVL_TUN_CMD_PEER_DEL,
	OVL_TUN_CMD_PEER_NTF,
	OVL_TUN_CMD_PEER_DEL_NTF,
	OVL_TUN_CMD_DROP_NTF,
	OVL_TUN_CMD_OPTION_DEL_NTF,
	OVL_TUN_CMD_VNI_GET,
	OVL_TUN_CMD_VNI_NEW,
	OVL_TUN_CMD_VNI_DEL,
	OVL_TUN_CMD_VNI_NTF,
	OVL_TUN_CMD_VNI_DEL_NTF,
	OVL_TUN_CMD_RULE_GET,
	OVL_TUN_CMD_RULE_NEW,
	OVL_TUN_CMD_RULE_DEL,
	OVL_TUN_CMD_RULE_NTF,
	OVL_TUN_CMD_RULE_DEL_NTF,
	OVL_TUN_CMD_ECHO_GET,
	OVL_TUN_CMD_ECHO_SET,
	OVL_TUN_CMD_ECHO_FLUSH,
	OVL_TUN_CMD_ECHO_DEL,
	OVL_TUN_CMD_ECHO_NTF,
	OVL_TUN_CMD_ECHO_DEL_NTF,

	__OVL_TUN_CMD_MAX,
	OVL_TUN_CMD_MAX = (__OVL_TUN_CMD_MAX - 1)
};

#define OVL_TUN_MCGRP_CONFIG	"config"
#define OVL_TUN_MCGRP_DROPS	"drops"

#endif /* _UAPI_LINUX_OVL_TUN_H */
