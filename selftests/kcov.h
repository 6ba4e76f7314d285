/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which code of the kernel this process has been in, Documentation/dev-tools/kcov.rst.
 * That is what it does itself: interrupts and what they leave for later don't count.
 */
#ifndef _OVL_TUN_KCOV_H
#define _OVL_TUN_KCOV_H

void kcov_begin(void);
void kcov_take(void);
void kcov_write(const char *path);

#endif
