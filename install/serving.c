// SPDX-License-Identifier: BSD-2-Clause
/* The parts of a kube-proxy replacement, as the agent turns them on. */
#include "install/serving.h"

#include <errno.h>
#include <stdio.h>
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
		.maglev = maglev_of(&m->services),
	};
}

/* The parts by name. */
static bool *part_of(struct serving *serving, size_t index, const char **name)
{
	bool *const others[] = { &serving->cluster_ip_outside, &serving->affinity,
				 &serving->source_ranges, &serving->source_ranges_everywhere };
	static const char *const names[] = { "cluster-ip-outside", "affinity", "source-ranges",
					     "source-ranges-everywhere" };

	if (index < FRONTEND_KIND__COUNT) {
		*name = frontend_kind_name((enum frontend_kind)index);
		return &serving->kinds[index];
	}
	index -= FRONTEND_KIND__COUNT;
	if (index >= ARRAY_SIZE(names))
		return NULL;
	*name = names[index];
	return others[index];
}

const char *serving_text(const struct serving *serving, char out[SERVING_TEXT_MAX])
{
	struct serving copy = *serving;
	const char *name;
	size_t len = 0;
	bool *part;

	out[0] = '\0';
	for (size_t i = 0; (part = part_of(&copy, i, &name)); i++) {
		if (*part)
			len += (size_t)snprintf(out + len, SERVING_TEXT_MAX - len, "%s%s",
						len ? " " : "", name);
	}
	return out;
}

static bool *find_part(struct serving *serving, const char *word)
{
	const char *name;
	bool *part;

	for (size_t i = 0; (part = part_of(serving, i, &name)); i++) {
		if (!strcmp(name, word))
			return part;
	}
	return NULL;
}

int serving_parse(const char *text, struct serving *out)
{
	char copy[SERVING_TEXT_MAX], *rest = copy, *word;
	struct serving serving = { 0 };

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return -EINVAL;
	while ((word = strsep(&rest, " "))) {
		bool *part = *word ? find_part(&serving, word) : NULL;

		if (*word && !part)
			return -EINVAL;
		if (part)
			*part = true;
	}
	*out = serving;
	return 0;
}
