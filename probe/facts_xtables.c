// SPDX-License-Identifier: BSD-2-Clause
/* Rule counts of legacy iptables by getsockopt(2). A table without rules has one entry per hook and one at its end. */
#include "probe/facts_xtables.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "probe/facts.h"

#define NAMES_MAX_BYTES 4096
#define ENTRIES_MAX_BYTES (64u << 20)

/* The number, the structures and the option are the same for both families. */
struct xtables_socket {
	int fd, level;
	unsigned int family;
};

static int count_rules(const struct xtables_socket *s, struct ipt_getinfo *info)
{
	socklen_t len = sizeof(*info);
	unsigned int own;

	if (getsockopt(s->fd, s->level, IPT_SO_GET_INFO, info, &len))
		return -errno;
	own = (unsigned int)__builtin_popcount(info->valid_hooks) + 1;
	return info->num_entries > own ? (int)(info->num_entries - own) : 0;
}

/* Chain names only of IPv4: whoever writes rules for pods writes them there too. */
static void find_owners(const struct xtables_socket *s, const struct ipt_getinfo *info,
			struct audit_facts *out)
{
	socklen_t len = (socklen_t)(sizeof(struct ipt_get_entries) + info->size);
	_cleanup_free_ struct ipt_get_entries *entries = NULL;

	if (s->family != FACT_IPV4 || info->size > ENTRIES_MAX_BYTES)
		return;
	entries = calloc(1, len);
	if (!entries)
		return;
	memcpy(entries->name, info->name, sizeof(entries->name));
	entries->size = info->size;
	if (!getsockopt(s->fd, s->level, IPT_SO_GET_ENTRIES, entries, &len))
		out->owners |= facts_xtables_owners(entries->entrytable, info->size);
}

static int read_table(const struct xtables_socket *s, const char *name, struct audit_facts *out)
{
	struct fact_xtable *table = &out->xtables[out->xtable_count];
	struct ipt_getinfo info = { 0 };
	int rules;

	if (strlen(name) >= sizeof(info.name) || out->xtable_count == FACTS_MAX_XTABLES)
		return -E2BIG;
	memcpy(info.name, name, strlen(name) + 1);
	rules = count_rules(s, &info);
	if (rules <= 0)
		return rules;
	*table = (struct fact_xtable){ .family = s->family, .rules = (uint32_t)rules };
	snprintf(table->name, sizeof(table->name), "%s", name);
	out->xtable_count++;
	find_owners(s, &info, out);
	return 0;
}

static int read_family(unsigned int family, struct audit_facts *out)
{
	const char *path =
		family == FACT_IPV4 ? "/proc/net/ip_tables_names" : "/proc/net/ip6_tables_names";
	struct xtables_socket s = { .level = family == FACT_IPV4 ? IPPROTO_IP : IPPROTO_IPV6,
				    .family = family };
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *names = NULL;
	char *state = NULL;
	size_t len;
	int err;

	err = file_read(path, NAMES_MAX_BYTES, &names, &len);
	if (err || !len)
		return err == -ENOENT ? 0 : err;
	fd = socket(family == FACT_IPV4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0)
		return -errno;
	s.fd = fd;
	for (char *name = strtok_r(names, "\n", &state); !err && name;
	     name = strtok_r(NULL, "\n", &state))
		err = read_table(&s, name, out);
	return err;
}

/* A user-defined chain begins with an entry whose target is "ERROR" and carries the chain's name. */
static const char *chain_name(const char *entry, size_t len, const struct ipt_entry *e)
{
	struct xt_error_target target;

	if (e->target_offset < sizeof(*e) || e->target_offset > len ||
	    len - e->target_offset < sizeof(target))
		return NULL;
	memcpy(&target, entry + e->target_offset, sizeof(target));
	if (strncmp(target.target.u.user.name, XT_ERROR_TARGET,
		    sizeof(target.target.u.user.name)) != 0)
		return NULL;
	if (!memchr(target.errorname, '\0', sizeof(target.errorname)))
		return NULL;
	return entry + e->target_offset + offsetof(struct xt_error_target, errorname);
}

unsigned int facts_xtables_owners(const void *entries, size_t len)
{
	const char *at = entries;
	unsigned int owners = 0;
	struct ipt_entry e;

	while (len >= sizeof(e)) {
		const char *name;

		memcpy(&e, at, sizeof(e));
		if (e.next_offset < sizeof(e) || e.next_offset > len)
			break;
		name = chain_name(at, e.next_offset, &e);
		if (name)
			owners |= fact_owner_of(name);
		at += e.next_offset;
		len -= e.next_offset;
	}
	return owners;
}

void facts_xtables_read(struct audit_facts *out)
{
	int err = read_family(FACT_IPV4, out);

	err = err ?: read_family(FACT_IPV6, out);
	out->has_xtables = !err;
}
