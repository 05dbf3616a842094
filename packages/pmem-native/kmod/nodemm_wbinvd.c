// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/wbinvd: reading it writes all modified lines of all caches of all processors back to memory, and then tells how
 * often that has been completed. See README.md for the interface.
 *
 * Invariants: the count goes up only after WBINVD has been executed by every online processor while none of them ran
 * anything else; a read that could not have that done fails and gives no count.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/stop_machine.h>
#include <linux/uaccess.h>
#include <linux/uidgid.h>

#include <asm/cpufeature.h>

#ifndef CONFIG_X86_64
#error "WBINVD is an instruction of x86 processors; other architectures have no such instruction"
#endif

#define FILE_NAME "wbinvd"
/* Of an answer. Reads shorter than this are refused, because they would begin another write-back to get the rest. */
#define LINE_BYTES 64

static ushort mode = 0400;
module_param(mode, ushort, 0444);
MODULE_PARM_DESC(mode, "permissions of /proc/wbinvd: 0400 (default), 0440 or 0444");

static uint uid;
module_param(uid, uint, 0444);
MODULE_PARM_DESC(uid, "owner of /proc/wbinvd (default 0)");

static uint gid;
module_param(gid, uint, 0444);
MODULE_PARM_DESC(gid, "group of /proc/wbinvd (default 0)");

static bool trust_hypervisor;
module_param(trust_hypervisor, bool, 0444);
MODULE_PARM_DESC(trust_hypervisor, "load in a virtual machine too, where WBINVD may do nothing (default N)");

struct round {
	atomic_t written_back;
	unsigned int online;
};

static DEFINE_MUTEX(alone);
/* Under the mutex. */
static u64 completed;

/* On every online processor, with interrupts off, while all of them wait for the last. */
static int write_back(void *data)
{
	struct round *round = data;

	asm volatile("wbinvd" : : : "memory");
	atomic_inc(&round->written_back);
	/* All write the same number: processors neither come nor go while the machine is stopped. */
	WRITE_ONCE(round->online, num_online_cpus());
	return 0;
}

/*
 * Stopping the machine, not a call on each processor: a processor that went on after its WBINVD could take a modified line
 * out of the cache of one that has yet to execute its own, and that line would be written back by neither.
 */
static int write_back_all(struct round *round)
{
	int error = stop_machine(write_back, round, cpu_online_mask);

	if (error)
		return error;
	return atomic_read(&round->written_back) == round->online ? 0 : -EIO;
}

static ssize_t read(struct file *file, char __user *buffer, size_t size, loff_t *position)
{
	struct round round = { .written_back = ATOMIC_INIT(0) };
	char line[LINE_BYTES];
	int error;
	int length;

	/* The end of the file, for those who read on, as cat does. */
	if (*position != 0)
		return 0;
	if (size < sizeof(line))
		return -EINVAL;
	if (mutex_lock_killable(&alone))
		return -EINTR;
	error = write_back_all(&round);
	if (!error)
		length = scnprintf(line, sizeof(line), "completed %llu processors %u\n", ++completed, round.online);
	mutex_unlock(&alone);
	if (error)
		return error;
	if (copy_to_user(buffer, line, length))
		return -EFAULT;
	*position = length;
	return length;
}

static const struct proc_ops operations = {
	.proc_read = read,
	.proc_lseek = default_llseek,
};

static struct proc_dir_entry *entry;

static int __init start(void)
{
	kuid_t owner = make_kuid(&init_user_ns, uid);
	kgid_t group = make_kgid(&init_user_ns, gid);

	if (mode & ~0444 || !uid_valid(owner) || !gid_valid(group)) {
		pr_err("expected mode 0400, 0440 or 0444 and a valid uid and gid\n");
		return -EINVAL;
	}
	if (boot_cpu_has(X86_FEATURE_HYPERVISOR) && !trust_hypervisor) {
		pr_err("this is a virtual machine, whose hypervisor may let WBINVD do nothing; load on bare metal\n");
		return -EOPNOTSUPP;
	}
	entry = proc_create(FILE_NAME, mode, NULL, &operations);
	if (!entry) {
		pr_err("cannot make /proc/%s; has another module made it?\n", FILE_NAME);
		return -EBUSY;
	}
	proc_set_user(entry, owner, group);
	return 0;
}

/* Waits for reads in progress; later ones of files that are still open fail with EIO. */
static void __exit stop(void)
{
	proc_remove(entry);
}

module_init(start);
module_exit(stop);

MODULE_DESCRIPTION("Writes back all caches of all processors when /proc/wbinvd is read");
MODULE_AUTHOR("The NodeMM authors");
MODULE_VERSION("1.0.0");
MODULE_LICENSE("GPL");
