// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU plugin that counts the guest kernel's instructions. What is between "mark
 * N" and the next one (selftests/mark.c) is part N. Of each part the file that
 * out= names has
 *
 *	PART N
 *	PC COUNT	for each translated block that was executed
 *
 * Declares what it uses of the interface (version 1, QEMU 4.2 to 8.2) as its
 * header is not packaged.
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
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
		void (*cb)(unsigned int cpu, void *data), int flags, void *data);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op,
					      void *ptr, uint64_t imm);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
		void (*cb)(qemu_plugin_id_t id, void *data), void *data);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);

int qemu_plugin_version = 1;

#define INLINE_ADD	0
#define NO_REGS		0
#define BUCKETS		0x10000
#define MARK		0x6f766c6d0000	/* where mark.c has its functions */
#define MARK_MASK	0xfffull

/* A block is translated anew now and then: what it has counted stays. */
static struct block {
	uint64_t pc, insns, count, told;
	struct block *next;
} *blocks[BUCKETS];

static unsigned int part;
static FILE *out;

static void end_part(void)
{
	if (part)
		fprintf(out, "PART %u\n", part);
	for (int i = 0; i < BUCKETS; i++) {
		for (struct block *b = blocks[i]; b; b = b->next) {
			if (part && b->count > b->told)
				fprintf(out, "%" PRIx64 " %" PRIu64 "\n", b->pc,
					b->count - b->told);
			b->told = b->count;
		}
	}
	part = 0;
}

static void marked(unsigned int cpu, void *data)
{
	end_part();
	part = (uintptr_t)data;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t pc = qemu_plugin_tb_vaddr(tb), insns = qemu_plugin_tb_n_insns(tb);
	struct block **head = &blocks[(pc >> 1 ^ pc >> 17) % BUCKETS], *b;

	if ((pc & ~MARK_MASK) == MARK)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, marked, NO_REGS,
						     (void *)(uintptr_t)(pc & MARK_MASK));
	if (!(pc >> 63))
		return;
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
	end_part();
	fclose(out);
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info,
			int argc, char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4))
		return 1;
	out = fopen(argv[0] + 4, "w");
	if (!out)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, done, NULL);
	return 0;
}
