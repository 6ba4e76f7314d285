// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU plugin that counts the guest kernel's instructions: for each translated
 * block "PC COUNT" goes to the file that out= names. Declares what it uses of
 * the interface (version 1, QEMU 4.2 to 8.2) as its header is not packaged.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_info;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
		void (*cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
					      void *ptr, uint64_t imm);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
		void (*cb)(qemu_plugin_id_t id, void *data), void *data);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);

int qemu_plugin_version = 1;

#define INLINE_ADD 0
#define BUCKETS 0x10000

/* A block is translated anew now and then: what it has counted stays. */
static struct block {
	uint64_t pc, insns, count;
	struct block *next;
} *blocks[BUCKETS];

static char *out;

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t pc = qemu_plugin_tb_vaddr(tb), insns = qemu_plugin_tb_n_insns(tb);
	struct block **head = &blocks[(pc >> 1 ^ pc >> 17) % BUCKETS], *b;

	for (b = *head; b; b = b->next)
		if (b->pc == pc && b->insns == insns)
			break;
	if (!b) {
		b = calloc(1, sizeof(*b));
		if (!b)
			abort();
		b->pc = pc;
		b->insns = insns;
		b->next = *head;
		*head = b;
	}
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD, &b->count, insns);
}

static void done(qemu_plugin_id_t id, void *data)
{
	FILE *file = fopen(out, "w");

	if (!file)
		return;
	for (int i = 0; i < BUCKETS; i++)
		for (struct block *b = blocks[i]; b; b = b->next)
			if (b->pc >> 63)
				fprintf(file, "%" PRIx64 " %" PRIu64 "\n", b->pc, b->count);
	fclose(file);
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
			int argc, char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4))
		return 1;
	out = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, done, NULL);
	return 0;
}
