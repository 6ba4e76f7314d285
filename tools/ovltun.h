/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of ovltun share: options, exit statuses, the commands.
 */
#ifndef OVLTUN_H
#define OVLTUN_H

#include <stdbool.h>
#include <stdio.h>

/**
 * enum status - exit status, and what every command returns
 * @STATUS_OK: done
 * @STATUS_USAGE: the command line is wrong, nothing was asked of the kernel
 * @STATUS_KERNEL: the kernel refused
 */
enum status {
	STATUS_OK,
	STATUS_USAGE,
	STATUS_KERNEL,
};

/**
 * struct opts - options in front of the object
 * @json: -json
 * @pretty: -pretty, of JSON
 * @stats: -statistics
 * @details: -details
 * @force: -force, a batch goes on after a failure
 * @timestamp: -timestamp, of the monitor's events
 * @numeric: -Numeric, no names of options
 */
struct opts {
	bool json, pretty, stats, details, force, timestamp, numeric;
};

extern struct opts opts;

/**
 * struct cmd - one word of the command line and what runs then
 * @name: the word; any beginning of it will do, so the order counts
 * @run: gets the words that follow
 */
struct cmd {
	const char *name;
	enum status (*run)(int argc, char **argv);
};

/**
 * struct object - first word of the command line and what may follow
 * @name: the word
 * @usage: what "help" prints
 * @cmds: the second words; the first is meant where none is given
 * @run: instead of those, gets all words that follow
 */
struct object {
	const char *name, *usage;
	const struct cmd *cmds;
	enum status (*run)(int argc, char **argv);
};

/* main.c */
bool matches_word(const char *given, const char *word);
enum status run_object(int argc, char **argv);
enum status incomplete(void);
enum status excess(const char *arg);
enum status duplicate(const char *key);
enum status bad_argument(const char *arg, const char *why);
enum status find_dev(int *argc, char ***argv, unsigned int *ifindex);

/* batch.c */
enum status run_batch(const char *name);

/* dev.c, option.c, port.c, monitor.c, peer.c, vni.c, rule.c, echo.c: one each */
extern const struct object dev_object, port_object, option_object,
	monitor_object, peer_object, vni_object, rule_object, echo_object;

/* config.c */
extern const struct object showconf_object, setconf_object, addconf_object,
	syncconf_object;

#endif /* OVLTUN_H */
