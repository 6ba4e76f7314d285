// SPDX-License-Identifier: GPL-2.0
/* struct genl_split_ops in families, from 6.2 on */
#include <net/genetlink.h>

const struct genl_split_ops *probe(const struct genl_family *family);
const struct genl_split_ops *probe(const struct genl_family *family)
{
	return family->split_ops;
}
