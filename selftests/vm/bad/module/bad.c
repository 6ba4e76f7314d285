// SPDX-License-Identifier: GPL-2.0
/*
 * A module that does wrong, in the way its parameter says: for the test of the
 * bed, which must report each of them (selftests/host/checkers). It is loaded
 * in debug kernels only, and does nothing that those don't survive.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>

static char *kind = "";
module_param(kind, charp, 0444);
MODULE_PARM_DESC(kind, "what to do wrong");

/* The compiler knows nothing about these. */
static volatile int zero;
static volatile int forty = 40;

static void use_after_free(void)
{
	char *p = kmalloc(100, GFP_KERNEL);

	if (!p)
		return;
	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(p[zero], 1);
}

static void double_free(void)
{
	char *p = kmalloc(100, GFP_KERNEL);

	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	kfree(p);
}

static void heap_bounds(void)
{
	char *p = kmalloc(40, GFP_KERNEL);

	if (!p)
		return;
	OPTIMIZER_HIDE_VAR(p);
	WRITE_ONCE(p[forty], 1);
	kfree(p);
}

static void stack_bounds(void)
{
	char a[40] = {};
	char *p = a;

	OPTIMIZER_HIDE_VAR(p);
	READ_ONCE(p[forty]);
}

static void vmalloc_bounds(void)
{
	char *p = vmalloc(40);

	if (!p)
		return;
	OPTIMIZER_HIDE_VAR(p);
	READ_ONCE(p[forty]);
	vfree(p);
}

/* A reader that RCU does not know of */
struct rcu_thing {
	struct rcu_head rcu;
	int value;
};

static void rcu_thing_free(struct rcu_head *head)
{
	kfree(container_of(head, struct rcu_thing, rcu));
}

static void rcu_free(void)
{
	struct rcu_thing *thing = kzalloc(sizeof(*thing), GFP_KERNEL);
	struct rcu_thing *seen = thing;

	if (!thing)
		return;
	call_rcu(&thing->rcu, rcu_thing_free); /* kfree_rcu() frees seconds later */
	rcu_barrier();
	OPTIMIZER_HIDE_VAR(seen);
	READ_ONCE(seen->value);
}

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);

static void lock_order(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);

	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static DEFINE_SPINLOCK(timers_too);

static void lock_in_timer(struct timer_list *unused)
{
	spin_lock(&timers_too);
	spin_unlock(&timers_too);
}

static void lock_context(void)
{
	static DEFINE_TIMER(timer, lock_in_timer);

	mod_timer(&timer, jiffies + 1);
	msleep(100);
	spin_lock(&timers_too); /* the timer could come now */
	spin_unlock(&timers_too);
	timer_delete_sync(&timer);
}

static int __rcu *protected;

static void rcu_unprotected(void)
{
	if (rcu_dereference(protected))
		pr_info("something\n");
}

static void sleep_in_atomic(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	msleep(20);
	spin_unlock(&lock);
}

static void sleep_in_rcu(void)
{
	rcu_read_lock();
	kfree(kmalloc(100, GFP_KERNEL)); /* may sleep, even when it does not */
	rcu_read_unlock();
}

static void preempt_on(void)
{
	pr_info("on CPU %d, for now\n", smp_processor_id());
}

static void leak(void)
{
	int i;

	/* More than one: a copy of a pointer may stay on some stack. */
	for (i = 0; i < 20; i++)
		if (!kmalloc(100, GFP_KERNEL))
			break;
}

static void shift(void)
{
	pr_info("%d\n", 1 << forty);
}

static void array_index(void)
{
	static int array[40];

	array[forty] = 1;
	pr_info("%d\n", array[zero]);
}

static void field_overrun(void)
{
	struct {
		char field[8];
		char next[40];
	} *s = kzalloc(sizeof(*s), GFP_KERNEL);
	static const char from[48];

	if (!s)
		return;
	memcpy(s->field, from, forty);
	kfree(s);
}

static void ignore(struct timer_list *unused) { }

static void active_timer(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, ignore, 0);
	mod_timer(timer, jiffies + 100 * HZ);
	kfree(timer);
}

static void list_twice(void)
{
	LIST_HEAD(list);
	struct list_head entry;

	list_add(&entry, &list);
	list_del(&entry);
	list_del(&entry);
}

static void refcount(void)
{
	static refcount_t ref = REFCOUNT_INIT(0);

	refcount_inc(&ref);
}

static void netdev_put_twice(void)
{
	struct net_device *dev = init_net.loopback_dev;
	netdevice_tracker tracker;

	dev_hold(dev); /* for the second put */
	netdev_hold(dev, &tracker, GFP_KERNEL);
	netdev_put(dev, &tracker);
	netdev_put(dev, &tracker);
}

static int raced;

/* Two at a time, without a lock or a mark */
static noinline void race_once(void)
{
	raced++;
}

static int racer(void *unused)
{
	while (!kthread_should_stop()) {
		race_once();
		cond_resched();
	}
	return 0;
}

static void race(void)
{
	unsigned long end = jiffies + 5 * HZ;
	struct task_struct *other = kthread_run(racer, NULL, "ovl-bad");

	if (IS_ERR(other))
		return;
	while (time_before(jiffies, end)) {
		race_once();
		cond_resched();
	}
	kthread_stop(other);
}

static u32 unseen;

static noinline u32 look(void)
{
	return unseen;
}

/* By the kernel, which release kcsan does not look at */
static int changer(void *unused)
{
	while (!kthread_should_stop()) {
		get_random_bytes(&unseen, sizeof(unseen));
		cond_resched();
	}
	return 0;
}

static void race_unseen(void)
{
	unsigned long end = jiffies + 5 * HZ;
	struct task_struct *other = kthread_run(changer, NULL, "ovl-bad");

	if (IS_ERR(other))
		return;
	while (time_before(jiffies, end)) {
		zero = look() & zero;
		cond_resched();
	}
	kthread_stop(other);
}

static const struct {
	const char *kind;
	void (*run)(void);
} wrongs[] = {
	{ "use-after-free", use_after_free },
	{ "double-free", double_free },
	{ "heap-bounds", heap_bounds },
	{ "stack-bounds", stack_bounds },
	{ "vmalloc-bounds", vmalloc_bounds },
	{ "rcu-free", rcu_free },
	{ "lock-order", lock_order },
	{ "lock-context", lock_context },
	{ "rcu-unprotected", rcu_unprotected },
	{ "sleep-in-atomic", sleep_in_atomic },
	{ "sleep-in-rcu", sleep_in_rcu },
	{ "preemptible", preempt_on },
	{ "leak", leak },
	{ "shift", shift },
	{ "array-index", array_index },
	{ "field-overrun", field_overrun },
	{ "active-timer", active_timer },
	{ "list-twice", list_twice },
	{ "refcount", refcount },
	{ "netdev-put-twice", netdev_put_twice },
	{ "race", race },
	{ "race-unseen", race_unseen },
};

static int __init bad_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(wrongs); i++) {
		if (!strcmp(kind, wrongs[i].kind)) {
			wrongs[i].run();
			return 0;
		}
	}
	return -EINVAL;
}

static void __exit bad_exit(void) { }

module_init(bad_init);
module_exit(bad_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("does wrong, for the test of the test bed");
