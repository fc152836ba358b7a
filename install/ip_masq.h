/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ip-masq-agent's file: destinations that pods reach with their own addresses. YAML or JSON:
 *
 *     nonMasqueradeCIDRs: [10.0.0.0/8]    # none when the file has none
 *     masqLinkLocal: false                # else 169.254.0.0/16 is exempt as well
 *
 * Without the file, or when it has no bytes, the agent's defaults count. Keys count in any case, and booleans as YAML
 * 1.1 has them, as in the agent. It ignores other keys; so do we, with a warning for those that it does not have at
 * all. Hostile input is bounded as in config/yaml.h, by IP_MASQ_MAX_BYTES, and the list by HR_IPMASQ_MAX.
 *
 * Source: ../shared/reference/cilium-config.md E, "ip-masq-agent file".
 */
#ifndef HR_INSTALL_IP_MASQ_H
#define HR_INSTALL_IP_MASQ_H

#include <stddef.h>

#include "common/diag.h"
#include "common/parse.h"

#define IP_MASQ_MAX_BYTES (1u << 20)

struct ip_masq {
	struct cidr4 *cidrs; /* owned; in the order of addresses, then of lengths; none twice */
	size_t count;
};

/*
 * Reads the file at path. 0, or -EINVAL, -E2BIG, -ENOMEM or the error of reading with *out empty; what is wrong with
 * the text is in diags with its position, the rest is logged. diags may have warnings after success, too.
 */
int ip_masq_read(const char *path, struct ip_masq *out, struct diag_list *diags);

/* As ip_masq_read() for a text in memory; name is for messages and outlives diags. len excludes any NUL. */
int ip_masq_parse(const char *name, const char *text, size_t len, struct ip_masq *out,
		  struct diag_list *diags);

void ip_masq_fini(struct ip_masq *masq);

#define _cleanup_ip_masq_ __attribute__((cleanup(ip_masq_fini)))

#endif
