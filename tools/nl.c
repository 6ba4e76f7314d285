// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "extack.h"
#include "nl.h"
#include "print.h"

#define MAX_REQUEST	32768	/* far more than the kernel takes options */
#define MAX_RETRIES	10
#define MONITOR_BUFFER	1048576

/**
 * struct talk - one request and what came back
 * @req: the request
 * @answers: answers of the kernel, in their order
 * @count: how many
 * @err: negative errno that the kernel answered, or 0
 * @done: the last answer is there
 */
struct talk {
	struct nl_msg *req;
	struct nl_msg **answers;
	size_t count;
	int err;
	bool done;
};

static struct nl_sock *sock;
static int family;

static enum status libnl_failed(int err)
{
	fprintf(stderr, "ovltun: %s\n", nl_geterror(err));
	return STATUS_KERNEL;
}

static void out_of_memory(void)
{
	fprintf(stderr, "ovltun: out of memory\n");
	exit(STATUS_KERNEL);
}

static bool open_socket(void)
{
	int err, on = 1;

	if (sock)
		return true;
	sock = nl_socket_alloc();
	if (!sock)
		out_of_memory();
	err = nl_connect(sock, NETLINK_GENERIC);
	if (!err) {
		/* Without these the errors say less, that's all. */
		setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK,
			   &on, sizeof(on));
		setsockopt(nl_socket_get_fd(sock), SOL_NETLINK,
			   NETLINK_GET_STRICT_CHK, &on, sizeof(on));
		family = genl_ctrl_resolve(sock, OVL_TUN_FAMILY_NAME);
		err = family < 0 ? family : 0;
	}
	if (!err)
		return true;
	if (err == -NLE_OBJ_NOTFOUND)
		fprintf(stderr,
			"ovltun: kernel module ovl-tun is not loaded (modprobe ovl-tun)\n");
	else
		libnl_failed(err);
	nl_socket_free(sock);
	sock = NULL;
	return false;
}

struct nl_msg *nl_request(int cmd, int flags)
{
	struct nl_msg *req;

	if (!open_socket())
		return NULL;
	req = nlmsg_alloc_size(MAX_REQUEST);
	if (!req || !genlmsg_put(req, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
				 flags, cmd, OVL_TUN_FAMILY_VERSION))
		out_of_memory();
	return req;
}

static void end_talk(struct talk *talk, const struct nlmsghdr *answer, int err)
{
	talk->done = true;
	talk->err = err;
	extack_print(nlmsg_hdr(talk->req), answer, err);
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *answer, void *arg)
{
	(void)from;
	end_talk(arg, (struct nlmsghdr *)((char *)answer - NLMSG_HDRLEN),
		 answer->error);
	return NL_STOP;
}

static int on_ack(struct nl_msg *answer, void *arg)
{
	end_talk(arg, nlmsg_hdr(answer), 0);
	return NL_STOP;
}

/* A dump ends with NLMSG_DONE, which brings the error if there was one. */
static int on_finish(struct nl_msg *answer, void *arg)
{
	const struct nlmsghdr *hdr = nlmsg_hdr(answer);
	int err = 0;

	if (nlmsg_datalen(hdr) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(hdr), sizeof(err));
	end_talk(arg, hdr, err < 0 ? err : 0);
	return NL_STOP;
}

static int on_valid(struct nl_msg *answer, void *arg)
{
	struct talk *talk = arg;

	talk->answers = reallocarray(talk->answers, talk->count + 1,
				     sizeof(*talk->answers));
	if (!talk->answers)
		out_of_memory();
	nlmsg_get(answer);
	talk->answers[talk->count++] = answer;
	return NL_OK;
}

static void forget_answers(struct talk *talk)
{
	while (talk->count)
		nlmsg_free(talk->answers[--talk->count]);
	talk->done = false;
	talk->err = 0;
}

