// SPDX-License-Identifier: BSD-2-Clause
/* Predicates of the node audit about sysctls, privileges, lockdown, mounts and the kernel's release. */
#include <string.h>

#include "probe/audit_checks.h"

#define ENOUGH_MEMLOCK (128LL << 20) /* an agent's maps of default size fit */

static enum tri sysctl_is(const struct audit_context *c, enum fact_sysctl id, int64_t value)
{
	const struct fact_number *number = &c->in->audit->sysctls[id];

	return number->known ? audit_answer(number->value == value) : ANSWER_UNKNOWN;
}

/* Unknown where the release has no version in it. */
static enum tri kernel_is_before(const struct audit_context *c, unsigned int major,
				 unsigned int minor)
{
	const struct features *f = c->in->features;

	if (!f || (!f->major && !f->minor))
		return ANSWER_UNKNOWN;
	return audit_answer(f->major < major || (f->major == major && f->minor < minor));
}

enum tri audit_ip_forward_off(struct audit_context *c)
{
	return sysctl_is(c, FACT_SYSCTL_IP_FORWARD, 0);
}

enum tri audit_device_forwarding_off(struct audit_context *c)
{
	enum tri answer = ANSWER_NO;

	if (sysctl_is(c, FACT_SYSCTL_IP_FORWARD, 0) == ANSWER_YES)
		return ANSWER_NO;
	for (size_t i = 0; i < c->devices.count; i++) {
		const struct fact_device *dev = c->devices.items[i];

		if (!dev->has_conf4 && answer == ANSWER_NO)
			answer = ANSWER_UNKNOWN;
		if (!dev->has_conf4 || dev->forwarding4)
			continue;
		audit_detail(c, "%s", dev->name);
		answer = ANSWER_YES;
	}
	return c->in->facts->devices_known ? answer : ANSWER_UNKNOWN;
}

/* The larger of the device's value and that of "all" is in force; only 1 is strict. */
enum tri audit_rp_filter(struct audit_context *c)
{
	const struct fact_number *all = &c->in->audit->sysctls[FACT_SYSCTL_RP_FILTER_ALL];
	enum tri answer = ANSWER_NO;

	if (!all->known || !c->in->facts->devices_known)
		return ANSWER_UNKNOWN;
	for (size_t i = 0; i < c->devices.count; i++) {
		const struct fact_device *dev = c->devices.items[i];
		int64_t value = dev->rp_filter4 > all->value ? dev->rp_filter4 : all->value;

		if (!dev->has_conf4 && answer == ANSWER_NO)
			answer = ANSWER_UNKNOWN;
		if (!dev->has_conf4 || value != 1)
			continue;
		audit_detail(c, "%s", dev->name);
		answer = ANSWER_YES;
	}
	return answer;
}

enum tri audit_jit_off(struct audit_context *c)
{
	return sysctl_is(c, FACT_SYSCTL_BPF_JIT_ENABLE, 0);
}

enum tri audit_jit_harden(struct audit_context *c)
{
	return sysctl_is(c, FACT_SYSCTL_BPF_JIT_HARDEN, 2);
}

enum tri audit_unprivileged_bpf(struct audit_context *c)
{
	return sysctl_is(c, FACT_SYSCTL_UNPRIVILEGED_BPF, 0);
}

static enum tri lockdown_is(const struct audit_context *c, const char *mode)
{
	const char *lockdown = c->in->audit->lockdown;

	return lockdown[0] ? audit_answer(!strcmp(lockdown, mode)) : ANSWER_UNKNOWN;
}

enum tri audit_lockdown_integrity(struct audit_context *c)
{
	return lockdown_is(c, "integrity");
}

enum tri audit_lockdown_confidentiality(struct audit_context *c)
{
	return lockdown_is(c, "confidentiality");
}

/* CAP_SYS_ADMIN stands in for CAP_BPF, as it did before 5.8. */
enum tri audit_capabilities(struct audit_context *c)
{
	unsigned int have = c->in->audit->capabilities;
	bool can_load = have & (FACT_CAP_BPF | FACT_CAP_SYS_ADMIN);

	if (!c->in->audit->has_capabilities)
		return ANSWER_UNKNOWN;
	if (!can_load)
		audit_detail(c, "CAP_BPF");
	if (!(have & FACT_CAP_NET_ADMIN))
		audit_detail(c, "CAP_NET_ADMIN");
	return audit_answer(!can_load || !(have & FACT_CAP_NET_ADMIN));
}

enum tri audit_memlock(struct audit_context *c)
{
	const struct fact_number *memlock = &c->in->audit->memlock;
	enum tri charges = kernel_is_before(c, 5, 11);

	if (charges == ANSWER_NO)
		return ANSWER_NO;
	if (!memlock->known)
		return ANSWER_UNKNOWN;
	if (memlock->value == FACT_MEMLOCK_UNLIMITED || memlock->value >= ENOUGH_MEMLOCK)
		return ANSWER_NO;
	audit_detail(c, "%lld bytes", (long long)memlock->value);
	return charges;
}

enum tri audit_no_cgroup2(struct audit_context *c)
{
	const struct audit_facts *audit = c->in->audit;

	return audit->has_mounts ? audit_answer(!audit->cgroup2[0]) : ANSWER_UNKNOWN;
}

enum tri audit_no_bpffs(struct audit_context *c)
{
	const struct audit_facts *audit = c->in->audit;

	return audit->has_mounts ? audit_answer(!audit->bpffs_mounts) : ANSWER_UNKNOWN;
}

enum tri audit_stacked_bpffs(struct audit_context *c)
{
	const struct audit_facts *audit = c->in->audit;

	if (!audit->has_mounts)
		return ANSWER_UNKNOWN;
	if (audit->bpffs_mounts > 1)
		audit_detail(c, "%u mounts", audit->bpffs_mounts);
	return audit_answer(audit->bpffs_mounts > 1);
}

enum tri audit_pod_counters(struct audit_context *c)
{
	return kernel_is_before(c, 6, 7);
}
