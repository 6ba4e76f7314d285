// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "extack.h"
#include "nl_queue.h"
#include "parse.h"
#include "print.h"

#define MAX_RETRIES	10
#define SEND_BUFFER	32768	/* what libnl has set for one */
#define MONITOR_BUFFER	8388608	/* a file of many peers is a burst */

/**
 * struct talk - one request and what came back
 * @req: the request
 * @answers: answers of the kernel
 * @how: NL_EXACT, NL_QUIET
 * @err: negative errno that the kernel answered, or 0
 * @done: the last answer is there
 */
struct talk {
	struct nl_msg *req;
	struct nl_answers *answers;
	int how;
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

static void set_option(int option)
{
	int on = 1;

	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, option, &on, sizeof(on));
}

/* Only an administrator may exceed the system's limit, with @force. */
static void set_buffer(int fd, int force, int option, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof(bytes));
}

static bool open_socket(void)
{
	int err;

	if (sock)
		return true;
	sock = nl_socket_alloc();
	if (!sock)
		out_of_memory();
	err = nl_connect(sock, NETLINK_GENERIC);
	if (!err) {
		/* Without these the errors say less, that's all. */
		set_option(NETLINK_EXT_ACK);
		set_option(NETLINK_GET_STRICT_CHK);
		/* The request is here, it need not come back with an error. */
		set_option(NETLINK_CAP_ACK);
		/* The kernel doubles it. */
		set_buffer(nl_socket_get_fd(sock), SO_RCVBUFFORCE, SO_RCVBUF,
			   NL_QUEUE_MAX * NL_REFUSAL / 2);
		family = genl_ctrl_resolve(sock, OVL_TUN_FAMILY_NAME);
		err = family < 0 ? family : 0;
		nl_socket_disable_auto_ack(sock);
	}
	if (!err)
		return true;
	if (err == -NLE_OBJ_NOTFOUND)
		fprintf(stderr,
			"ovltun: kernel module ovl-tun is not loaded (modprobe ovl-tun)\n");
	else
		libnl_failed(err);
	nl_drop();
	return false;
}

void nl_drop(void)
{
	nl_socket_free(sock);
	sock = NULL;
}

struct nl_msg *nl_request(int cmd, int flags)
{
	return nl_request_size(cmd, flags, NL_REQUEST_SIZE);
}

struct nl_msg *nl_request_size(int cmd, int flags, size_t size)
{
	struct nl_msg *req;

	if (!open_socket())
		return NULL;
	req = nlmsg_alloc_size(size + NLMSG_HDRLEN + GENL_HDRLEN);
	if (!req || !genlmsg_put(req, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
				 flags, cmd, OVL_TUN_FAMILY_VERSION))
		out_of_memory();
	return req;
}

static void end_talk(struct talk *talk, const struct nlmsghdr *answer, int err)
{
	talk->done = true;
	talk->err = err;
	if (!(talk->how & NL_QUIET))
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

/*
 * An answer that is no part of a dump is the only one: who asks wants no
 * acknowledgment, for which a large answer might leave no room in the socket.
 */
static int on_valid(struct nl_msg *answer, void *arg)
{
	struct talk *talk = arg;
	struct nl_answers *answers = talk->answers;

	answers->msg = parse_grow(answers->msg, answers->count, &answers->room,
				  sizeof(*answers->msg));
	nlmsg_get(answer);
	answers->msg[answers->count++] = answer;
	if (nlmsg_hdr(answer)->nlmsg_flags & NLM_F_MULTI)
		return NL_OK;
	talk->done = true;
	return NL_STOP;
}

void nl_forget(struct nl_answers *answers)
{
	while (answers->count)
		nlmsg_free(answers->msg[--answers->count]);
	free(answers->msg);
	memset(answers, 0, sizeof(*answers));
}

int nl_fd(size_t size)
{
	int fd;

	if (!open_socket())
		return -1;
	fd = nl_socket_get_fd(sock);
	if (size > SEND_BUFFER)
		set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, size + size / 2);
	return fd;
}

