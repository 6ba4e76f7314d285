// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun monitor: what changes, as it changes.
 */
#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <sys/time.h>
#include <time.h>

#include "dev.h"
#include "nl.h"
#include "option.h"
#include "print.h"

static bool show_devs, show_options;

static void print_timestamp(void)
{
	char text[64];
	struct timeval now;
	struct tm tm;

	gettimeofday(&now, NULL);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S",
		 localtime_r(&now.tv_sec, &tm));
	snprintf(text + 19, sizeof(text) - 19, ".%06ld", (long)now.tv_usec);
	print_string(PRINT_ANY, "timestamp", "[%s] ", text);
}

static void begin(const char *event)
{
	open_json_object(NULL);
	if (opts.timestamp)
		print_timestamp();
	print_string(PRINT_JSON, "event", NULL, event);
}

static void show_event(struct nlmsghdr *msg)
{
	struct genlmsghdr *genl = nlmsg_data(msg);

	switch (genl->cmd) {
	case OVL_TUN_CMD_DEV_NTF:
		if (!show_devs)
			return;
		begin("dev");
		dev_print(msg, "");
		break;
	case OVL_TUN_CMD_DEV_DEL_NTF:
		if (!show_devs)
			return;
		begin("dev-del");
		print_string(PRINT_FP, NULL, "%s ", "Deleted");
		dev_print(msg, "");
		break;
	case OVL_TUN_CMD_OPTION_NTF:
		if (!show_options)
			return;
		begin("options");
		options_print(msg, "");
		break;
	default:
		return;
	}
	close_json_object();
}

static enum status monitor(int argc, char **argv, bool devs, bool options)
{
	if (argc)
		return excess(*argv);
	show_devs = devs;
	show_options = options;
	return nl_monitor(OVL_TUN_MCGRP_CONFIG, show_event);
}

static enum status monitor_all(int argc, char **argv)
{
	return monitor(argc, argv, true, true);
}

static enum status monitor_dev(int argc, char **argv)
{
	return monitor(argc, argv, true, false);
}

static enum status monitor_options(int argc, char **argv)
{
	return monitor(argc, argv, false, true);
}

static const struct cmd cmds[] = {
	{ "all", monitor_all },
	{ "dev", monitor_dev },
	{ "options", monitor_options },
	{ }
};

const struct object monitor_object = {
	.name = "monitor",
	.usage = "Usage: ovltun monitor [ all | dev | options ]\n",
	.cmds = cmds,
};
