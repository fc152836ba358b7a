// SPDX-License-Identifier: BSD-2-Clause
/* Node facts in and out for hrprobe. */
#include "probe/node_input.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"

static void take_overrides(const struct probe_args *args, struct node_facts *facts)
{
	if (args->has_node_ip || args->has_node_ip6) {
		facts->node_ip = args->has_node_ip ? args->node_ip : 0;
		facts->has_node_ip6 = args->has_node_ip6;
		memcpy(facts->node_ip6, args->node_ip6, sizeof(facts->node_ip6));
	}
	if (args->has_pod_cidr) {
		facts->pod_cidr = args->pod_cidr;
		facts->has_pod_cidr = true;
	}
	if (args->pod_cidr6[0])
		memcpy(facts->pod_cidr6, args->pod_cidr6, sizeof(facts->pod_cidr6));
}

/* Without a config the question is about the kernel: a node that cannot be read is no failure then. */
static int read_live(const struct probe_args *args, struct node_record *out)
{
	int err;

	if (probe_args_offline(args))
		return -1;
	err = facts_read_node(&out->facts, &out->audit);
	return err && (args->config || args->record_node_facts) ? EXIT_STATUS_ENVIRONMENT : -1;
}

int node_input_read(const struct probe_args *args, struct node_record *out)
{
	int status = -1;

	if (!args->node_facts)
		status = read_live(args, out);
	else if (facts_json_read(args->node_facts, out))
		status = EXIT_STATUS_INPUT;
	take_overrides(args, &out->facts);
	return status;
}

int node_input_save(const struct probe_args *args, const struct features *features,
		    struct node_record *record)
{
	_cleanup_free_ char *text = NULL;
	int err;

	if (!args->record_node_facts)
		return -1;
	record->features = *features;
	record->has_kernel = true;
	err = facts_json_write(record, &text);
	err = err ?: file_write_atomic(args->record_node_facts, text, strlen(text));
	if (!err)
		return -1;
	log_err(err, "write node facts %s", args->record_node_facts);
	return EXIT_STATUS_ENVIRONMENT;
}