/* Send the request once and receive everything. Returns an error of libnl. */
static int talk_once(struct talk *talk, struct nl_cb *cb)
{
	int err;

	nl_forget(talk->answers);
	talk->done = false;
	talk->err = 0;
	nlmsg_hdr(talk->req)->nlmsg_seq = NL_AUTO_SEQ;
	nl_fd(nlmsg_hdr(talk->req)->nlmsg_len);
	err = nl_send_auto(sock, talk->req);
	if (err < 0)
		return err;
	do
		err = nl_recvmsgs(sock, cb);
	while (err >= 0 && !talk->done);
	return err < 0 ? err : 0;
}

/* A dump during which something changed is taken again. */
enum status nl_ask(struct nl_msg *req, int how, struct nl_answers *answers)
{
	struct talk talk = { .req = req, .answers = answers, .how = how };

	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err, i;

	if (!cb)
		out_of_memory();
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &talk);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &talk);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &talk);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &talk);
	for (i = 0; i < MAX_RETRIES; i++) {
		err = talk_once(&talk, cb);
		if (err != -NLE_DUMP_INTR)
			break;
	}
	nl_cb_put(cb);
	nlmsg_free(req);
	if (talk.err)
		return STATUS_KERNEL;
	if (err == -NLE_DUMP_INTR) {
		fprintf(stderr,
			"Dump was interrupted and may be inconsistent.\n");
		return how & NL_EXACT ? STATUS_KERNEL : STATUS_OK;
	}
	if (!err)
		return STATUS_OK;
	nl_drop();
	return libnl_failed(err);
}

static enum status change(struct nl_msg *req, int how)
{
	struct nl_answers answers = { };
	enum status status;

	if (!req)
		return STATUS_KERNEL;
	nlmsg_hdr(req)->nlmsg_flags |= NLM_F_ACK;
	status = nl_ask(req, how, &answers);
	nl_forget(&answers);
	return status;
}

enum status nl_change(struct nl_msg *req)
{
	return change(req, 0);
}

enum status nl_try(struct nl_msg *req)
{
	return change(req, NL_QUIET);
}

enum status nl_show(struct nl_msg *req, nl_show_t show)
{
	struct nl_answers answers = { };
	enum status status = nl_ask(req, 0, &answers);
	size_t i;

	if (!status) {
		open_json_array(PRINT_JSON, NULL);
		for (i = 0; i < answers.count; i++) {
			open_json_object(NULL);
			show(nlmsg_hdr(answers.msg[i]));
			close_json_object();
		}
		close_json_array(PRINT_JSON, NULL);
	}
	nl_forget(&answers);
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

static int join(struct nl_sock *events, const char *family_name,
		const char *group_name)
{
	int group = genl_ctrl_resolve_grp(sock, family_name, group_name);

	return group < 0 ? group : nl_socket_add_membership(events, group);
}

/* Events have a socket of their own: who shows one may have to ask more. */
static struct nl_sock *open_events(void)
{
	struct nl_sock *events = nl_socket_alloc();

	if (!events)
		out_of_memory();
	nl_socket_disable_seq_check(events);
	return events;
}

enum status nl_monitor(const char *name, nl_show_t show)
{
	struct nl_sock *events;
	int err;

	if (!open_socket())
		return STATUS_KERNEL;
	events = open_events();
	nl_socket_modify_cb(events, NL_CB_VALID, NL_CB_CUSTOM, on_event, &show);
	err = nl_connect(events, NETLINK_GENERIC);
	if (!err) {
		set_buffer(nl_socket_get_fd(events), SO_RCVBUFFORCE, SO_RCVBUF,
			   MONITOR_BUFFER);
		err = join(events, OVL_TUN_FAMILY_NAME, name);
	}
	if (!err)
		err = join(events, "nlctrl", "notify");
	/* main() says so where nobody reads it any more. */
	while (err >= 0 && !ferror(stdout)) {
		err = nl_recvmsgs_default(events);
		if (err == -NLE_NOMEM) {
			fprintf(stderr, "ovltun: events were lost\n");
			err = 0;
		}
	}
	nl_socket_free(events);
	if (err >= 0 || err == -NLE_OBJ_NOTFOUND)
		return STATUS_KERNEL;
	return libnl_failed(err);
}
