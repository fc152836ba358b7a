// SPDX-License-Identifier: BSD-2-Clause
/* The parts of a kube-proxy replacement, as the agent turns them on. */
#include "install/serving.h"

#include <string.h>

#include "common/cleanup.h"
#include "config/release.h"

static const char *effective(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->effective_count; i++) {
		if (!strcmp(m->effective[i].name, name))
			return m->effective[i].value;
	}
	return "";
}

static bool is_full(const struct manifest *m)
{
	static const char *const names[] = { "Strict", "Probe", "True" };
	const char *kpr = effective(m, "kube-proxy-replacement");

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(kpr, names[i]))
			return true;
	}
	return false;
}

struct serving serving_of(const struct manifest *m)
{
	struct cilium_version version;
	bool known = !release_parse(m->cilium_version, &version);
	bool node_port = !strcmp(effective(m, "nodeport"), "true");
	bool lb_only = !strcmp(manifest_option(m, "datapath-mode"), "lb-only") &&
		       !(known && version.release >= CILIUM_1_18);
	bool full = is_full(m);
	/* 1.19 has the check without a key for it. */
	bool check = (known && version.release >= CILIUM_1_19) ||
		     manifest_option_is_on(m, "enable-svc-source-range-check");

	return (struct serving){
		.kinds = {
			[FRONTEND_CLUSTER_IP] = true,
			[FRONTEND_NODE_PORT] = node_port,
			[FRONTEND_LOAD_BALANCER] = node_port,
			[FRONTEND_EXTERNAL_IP] = node_port && (full || lb_only ||
				 manifest_option_is_on(m, "enable-external-ips")),
			[FRONTEND_HOST_PORT] = node_port && (full || (!lb_only &&
				 manifest_option_is_on(m, "enable-host-port"))),
		},
		.cluster_ip_outside = manifest_option_is_on(m, "bpf-lb-external-clusterip"),
		.affinity = full || (known && version.release >= CILIUM_1_18) ||
			    manifest_option_is_on(m, "enable-session-affinity"),
		.source_ranges = node_port && check,
		.source_ranges_everywhere =
			node_port && check &&
			manifest_option_is_on(m, "bpf-lb-source-range-all-types"),
	};
}
