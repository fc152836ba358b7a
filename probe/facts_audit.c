// SPDX-License-Identifier: BSD-2-Clause
/* What the audit looks at outside netlink: sysctls, lockdown, privileges, mounts, pins. */
#include "probe/facts_audit.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/parse.h"
#include "probe/facts_audit_netlink.h"
#include "probe/facts_xtables.h"

#define BPFFS_PATH "/sys/fs/bpf"
#define AGENT_PINS BPFFS_PATH "/tc/globals"
#define LOCKDOWN_PATH "/sys/kernel/security/lockdown"
#define SMALL_FILE_BYTES 65536
#define MOUNTS_MAX_BYTES (8u << 20) /* a node with a thousand pods: about 2 MiB */

const char *const fact_sysctl_names[FACT_SYSCTL__COUNT] = {
#define SYSCTL(id, name) [FACT_SYSCTL_##id] = name,
#include "probe/facts_sysctl.def"
#undef SYSCTL
};

static void read_sysctl(enum fact_sysctl id, struct audit_facts *out)
{
	_cleanup_free_ char *text = NULL;
	char path[128];
	uint64_t value;
	size_t len;

	if (path_format(path, sizeof(path), "/proc/sys/%s", fact_sysctl_names[id]))
		return;
	for (char *p = path + strlen("/proc/sys/"); *p; p++)
		*p = *p == '.' ? '/' : *p;
	if (file_read(path, SMALL_FILE_BYTES, &text, &len))
		return;
	text[strcspn(text, "\n")] = '\0';
	if (!parse_uint(text, INT32_MAX, &value))
		out->sysctls[id] = (struct fact_number){ .known = true, .value = (int64_t)value };
}

/* Without the file the kernel has no lockdown, if securityfs is mounted at all. */
static void read_lockdown(struct audit_facts *out)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int err = file_read(LOCKDOWN_PATH, SMALL_FILE_BYTES, &text, &len);

	if (!err)
		facts_audit_take_lockdown(text, out);
	else if (err == -ENOENT && !access("/sys/kernel/security/lsm", F_OK))
		facts_audit_take_lockdown("[none]", out);
}

static void read_text(const char *path, void (*take)(const char *text, struct audit_facts *out),
		      struct audit_facts *out)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	if (!file_read(path, MOUNTS_MAX_BYTES, &text, &len))
		take(text, out);
}

static void read_pins(struct audit_facts *out)
{
	_cleanup_(closedir) DIR *dir = opendir(AGENT_PINS);
	const struct dirent *entry;

	out->cilium_pins.known = dir || errno == ENOENT;
	while (dir && (entry = readdir(dir)))
		out->cilium_pins.value += !strncmp(entry->d_name, "cilium_", strlen("cilium_"));
}

static void read_memlock(struct audit_facts *out)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	out->memlock.known = true;
	out->memlock.value =
		limit.rlim_cur > INT64_MAX ? FACT_MEMLOCK_UNLIMITED : (int64_t)limit.rlim_cur;
}

/* Cuts the next field off *line. */
static char *next_field(char **line)
{
	return strsep(line, " ");
}

/* "36 35 0:31 / /sys/fs/bpf rw,... shared:11 - bpf bpf rw,mode=700" */
static void take_mount(char *line, struct audit_facts *out)
{
	const char *where = NULL, *field, *type;

	for (int i = 0; i < 5; i++)
		where = next_field(&line);
	if (!where)
		return;
	do {
		field = next_field(&line);
	} while (field && strcmp(field, "-") != 0);
	type = next_field(&line);
	if (!type)
		return;
	if (!strcmp(type, "bpf") && !strcmp(where, BPFFS_PATH))
		out->bpffs_mounts++;
	if (!strcmp(type, "cgroup2") && !out->cgroup2[0])
		snprintf(out->cgroup2, sizeof(out->cgroup2), "%s", where);
}

void facts_audit_take_mounts(const char *mountinfo, struct audit_facts *out)
{
	_cleanup_free_ char *copy = strdup(mountinfo);
	char *rest = copy, *line;

	if (!copy)
		return;
	while ((line = strsep(&rest, "\n")))
		take_mount(line, out);
	out->has_mounts = true;
}

