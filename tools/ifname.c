// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "ifname.h"

static bool ask(unsigned long request, struct ifreq *req)
{
	static int fd = -1;

	/* Any socket will do; this family is always there. */
	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return !ioctl(fd, request, req);
}

unsigned int ifname_to_index(const char *name)
{
	struct ifreq req = { };
	size_t len = strlen(name);

	/* The kernel would cut it at a colon, and find another. */
	if (len >= sizeof(req.ifr_name) || strchr(name, ':'))
		return 0;
	memcpy(req.ifr_name, name, len);
	return ask(SIOCGIFINDEX, &req) ? req.ifr_ifindex : 0;
}

bool ifname_from_index(unsigned int ifindex, char name[IF_NAMESIZE])
{
	struct ifreq req = { .ifr_ifindex = ifindex };

	if (!ask(SIOCGIFNAME, &req))
		return false;
	memcpy(name, req.ifr_name, IF_NAMESIZE);
	return true;
}
