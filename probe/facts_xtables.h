/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The legacy ip_tables and ip6_tables, asked as iptables-legacy asks them, but only for tables that are there
 * already: asking for another would load its module.
 */
#ifndef HR_PROBE_FACTS_XTABLES_H
#define HR_PROBE_FACTS_XTABLES_H

#include <stddef.h>

#include "probe/facts_audit.h"

/* Tables with rules, and whose chains are in them. Needs CAP_NET_ADMIN, else the answer stays unknown. */
void facts_xtables_read(struct audit_facts *out);

/* Owners of the user-defined chains in a table's entries as IPT_SO_GET_ENTRIES gives them. */
unsigned int facts_xtables_owners(const void *entries, size_t len);

#endif
