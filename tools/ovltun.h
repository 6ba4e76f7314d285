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
 */
struct opts {
	bool json, pretty, stats, details, force, timestamp;
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

/* main.c */
bool matches_word(const char *given, const char *word);
enum status run_object(int argc, char **argv);
enum status run_cmd(const struct cmd *cmds, const char *object,
		    int argc, char **argv);
enum status incomplete(void);
enum status excess(const char *arg);
enum status bad_argument(const char *arg, const char *why);
enum status find_dev(int *argc, char ***argv, unsigned int *ifindex);

/* batch.c */
enum status run_batch(const char *name);

/* dev.c, option.c, port.c, monitor.c: one object each */
enum status do_dev(int argc, char **argv);
enum status do_option(int argc, char **argv);
enum status do_port(int argc, char **argv);
enum status do_monitor(int argc, char **argv);

#endif /* OVLTUN_H */
