// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun: shows and configures what `ip link` has no place for in devices of
 * kind "ovl-tun". This file reads the command line, the way `ip` does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "ifname.h"
#include "ovltun.h"

#define NETNS_DIR "/run/netns"

struct opts opts;

static void print_usage(FILE *f)
{
	fprintf(f,
		"Usage: ovltun [ OPTIONS ] OBJECT { COMMAND | help }\n"
		"       ovltun showconf DEV\n"
		"       ovltun { setconf | addconf | syncconf } DEV FILE\n"
		"       ovltun [ -force ] -batch FILE\n"
		"where  OBJECT := { dev | port | options | monitor | peer | vni | rule |\n"
		"                    echo }\n"
		"       OPTIONS := { -j[son] | -p[retty] | -s[tatistics] | -d[etails] |\n"
		"                    -n[etns] NETNS | -t[imestamp] | -N[umeric] | -V[ersion] |\n"
		"                    -h[elp] }\n");
}

static const struct object *const objects[] = {
	&dev_object,
	&port_object,
	&option_object,
	&monitor_object,
	&peer_object,
	&vni_object,
	&rule_object,
	&echo_object,
	&showconf_object,
	&setconf_object,
	&addconf_object,
	&syncconf_object,
	NULL
};

bool matches_word(const char *given, const char *word)
{
	return *given && !strncmp(given, word, strlen(given));
}

static const struct cmd *find_cmd(const struct cmd *cmds, const char *given)
{
	for (; cmds->name; cmds++)
		if (matches_word(given, cmds->name))
			return cmds;
	return NULL;
}

static enum status run_cmd(const struct object *object, int argc, char **argv)
{
	const struct cmd *cmd = NULL;

	if (object->cmds)
		cmd = find_cmd(object->cmds, argv[0]);
	else if (strcmp(argv[0], "help"))	/* any other is a device */
		return object->run(argc, argv);
	if (cmd)
		return cmd->run(argc - 1, argv + 1);
	if (matches_word(argv[0], "help")) {
		fputs(object->usage, stdout);
		return STATUS_OK;
	}
	fprintf(stderr, "Command \"%s\" is unknown, try \"ovltun %s help\".\n",
		argv[0], object->name);
	return STATUS_USAGE;
}

enum status run_object(int argc, char **argv)
{
	int i;

	for (i = 0; objects[i]; i++) {
		if (!matches_word(argv[0], objects[i]->name))
			continue;
		if (argc > 1)
			return run_cmd(objects[i], argc - 1, argv + 1);
		if (objects[i]->run)
			return objects[i]->run(0, argv + 1);
		return objects[i]->cmds->run(0, argv + 1);
	}
	if (matches_word(argv[0], "help")) {
		print_usage(stdout);
		return STATUS_OK;
	}
	fprintf(stderr, "Object \"%s\" is unknown, try \"ovltun help\".\n",
		argv[0]);
	return STATUS_USAGE;
}

enum status incomplete(void)
{
	fprintf(stderr, "Command line is not complete. Try option \"help\"\n");
	return STATUS_USAGE;
}

enum status excess(const char *arg)
{
	fprintf(stderr, "Error: \"%s\" is a garbage.\n", arg);
	return STATUS_USAGE;
}

enum status duplicate(const char *key)
{
	fprintf(stderr, "Error: \"%s\" is given twice.\n", key);
	return STATUS_USAGE;
}

enum status bad_argument(const char *arg, const char *why)
{
	fprintf(stderr, "Error: argument \"%s\" is wrong: %s\n", arg, why);
	return STATUS_USAGE;
}

/* Take "[ dev ] NAME" from the front of the words. */
enum status find_dev(int *argc, char ***argv, unsigned int *ifindex)
{
	if (*argc > 0 && !strcmp(**argv, "dev")) {
		++*argv;
		--*argc;
	}
	if (*argc <= 0)
		return incomplete();
	*ifindex = ifname_to_index(**argv);
	if (!*ifindex) {
		fprintf(stderr, "Cannot find device \"%s\"\n", **argv);
		return STATUS_USAGE;
	}
	++*argv;
	--*argc;
	return STATUS_OK;
}

static enum status enter_netns(const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s%s",
		 strchr(name, '/') ? "" : NETNS_DIR "/", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "Cannot open network namespace \"%s\": %s\n",
			name, strerror(errno));
		return STATUS_USAGE;
	}
	if (setns(fd, CLONE_NEWNET)) {
		fprintf(stderr, "setting the network namespace \"%s\" failed: %s\n",
			name, strerror(errno));
		close(fd);
		return STATUS_USAGE;
	}
	close(fd);
	return STATUS_OK;
}

static bool set_flag(const char *opt)
{
	static const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "json", &opts.json },
		{ "pretty", &opts.pretty },
		{ "statistics", &opts.stats },
		{ "stats", &opts.stats },
		{ "details", &opts.details },
		{ "timestamp", &opts.timestamp },
		{ "tshort", &opts.timestamp },
		{ "force", &opts.force },
		{ "Numeric", &opts.numeric },
		{ }
	};
	int i;

	for (i = 0; flags[i].name; i++)
		if (matches_word(opt, flags[i].name)) {
			*flags[i].flag = true;
			return true;
		}
	return false;
}

static enum status run(int argc, char **argv)
{
	const char *batch = NULL, *opt;
	enum status status;

	for (argc--, argv++; argc && argv[0][0] == '-'; argc--, argv++) {
		opt = argv[0] + 1;
		if (!strcmp(argv[0], "--")) {
			argc--;
			argv++;
			break;
		}
		if (*opt == '-')
			opt++;
		if (matches_word(opt, "help")) {
			print_usage(stdout);
			return STATUS_OK;
		}
		if (matches_word(opt, "Version")) {
			printf("ovltun utility, ovl-tun-" VERSION "\n");
			return STATUS_OK;
		}
		if (set_flag(opt))
			continue;
		if (!matches_word(opt, "netns") && !matches_word(opt, "batch")) {
			fprintf(stderr,
				"Option \"%s\" is unknown, try \"ovltun -help\".\n",
				argv[0]);
			return STATUS_USAGE;
		}
		if (argc < 2)
			return incomplete();
		argc--;
		argv++;
		if (*opt == 'b') {
			batch = *argv;
			continue;
		}
		status = enter_netns(*argv);
		if (status)
			return status;
	}

	if (batch)
		return argc ? excess(*argv) : run_batch(batch);
	if (argc)
		return run_object(argc, argv);
	print_usage(stderr);
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	enum status status = run(argc, argv);

	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "ovltun: cannot write: %s\n", strerror(errno));
		return STATUS_KERNEL;
	}
	return status;
}
