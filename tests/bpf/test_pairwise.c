// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every pair of values of the boolean keys of the datapath, in four releases, with and without a tunnel: a config
 * that differs from a working one in these two keys is either refused with a reason that names a key, or it
 * decides. Every pair of values of macros that one of those leads to is in a bundle that is compiled, and this
 * kernel's verifier takes all programs of it. Configs that differ in many keys have many pairs at a time: of such,
 * found by chance but always the same ones, those are taken that have the most, and for what is left over the config
 * that it came from.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/compile.h"
#include "tests/skip.h"

#define MAX_SETS 128
#define MAX_VALUES 8 /* of one macro */
#define TRIES 2000 /* by chance, for each bundle */
#define MIXED 16 /* configs, of which those of another release have nothing to add */
#define WORTH_IT 2 /* pairs */

/* A config as the values that it sets; NULL where the default holds. */
struct config {
	enum cilium_release release;
	const char *values[OPT__COUNT];
};

/* One distinct set of macros and a config that leads to it. */
struct macro_set {
	struct macro_values macros;
	struct config config;
};

static struct {
	struct macro_set sets[MAX_SETS];
	size_t set_count, decided, refused, bundles, objects;
} found;

/* The values that a macro has had, and which pairs of them are to be seen yet. */
static struct {
	uint32_t values[MACRO__COUNT][MAX_VALUES];
	size_t count[MACRO__COUNT];
	bool wanted[MACRO__COUNT][MAX_VALUES][MACRO__COUNT][MAX_VALUES];
} pairs;

static char scratch[] = "/tmp/pairwise-XXXXXX";

static void set(struct config *config, enum option_id id, const char *value)
{
	if (option_exists(id, config->release))
		config->values[id] = value;
}

/* BPF host routing by the rules of the release. */
static void begin(struct config *config, enum cilium_release release, bool tunnel)
{
	*config = (struct config){ .release = release };
	set(config, OPT_KUBE_PROXY_REPLACEMENT, release < CILIUM_1_14 ? "strict" : "true");
	set(config, OPT_ENABLE_IPV6, "false");
	set(config, OPT_ENABLE_BPF_MASQUERADE, "true");
	set(config, OPT_ENABLE_REMOTE_NODE_IDENTITY, "true");
	set(config, OPT_IPV4_NATIVE_ROUTING_CIDR, tunnel ? NULL : "10.0.0.0/8");
	if (release < CILIUM_1_14)
		set(config, OPT_TUNNEL, tunnel ? "vxlan" : "disabled");
	else
		set(config, OPT_ROUTING_MODE, tunnel ? "tunnel" : "native");
}

static void apply(const struct config *config, struct options *opts)
{
	const char *why = NULL;

	assert_int_equal(options_init(opts, config->release), 0);
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		if (config->values[id])
			assert_int_equal(option_set(opts, id, config->values[id], (struct pos){ 0 },
						    &why),
					 0);
	}
}

/* `key: "value" ...`: a message about a key, not about the config as a whole. */
static bool names_a_key(const char *message)
{
	char name[64];
	size_t len = strcspn(message, ":");

	snprintf(name, sizeof(name), "%.*s", (int)len, message);
	return option_find(name) != OPT__COUNT;
}

static void describe(const struct config *config, struct buf *out)
{
	buf_printf(out, "kind: ConfigMap\nmetadata: {name: cilium-config}\ndata:\n");
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		if (config->values[id])
			buf_printf(out, "  %s: \"%s\"\n", option_defs[id].name, config->values[id]);
	}
	assert_int_equal(out->err, 0);
}

static void fail_config(const struct config *config, const char *what)
{
	_cleanup_buf_ struct buf text = { 0 };

	describe(config, &text);
	fail_msg("%s in %s:\n%s", what, release_name(config->release), text.data);
}

/* A number more or less is nothing to a verifier: timeouts, in which releases differ, sizes and seeds. */
static void forget_numbers(struct macro_values *macros)
{
	macros->CT_CONNECTION_LIFETIME_TCP = 0;
	macros->CT_SERVICE_LIFETIME_TCP = macros->CT_SERVICE_LIFETIME_NONTCP = 0;
	macros->LB_MAGLEV_LUT_SIZE = macros->MAGLEV_MAP_SIZE = 0;
	macros->TUNNEL_PORT = macros->NODEPORT_PORT_MIN = macros->NODEPORT_PORT_MAX = 0;
	macros->LB_MAGLEV_SEED_0 = macros->LB_MAGLEV_SEED_1 = macros->LB_MAGLEV_SEED_2 = 0;
}

