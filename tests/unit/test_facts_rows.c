// SPDX-License-Identifier: BSD-2-Clause
/*
 * Rows of what the real agent decided, each with its kernel and node turned into a node-facts file, and decided
 * through that. test_verdict_rows.c replays all rows without one. Run from the top of the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonout.h"
#include "config/entries.h"
#include "probe/facts_json.h"
#include "probe/verdict.h"
#include "tests/unit/row_node.h"

#define ROWS "tests/unit/data/verdicts/1.12.1.jsonl"

static struct node_record record;

static void read_config(const json_t *row, struct options *opts)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	struct entry entries[128];
	size_t count = 0, refused = 0;
	const char *key;
	json_t *value;

	json_object_foreach(json_object_get(row, "config"), key, value)
	{
		assert_true(count < ARRAY_SIZE(entries));
		entries[count++] = (struct entry){ .key = key, .text = json_string_value(value) };
	}
	assert_int_equal(options_init(opts, CILIUM_1_12), 0);
	assert_int_equal(entries_apply(entries, count, false, opts, &diags, &refused), 0);
	assert_int_equal(refused, 0);
}

static void same_mode(const struct verdict *v, const json_t *row)
{
	static const char *const modes[] = {
		[VERDICT_UNDETERMINED] = "undetermined",
		[VERDICT_BPF] = "BPF",
		[VERDICT_LEGACY] = "Legacy",
		[VERDICT_REFUSED] = "fatal",
	};
	const json_t *outcome = json_object_get(row, "outcome");

	assert_string_equal(modes[v->mode], json_string_value(json_object_get(outcome, "mode")));
}

static void row_is_decided_through_a_file(void **state)
{
	_cleanup_options_ struct options opts = { 0 };
	_cleanup_(json) json_t *node = NULL;
	_cleanup_free_ char *text = NULL;
	const json_t *row = *state;
	static struct verdict v;

	assert_non_null(row);
	node = row_node(row);
	assert_non_null(node);
	text = json_dumps(node, 0);
	assert_non_null(text);
	assert_int_equal(facts_json_parse(text, strlen(text), "row", &record), 0);
	assert_true(record.has_kernel);
	read_config(row, &opts);
	verdict_decide(&opts, &record.features, &record.facts, &v);
	same_mode(&v, row);
}

/* One of each kind of thing that the file must be able to say. */
static struct {
	const char *id;
	json_t *row;
} wanted[] = {
	{ "bool-bpfmasq='True'", NULL },
	{ "bw-ipsec", NULL },
	{ "clusterpoolv2-vxlan", NULL },
	{ "dev-bridge+eth-strict-native", NULL },
	{ "dev-docker+cni-probe-vxlan", NULL },
	{ "dev-l3-second-explicit-eth0", NULL },
	{ "dev-none-probe-native", NULL },
	{ "dev-veth-default-strict-native", NULL },
	{ "dev-vxlandev-probe-native", NULL },
	{ "ipv6only", NULL },
	{ "k-eperm-disabled", NULL },
	{ "k-no-change-head-l3", NULL },
	{ "k-no-connect4-probe-nomasq", NULL },
	{ "k-no-fib-act-partial-np", NULL },
	{ "k-no-fib-cls-only-probe", NULL },
	{ "k-no-jiffies-disabled", NULL },
	{ "k-no-lpm-ipmasq", NULL },
	{ "k-no-lru-partial-np", NULL },
	{ "k-no-netns-cookie-partial-np", NULL },
	{ "k-no-recvmsg4-partial-np", NULL },
	{ "k-no-recvmsg6-strict", NULL },
	{ "k-no-redirect-peer-disabled", NULL },
	{ "k-no-xfrm-mask-ipsec-partial", NULL },
	{ "nodeip-unknown-native-one", NULL },
	{ "portrange-10000-29000-probe", NULL },
	{ "portrange-1024-65535-strict-noprotect", NULL },
	{ "portrange-32768-60999-probe-noprotect", NULL },
	{ "portrange-40000-60000-probe-noprotect", NULL },
	{ "seed-live-mem4g", NULL },
};

static void keep_row(json_t *row)
{
	const char *id = json_string_value(json_object_get(row, "id"));

	for (size_t i = 0; id && i < ARRAY_SIZE(wanted); i++)
		if (!strcmp(wanted[i].id, id) && !wanted[i].row)
			wanted[i].row = json_incref(row);
}

static int read_rows(void)
{
	_cleanup_fclose_ FILE *file = fopen(ROWS, "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!file) {
		printf("Bail out! cannot open " ROWS " (run from the top of the tree)\n");
		return -1;
	}
	while (getline(&line, &size, file) > 0) {
		json_t *row = json_loads(line, 0, NULL);

		keep_row(row);
		json_decref(row);
	}
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(wanted)];
	char names[ARRAY_SIZE(wanted)][96];
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (read_rows())
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		snprintf(names[i], sizeof(names[i]), "row_is_decided_through_a_file %s",
			 wanted[i].id);
		tests[i] = (struct CMUnitTest){ .name = names[i],
						.test_func = row_is_decided_through_a_file,
						.initial_state = wanted[i].row };
	}
	failed = _cmocka_run_group_tests("facts_rows", tests, ARRAY_SIZE(wanted), NULL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		json_decref(wanted[i].row);
	return failed;
}