/* Send the request once and receive everything. Returns an error of libnl. */
static int talk_once(struct talk *talk, struct nl_cb *cb)
{
	int err;

	nlmsg_hdr(talk->req)->nlmsg_seq = NL_AUTO_SEQ;
	err = nl_send_auto(sock, talk->req);
	if (err < 0)
		return err;
	do
		err = nl_recvmsgs(sock, cb);
	while (err >= 0 && !talk->done);
	return err < 0 ? err : 0;
}

/* A dump during which something changed is taken again. */
static enum status talk_to_kernel(struct talk *talk)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err, i;

	if (!cb)
		out_of_memory();
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, talk);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, talk);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, talk);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, talk);
	for (i = 0; i < MAX_RETRIES; i++) {
		forget_answers(talk);
		err = talk_once(talk, cb);
		if (err != -NLE_DUMP_INTR)
			break;
	}
	nl_cb_put(cb);
	if (talk->err)
		return STATUS_KERNEL;
	if (err == -NLE_DUMP_INTR)
		fprintf(stderr,
			"Dump was interrupted and may be inconsistent.\n");
	else if (err)
		return libnl_failed(err);
	return STATUS_OK;
}

enum status nl_change(struct nl_msg *req)
{
	struct talk talk = { .req = req };
	enum status status = talk_to_kernel(&talk);

	forget_answers(&talk);
	free(talk.answers);
	nlmsg_free(req);
	return status;
}

enum status nl_show(struct nl_msg *req, nl_show_t show)
{
	struct talk talk = { .req = req };
	enum status status = talk_to_kernel(&talk);
	size_t i;

	if (!status) {
		open_json_array(PRINT_JSON, NULL);
		for (i = 0; i < talk.count; i++) {
			open_json_object(NULL);
			show(nlmsg_hdr(talk.answers[i]));
			close_json_object();
		}
		close_json_array(PRINT_JSON, NULL);
	}
	forget_answers(&talk);
	free(talk.answers);
	nlmsg_free(req);
	return status;
}

/* Is it nlctrl's word that our family is gone? */
static bool is_farewell(struct nlmsghdr *hdr)
{
	struct nlattr *tb[CTRL_ATTR_MAX + 1];
	struct genlmsghdr *genl = nlmsg_data(hdr);

	return hdr->nlmsg_type == GENL_ID_CTRL &&
	       genl->cmd == CTRL_CMD_DELFAMILY &&
	       !genlmsg_parse(hdr, 0, tb, CTRL_ATTR_MAX, NULL) &&
	       tb[CTRL_ATTR_FAMILY_NAME] &&
	       !nla_strcmp(tb[CTRL_ATTR_FAMILY_NAME], OVL_TUN_FAMILY_NAME);
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	nl_show_t show = *(nl_show_t *)arg;

	if (is_farewell(hdr)) {
		fprintf(stderr, "ovltun: kernel module ovl-tun was unloaded\n");
		return -NLE_OBJ_NOTFOUND;
	}
	if (hdr->nlmsg_type == family) {
		show(hdr);
		fflush(stdout);
	}
	return NL_OK;
}

static int join(const char *family_name, const char *group_name)
{
	int group = genl_ctrl_resolve_grp(sock, family_name, group_name);

	return group < 0 ? group : nl_socket_add_membership(sock, group);
}

enum status nl_monitor(const char *name, nl_show_t show)
{
	int err;

	if (!open_socket())
		return STATUS_KERNEL;
	nl_socket_disable_seq_check(sock);
	nl_socket_set_buffer_size(sock, MONITOR_BUFFER, 0);
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_event, &show);
	err = join(OVL_TUN_FAMILY_NAME, name);
	if (!err)
		err = join("nlctrl", "notify");
	while (err >= 0) {
		err = nl_recvmsgs_default(sock);
		if (err == -NLE_OBJ_NOTFOUND)
			return STATUS_KERNEL;
		if (err == -NLE_NOMEM) {
			fprintf(stderr, "ovltun: events were lost\n");
			err = 0;
		}
	}
	return libnl_failed(err);
}
