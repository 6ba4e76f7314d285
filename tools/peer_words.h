/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVLTUN_PEER_WORDS_H
#define OVLTUN_PEER_WORDS_H

#include "ovltun.h"
#include "peer_nl.h"

/* PEER: digits are an id, all else is a name. */
enum status peer_parse_who(const char *arg, struct peer *peer);

/**
 * struct peer_words - what the words behind PEER say
 * @change: the change, but for its name and id
 * @merge: what isn't named stays; allows "default", and + and - in lists
 * @name: new name, NULL for none
 * @no_name: the name goes
 */
struct peer_words {
	struct peer_change change;
	bool merge;
	const char *name;
	bool no_name;
};

enum status peer_parse_words(int argc, char **argv, struct peer_words *words);

#endif /* OVLTUN_PEER_WORDS_H */
