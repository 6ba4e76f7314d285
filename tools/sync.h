/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making a device have what a file says.
 */
#ifndef OVLTUN_SYNC_H
#define OVLTUN_SYNC_H

#include "conf.h"
#include "ovltun.h"

struct nl_queue;

/**
 * struct sync - what is to be done
 * @ifindex: device
 * @vni: its VNI, OVL_TUN_N_VNI for one that has a table of them
 * @layer3: its peers' MAC addresses are nobody's key
 * @name: of the file
 * @want: what it says
 * @have: what the device has, sorted by id; peers and rules only with @add
 * @add: what the file doesn't have stays
 * @all: also send what is the same already
 */
struct sync {
	unsigned int ifindex;
	__u32 vni;
	bool layer3;
	const char *name;
	struct conf *want;
	const struct conf *have;
	bool add, all;
};

/* These say what went wrong. sync_run() does all, the others included. */
enum status sync_run(const struct sync *sync);
enum status sync_options(const struct sync *sync);
enum status sync_options_end(const struct sync *sync);
enum status sync_echo(const struct sync *sync);
enum status sync_vnis(const struct sync *sync);
enum status sync_rules(const struct sync *sync);

/*
 * Remove the rules for a peer that is about to be removed. @back: that comes
 * back under its id, and so do they, in sync_rules_end().
 */
void sync_rules_release(const struct sync *sync, struct nl_queue *queue,
			const struct peer *peer, bool back, unsigned long tag);

/*
 * Once the peers are done, with their @status. Unless that is good this only
 * brings back what made way. The first status that is not good.
 */
enum status sync_rules_end(const struct sync *sync, enum status status);

#endif /* OVLTUN_SYNC_H */
