/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVLTUN_PEER_PRINT_H
#define OVLTUN_PEER_PRINT_H

#include "peer_nl.h"

/*
 * Print the fields of a peer, in text as a line, and with @newline before each
 * of the settings, the prefixes and the MAC addresses. @foreign: the underlay
 * is in another network namespace.
 */
void peer_print(const struct peer_view *view, const char *newline, bool foreign);

/* Its counters, lines of their own. */
void peer_print_stats(const struct peer_view *view);

#endif /* OVLTUN_PEER_PRINT_H */
