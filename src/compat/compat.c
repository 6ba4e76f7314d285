// SPDX-License-Identifier: GPL-2.0
/* What the shadow headers in include/ need out of line, on older kernels. */

#define OVL_COMPAT_IMPLEMENTATION

#include <linux/atomic.h>
#include <linux/netlink.h>
#include <net/genetlink.h>

#ifndef OVL_HAVE_NL_ERR_MSG_FMT
char *ovl_compat_msg_next(void)
{
	static char texts[16][OVL_COMPAT_MSG_LEN];
	static atomic_t next;

	return texts[(unsigned int)atomic_inc_return(&next) % ARRAY_SIZE(texts)];
}
#endif

#ifndef OVL_HAVE_GENL_SPLIT_OPS
#define OVL_COMPAT_MAX_OPS	64

/* Only one family is registered in this way. */
static struct ovl_compat_genl_family *ovl_compat_family;
static struct genl_ops ovl_compat_ops[OVL_COMPAT_MAX_OPS];

static const struct genl_split_ops *ovl_compat_split(u8 cmd)
{
	const struct genl_split_ops *ops = ovl_compat_family->split_ops;
	unsigned int i;

	for (i = 0; i < ovl_compat_family->n_split_ops; i++)
		if (ops[i].cmd == cmd && ops[i].doit)
			return &ops[i];
	return NULL;
}

static int ovl_compat_pre_doit(const struct genl_ops *ops, struct sk_buff *skb,
			       struct genl_info *info)
{
	const struct genl_split_ops *split = ovl_compat_split(ops->cmd);

	if (!split || !split->pre_doit)
		return 0;
	return split->pre_doit(split, skb, info);
}

static void ovl_compat_post_doit(const struct genl_ops *ops,
				 struct sk_buff *skb, struct genl_info *info)
{
	const struct genl_split_ops *split = ovl_compat_split(ops->cmd);

	if (split && split->post_doit)
		split->post_doit(split, skb, info);
}

/* The ops table has "do" and "dump" of a command next to each other. */
static unsigned int ovl_compat_join(const struct ovl_compat_genl_family *family)
{
	struct genl_ops *op = NULL;
	unsigned int i, n = 0;

	for (i = 0; i < family->n_split_ops; i++) {
		const struct genl_split_ops *split = &family->split_ops[i];

		if (!op || op->cmd != split->cmd) {
			op = &ovl_compat_ops[n++];
			op->cmd = split->cmd;
		}
		op->flags |= split->flags & ~(GENL_CMD_CAP_DO |
					      GENL_CMD_CAP_DUMP);
		if (split->doit) {
			op->doit = split->doit;
			op->policy = split->policy;
			op->maxattr = split->maxattr;
		}
		if (split->dumpit)
			op->dumpit = split->dumpit;
	}
	return n;
}

int ovl_compat_genl_register(struct ovl_compat_genl_family *family)
{
	struct genl_family *real = &family->real;

	BUILD_BUG_ON(OVL_COMPAT_MAX_OPS > U8_MAX);
	if (WARN_ON(family->n_split_ops > OVL_COMPAT_MAX_OPS))
		return -EINVAL;

	ovl_compat_family = family;
	strscpy(real->name, family->name, sizeof(real->name));
	real->version = family->version;
	real->netnsok = family->netnsok;
	real->parallel_ops = family->parallel_ops;
	real->resv_start_op = family->resv_start_op;
	real->module = family->module;
	real->mcgrps = family->mcgrps;
	real->n_mcgrps = family->n_mcgrps;
	real->pre_doit = ovl_compat_pre_doit;
	real->post_doit = ovl_compat_post_doit;
	real->ops = ovl_compat_ops;
	real->n_ops = ovl_compat_join(family);
	return genl_register_family(real);
}
#endif
