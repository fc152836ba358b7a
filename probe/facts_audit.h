/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the node audit looks at beyond struct node_facts: routing policy, local addresses, netfilter, mounts,
 * privileges. Each source is known or unknown by itself: a flag in front of it says which. A plain struct,
 * filled from the running node, from a file (probe/facts_json.h) or by a test.
 */
#ifndef HR_PROBE_FACTS_AUDIT_H
#define HR_PROBE_FACTS_AUDIT_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A list that is full drops what comes later; its `total` goes on counting. */
#define FACTS_MAX_RULES 32
#define FACTS_MAX_TABLES 32
#define FACTS_MAX_LOCALS 64
#define FACTS_MAX_CHAINS 64
#define FACTS_MAX_XTABLES 16
#define FACTS_NAME_MAX 64 /* names of tables and chains; longer ones are cut */
#define FACTS_PATH_MAX 128

/* One `ip rule`, not one of the kernel's own three (local at 0, main at 32766, default at 32767). */
struct fact_rule {
	unsigned int family; /* FACT_IPV4 or FACT_IPV6 */
	uint32_t priority;
	uint32_t table; /* 0 when the rule looks up none */
	char selector[96]; /* "from 10.0.0.0/8 fwmark 0x200/0xf00 iif eth1"; "from all" */
};

/* Unicast routes in a table other than local, main and default. */
struct fact_table {
	uint32_t table;
	unsigned int family; /* FACT_IPV4 or FACT_IPV6 */
	uint32_t routes;
};

/* An IPv4 address of the node of any scope; 127.0.0.0/8 is left out. */
struct fact_local {
	unsigned int ifindex;
	uint32_t ip4; /* network byte order */
};

/* A base chain of nf_tables (iptables-nft included) with rules, at a hook that forwarded packets cross. */
struct fact_chain {
	char family[8]; /* "ip", "ip6", "inet" */
	char table[FACTS_NAME_MAX];
	char name[FACTS_NAME_MAX];
	char hook[16]; /* "prerouting", "forward", "postrouting" */
	uint32_t rules;
};

/* A table of the legacy ip_tables with rules. */
struct fact_xtable {
	unsigned int family; /* FACT_IPV4 or FACT_IPV6 */
	char name[FACTS_NAME_MAX]; /* "filter", "nat", ... */
	uint32_t rules; /* entries that an empty table lacks: also two for each chain of its own */
};

/* Whose chains and tables were seen in nf_tables or ip_tables; bits. */
enum fact_netfilter_owner {
	FACT_OWNER_KUBE_PROXY = 1 << 0,
	FACT_OWNER_ISTIO = 1 << 1,
	FACT_OWNER_CILIUM = 1 << 2,
	FACT_OWNER_TALOS = 1 << 3,
};
#define FACT_OWNER_BITS 4

struct fact_number {
	bool known;
	int64_t value;
};

enum fact_sysctl {
#define SYSCTL(id, ...) FACT_SYSCTL_##id,
#include "probe/facts_sysctl.def"
#undef SYSCTL
	FACT_SYSCTL__COUNT,
};

/* "net.core.bpf_jit_enable" and so on. */
extern const char *const fact_sysctl_names[FACT_SYSCTL__COUNT];

/* Capabilities that matter here, as bits of `capabilities`. */
enum fact_capability {
	FACT_CAP_NET_ADMIN = 1 << 0,
	FACT_CAP_SYS_ADMIN = 1 << 1,
	FACT_CAP_BPF = 1 << 2,
};
#define FACT_CAP_BITS 3

#define FACT_MEMLOCK_UNLIMITED (-1)

struct audit_facts {
	bool is_looked_at; /* false: nobody looked, there is nothing to find */
	bool has_rules, has_tables, has_locals;
	struct fact_rule rules[FACTS_MAX_RULES];
	struct fact_table tables[FACTS_MAX_TABLES];
	struct fact_local locals[FACTS_MAX_LOCALS];
	size_t rule_count, table_count, local_count;
	size_t rule_total;

	bool has_nftables, has_xtables; /* each asked separately: a node may use both */
	struct fact_chain chains[FACTS_MAX_CHAINS];
	struct fact_xtable xtables[FACTS_MAX_XTABLES];
	size_t chain_count, xtable_count;
	size_t chain_total;
	unsigned int owners; /* enum fact_netfilter_owner */

	struct fact_number sysctls[FACT_SYSCTL__COUNT];
	char lockdown[24]; /* "none", "integrity", "confidentiality"; "" when unknown */
	bool has_capabilities;
	unsigned int capabilities; /* enum fact_capability, effective */
	bool has_mounts; /* the next two could be read */
	char cgroup2[FACTS_PATH_MAX]; /* where cgroup v2 is mounted first; "" when it is not */
	uint32_t bpffs_mounts; /* BPF file systems mounted at /sys/fs/bpf, one over the other */
	struct fact_number cilium_pins; /* objects pinned as cilium_* in the agent's place */
	struct fact_number memlock; /* RLIMIT_MEMLOCK in bytes, or FACT_MEMLOCK_UNLIMITED */
};

struct node_facts;

/* All but what the dumps of facts_netlink.c bring (tables, locals). Never fails; logs nothing. */
void facts_audit_read(struct audit_facts *out);

/* The pieces of it that take text, for tests: /proc/self/mountinfo, .../status, .../lockdown. */
void facts_audit_take_mounts(const char *mountinfo, struct audit_facts *out);
void facts_audit_take_status(const char *status, struct audit_facts *out);
void facts_audit_take_lockdown(const char *lockdown, struct audit_facts *out);

/* What a dump of routes and addresses says to the audit. */
void facts_audit_note_route(struct audit_facts *out, unsigned int family, uint32_t table);
void facts_audit_note_local(struct audit_facts *out, unsigned int ifindex, uint32_t ip4);

/* "kube-proxy" for FACT_OWNER_KUBE_PROXY; NULL for what is no single owner. */
const char *fact_owner_name(unsigned int owner);
/* Owner of a chain or table by its name; 0 when it is nobody's we know. */
unsigned int fact_owner_of(const char *name);

const char *fact_capability_name(unsigned int capability); /* "net_admin"; NULL when none */

#endif
