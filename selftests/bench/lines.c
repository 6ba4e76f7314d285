// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU plugin that watches which CPUs the guest's kernel stores to the same cache
 * line from, and counts its instructions. What is between "mark N" and the next
 * one (selftests/mark.c) is part N. Of each part the file that out= names has
 *
 *	PART N LOST INSTRUCTIONS...	stores that there was no room for;
 *					instructions of each CPU
 *	LINE PC STORES...		of each CPU, for lines that more than one
 *					has stored to
 *
 * For guests whose CPUs take turns (-accel tcg,thread=single). Declares what it
 * uses of the interface as count.c does.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
		void (*cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
		void (*cb)(unsigned int cpu, void *data), int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
		void (*cb)(unsigned int cpu, qemu_plugin_meminfo_t info,
			   uint64_t vaddr, void *data),
		int flags, int rw, void *data);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
		void (*cb)(qemu_plugin_id_t id, void *data), void *data);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

int qemu_plugin_version = 1;

#define NO_REGS		0
#define STORES		2

#define MARK		0x6f766c6d0000	/* where mark.c has its functions */
#define MARK_MASK	0xfffull

#define CPUS		8
#define LINE_SHIFT	6
#define SLOTS		(1 << 20)
#define MOST		(SLOTS / 4 * 3)

/* Stores of an instruction to a cache line */
struct store {
	uint64_t line, pc;
	uint32_t n[CPUS];
};

static struct store *table;
static size_t used;
static uint64_t insns[CPUS], lost;
static unsigned int part;
static FILE *out;

static int by_line(const void *a, const void *b)
{
	const struct store *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->pc < y->pc ? -1 : x->pc > y->pc;
}

/* Write of @n stores to one line what others have to know. */
static void tell_line(const struct store *s, size_t n)
{
	int cpus = 0;

	for (int cpu = 0; cpu < CPUS; cpu++) {
		uint64_t sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += s[i].n[cpu];
		cpus += sum > 0;
	}
	if (cpus < 2)
		return;
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%" PRIx64 " %" PRIx64, s[i].line << LINE_SHIFT, s[i].pc);
		for (int cpu = 0; cpu < CPUS; cpu++)
			fprintf(out, " %u", s[i].n[cpu]);
		fputc('\n', out);
	}
}

static void end_part(void)
{
	size_t n = 0, first = 0;

	if (!part)
		return;
	fprintf(out, "PART %u %" PRIu64, part, lost);
	for (int cpu = 0; cpu < CPUS; cpu++)
		fprintf(out, " %" PRIu64, insns[cpu]);
	fputc('\n', out);
	for (size_t i = 0; i < SLOTS; i++)
		if (table[i].line)
			table[n++] = table[i];
	qsort(table, n, sizeof(*table), by_line);
	for (size_t i = 1; i <= n; i++)
		if (i == n || table[i].line != table[first].line) {
			tell_line(table + first, i - first);
			first = i;
		}
	fflush(out);
	part = 0;
}

static void begin_part(unsigned int number)
{
	memset(table, 0, SLOTS * sizeof(*table));
	used = 0;
	lost = 0;
	memset(insns, 0, sizeof(insns));
	part = number;
}

static void stored(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t vaddr,
		   void *data)
{
	uint64_t line = vaddr >> LINE_SHIFT, pc = (uintptr_t)data;
	size_t i;

	/* QEMU 7.2 also calls for loads, whatever it was asked for. */
	if (!qemu_plugin_mem_is_store(info))
		return;
	if (!part)
		return;
	i = (line * 0x9e3779b97f4a7c15 ^ pc * 0xd6e8feb86659fd93) >> 40;
	for (i %= SLOTS; table[i].line; i = (i + 1) % SLOTS)
		if (table[i].line == line && table[i].pc == pc)
			break;
	if (!table[i].line) {
		if (used == MOST || cpu >= CPUS) {
			lost++;
			return;
		}
		used++;
		table[i].line = line;
		table[i].pc = pc;
	}
	table[i].n[cpu]++;
}

static void marked(unsigned int cpu, void *data)
{
	end_part();
	if (data)
		begin_part((uintptr_t)data);
}

static void executed(unsigned int cpu, void *data)
{
	if (cpu < CPUS)
		insns[cpu] += (uintptr_t)data;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t pc = qemu_plugin_tb_vaddr(tb);
	size_t n = qemu_plugin_tb_n_insns(tb);

	if ((pc & ~MARK_MASK) == MARK)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, marked, NO_REGS,
						     (void *)(uintptr_t)(pc & MARK_MASK));
	if (!(pc >> 63))
		return;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, NO_REGS,
					     (void *)(uintptr_t)n);
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uintptr_t at = qemu_plugin_insn_vaddr(insn);

		qemu_plugin_register_vcpu_mem_cb(insn, stored, NO_REGS, STORES,
						 (void *)at);
	}
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
	table = calloc(SLOTS, sizeof(*table));
	if (!out || !table)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, done, NULL);
	return 0;
}