static void note_set(const struct config *config, const struct macro_values *macros)
{
	for (size_t i = 0; i < found.set_count; i++) {
		if (!memcmp(&found.sets[i].macros, macros, sizeof(*macros)))
			return;
	}
	assert_true(found.set_count < MAX_SETS);
	found.sets[found.set_count++] = (struct macro_set){ *macros, *config };
}

static size_t value_index(enum macro_id id, uint32_t value)
{
	size_t i = 0;

	while (i < pairs.count[id] && pairs.values[id][i] != value)
		i++;
	assert_true(i < MAX_VALUES);
	if (i == pairs.count[id])
		pairs.values[id][pairs.count[id]++] = value;
	return i;
}

/* How many pairs of the set are wanted. With mark, they are from now on, *mark, or are not. */
static size_t count_wanted(const struct macro_values *macros, const bool *mark)
{
	size_t index[MACRO__COUNT], count = 0;

	for (enum macro_id a = 0; a < MACRO__COUNT; a++) {
		index[a] = value_index(a, macro_value(macros, a));
		for (enum macro_id b = 0; b < a; b++) {
			bool *wanted = &pairs.wanted[a][index[a]][b][index[b]];

			count += *wanted;
			if (mark)
				*wanted = *mark;
		}
	}
	return count;
}

/* False when it is refused. */
static bool decide(const struct config *config, const struct target *target,
		   struct macro_values *macros)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	static char name[] = "pair";
	struct configmap cm = { .file.name = name };
	struct plan plan;
	int err;

	apply(config, &cm.options);
	err = plan_make(&cm, target, VXLAN_BY_DEFAULT, &plan, &diags);
	options_fini(&cm.options);
	if ((err != 0) != diag_has_errors(&diags))
		fail_config(config, "refused without a reason");
	for (size_t i = 0; i < diags.count; i++) {
		if (diags.items[i].severity == DIAG_ERROR && !names_a_key(diags.items[i].text))
			fail_config(config, diags.items[i].text);
	}
	if (err)
		return false;
	*macros = plan.macros;
	forget_numbers(macros);
	return true;
}

static size_t boolean_keys(enum cilium_release release, enum option_id ids[OPT__COUNT])
{
	size_t count = 0;

	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		if (option_defs[id].scope == OPTION_DATAPATH && option_exists(id, release) &&
		    option_type_at(id, release) == OPTION_BOOL)
			ids[count++] = id;
	}
	return count;
}

static const char *const values[] = { "false", "true" };

static void decide_pair(const struct config *base, const struct target *target, enum option_id a,
			enum option_id b)
{
	struct macro_values macros;

	for (size_t i = 0; i < 4; i++) {
		struct config config = *base;

		config.values[a] = values[i & 1];
		config.values[b] = values[i >> 1];
		if (decide(&config, target, &macros)) {
			note_set(&config, &macros);
			found.decided++;
		} else {
			found.refused++;
		}
	}
}

static void decide_all(enum cilium_release release, bool tunnel)
{
	enum option_id ids[OPT__COUNT];
	size_t count = boolean_keys(release, ids);
	struct target target;
	struct config base;

	target_assume(&target);
	begin(&base, release, tunnel);
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++)
			decide_pair(&base, &target, ids[i], ids[j]);
	}
}

static const enum cilium_release releases[] = { CILIUM_1_12, CILIUM_1_14, CILIUM_1_16,
						CILIUM_1_18 };

static void every_pair_is_refused_by_name_or_decides(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(releases); i++) {
		decide_all(releases[i], true);
		decide_all(releases[i], false);
	}
	printf("# %zu configs: %zu refused, %zu decided, %zu sets of macros\n",
	       found.refused + found.decided, found.refused, found.decided, found.set_count);
	assert_true(found.decided > found.refused / 10 && found.set_count > 4);
}