void facts_audit_take_status(const char *status, struct audit_facts *out)
{
	const char *line = strstr(status, "\nCapEff:");
	unsigned long long bits;

	if (!line || sscanf(line, "\nCapEff: %llx", &bits) != 1)
		return;
	out->has_capabilities = true;
	out->capabilities = (bits >> CAP_NET_ADMIN & 1 ? FACT_CAP_NET_ADMIN : 0) |
			    (bits >> CAP_SYS_ADMIN & 1 ? FACT_CAP_SYS_ADMIN : 0) |
			    (bits >> CAP_BPF & 1 ? FACT_CAP_BPF : 0);
}

/* The mode in force stands in brackets: "none [integrity] confidentiality". */
void facts_audit_take_lockdown(const char *lockdown, struct audit_facts *out)
{
	const char *begin = strchr(lockdown, '['), *end = begin ? strchr(begin, ']') : NULL;

	if (end && (size_t)(end - begin) <= sizeof(out->lockdown))
		snprintf(out->lockdown, sizeof(out->lockdown), "%.*s", (int)(end - begin - 1),
			 begin + 1);
}

void facts_audit_note_route(struct audit_facts *out, unsigned int family, uint32_t table)
{
	if (table == RT_TABLE_LOCAL || table == RT_TABLE_MAIN || table == RT_TABLE_DEFAULT)
		return;
	for (size_t i = 0; i < out->table_count; i++) {
		if (out->tables[i].table == table && out->tables[i].family == family) {
			out->tables[i].routes++;
			return;
		}
	}
	if (out->table_count < FACTS_MAX_TABLES)
		out->tables[out->table_count++] =
			(struct fact_table){ .table = table, .family = family, .routes = 1 };
}

void facts_audit_note_local(struct audit_facts *out, unsigned int ifindex, uint32_t ip4)
{
	if (ntohl(ip4) >> 24 == 127 || out->local_count == FACTS_MAX_LOCALS)
		return;
	out->locals[out->local_count++] = (struct fact_local){ .ifindex = ifindex, .ip4 = ip4 };
}

const char *fact_owner_name(unsigned int owner)
{
	switch (owner) {
	case FACT_OWNER_KUBE_PROXY:
		return "kube-proxy";
	case FACT_OWNER_ISTIO:
		return "istio";
	case FACT_OWNER_CILIUM:
		return "cilium";
	case FACT_OWNER_TALOS:
		return "talos";
	default:
		return NULL;
	}
}

/* KUBE-FIREWALL, KUBE-MARK-* and KUBE-KUBELET-CANARY are the kubelet's, and say nothing of kube-proxy. */
unsigned int fact_owner_of(const char *name)
{
	if (!strcmp(name, "KUBE-SERVICES") || !strcmp(name, "KUBE-FORWARD") ||
	    !strcmp(name, "kube-proxy"))
		return FACT_OWNER_KUBE_PROXY;
	if (!strncmp(name, "ISTIO_", strlen("ISTIO_")))
		return FACT_OWNER_ISTIO;
	if (!strncmp(name, "CILIUM_", strlen("CILIUM_")))
		return FACT_OWNER_CILIUM;
	return strcmp(name, "talos") ? 0 : FACT_OWNER_TALOS;
}

const char *fact_capability_name(unsigned int capability)
{
	switch (capability) {
	case FACT_CAP_NET_ADMIN:
		return "net_admin";
	case FACT_CAP_SYS_ADMIN:
		return "sys_admin";
	case FACT_CAP_BPF:
		return "bpf";
	default:
		return NULL;
	}
}

void facts_audit_read(struct audit_facts *out)
{
	for (enum fact_sysctl id = 0; id < FACT_SYSCTL__COUNT; id++)
		read_sysctl(id, out);
	read_lockdown(out);
	read_text("/proc/self/status", facts_audit_take_status, out);
	read_text("/proc/self/mountinfo", facts_audit_take_mounts, out);
	read_pins(out);
	read_memlock(out);
	facts_audit_read_rules(out);
	facts_audit_read_nftables(out);
	facts_xtables_read(out);
	out->is_looked_at = true;
}