static int make_scratch(void **state)
{
	(void)state;
	return mkdtemp(scratch) ? 0 : -1;
}

static int remove_scratch(void **state)
{
	(void)state;
	return dir_remove(scratch);
}

static size_t load(const char *dir, const struct manifest *m)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < m->object_count; i++) {
		struct bpf_object *object;

		snprintf(path, sizeof(path), "%s/%s", dir, m->objects[i].file);
		object = bpf_object__open_file(path, NULL);
		assert_non_null(object);
		if (bpf_object__load(object))
			fail_msg("%s is not taken by the verifier", path);
		bpf_object__close(object);
	}
	return m->object_count;
}

static const struct macro_set *set_by_chance(unsigned short chance[3])
{
	return &found.sets[(size_t)nrand48(chance) % found.set_count];
}

/* One that is known, and what sets others of its release apart. */
static void config_by_chance(unsigned short chance[3], struct config *out)
{
	enum option_id ids[OPT__COUNT];
	struct config base;
	size_t count;

	*out = set_by_chance(chance)->config;
	begin(&base, out->release, false);
	count = boolean_keys(out->release, ids);
	for (size_t i = 0; i < MIXED; i++) {
		const struct config *other = &set_by_chance(chance)->config;

		for (size_t k = 0; k < count && other->release == out->release; k++) {
			if (other->values[ids[k]] != base.values[ids[k]])
				out->values[ids[k]] = other->values[ids[k]];
		}
	}
}

/* The one with the most wanted pairs of some; false when none of them is worth a bundle. */
static bool choose_by_chance(unsigned short chance[3], struct macro_set *out)
{
	size_t most = WORTH_IT - 1, count;
	struct macro_values macros;
	struct target target;
	struct config config;

	target_assume(&target);
	for (size_t i = 0; i < TRIES; i++) {
		config_by_chance(chance, &config);
		if (!decide(&config, &target, &macros))
			continue;
		count = count_wanted(&macros, NULL);
		if (count > most) {
			most = count;
			*out = (struct macro_set){ macros, config };
		}
	}
	return most >= WORTH_IT;
}

/* Number of objects that were built and loaded. */
static size_t build(const struct config *config, const char *dir)
{
	_cleanup_compilation_ struct compilation c = { 0 };
	_cleanup_buf_ struct buf text = { 0 };
	struct compile_request request = {
		.source = { .path = "pair.yaml", .releases = UINT32_C(1) << config->release },
		.output = dir,
		.tools = { .templates = "bpf-templates", .no_cache = true },
	};

	describe(config, &text);
	request.source.text = text.data;
	if (compile_decide(&request, &c))
		fail_config(config, "is refused as a text");
	if (compile_build(&request, &c))
		fail_config(config, "does not compile");
	return load(dir, &c.manifest);
}

/* Builds a bundle, whose pairs are wanted no more. */
static void see(const struct macro_set *set)
{
	char dir[sizeof(scratch) + 8];

	snprintf(dir, sizeof(dir), "%s/bundle", scratch);
	count_wanted(&set->macros, &(bool){ false });
	found.objects += build(&set->config, dir);
	found.bundles++;
}

static void every_pair_of_values_compiles_and_is_verified(void **state)
{
	unsigned short chance[3] = { 1, 2, 3 };
	struct macro_set set;
	size_t by_chance;

	(void)state;
	for (size_t i = 0; i < found.set_count; i++)
		count_wanted(&found.sets[i].macros, &(bool){ true });
	while (choose_by_chance(chance, &set))
		see(&set);
	by_chance = found.bundles;
	for (size_t i = 0; i < found.set_count; i++) {
		if (count_wanted(&found.sets[i].macros, NULL))
			see(&found.sets[i]);
		assert_int_equal(count_wanted(&found.sets[i].macros, NULL), 0);
	}
	printf("# %zu bundles, %zu of them by chance, %zu objects loaded\n", found.bundles,
	       by_chance, found.objects);
	assert_true(found.objects >= 2 * found.bundles);
}

int main(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_is_refused_by_name_or_decides),
		cmocka_unit_test_setup_teardown(every_pair_of_values_compiles_and_is_verified,
						make_scratch, remove_scratch),
	};

	if (geteuid())
		return skip_all("needs root");
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	log_init("pairwise", LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
