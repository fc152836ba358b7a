// SPDX-License-Identifier: BSD-2-Clause
/* From what files say of a kernel to the answers that a live probe gives. Reads no file itself. */
#include "probe/features_offline.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/bpf_names.h"
#include "probe/bpf_uapi.h"

/* Which features an option of kconfig_needs.def decides. */
enum need_effect {
	EFFECT_NONE,
	EFFECT_ALL,
	EFFECT_CGROUP, /* program types of cgroups, with their helpers and attach types */
	EFFECT_ROUTES, /* helpers that use the kernel's routes and neighbours */
	EFFECT_TCX,
	EFFECT_TC, /* attachment of sched_cls programs by filters; they load without it */
	EFFECT__COUNT,
};

static const enum need_effect need_effects[NEED__COUNT] = {
#define NEED(symbol, module, witness, effect, text) [NEED_##symbol] = EFFECT_##effect,
#include "probe/kconfig_needs.def"
#undef NEED
};

/*
 * Helpers that these program types may call later than they exist and than kernels have BTF (5.2). All
 * other rows of the table came with their helper, so that a backport brings both.
 */
static const struct {
	unsigned int prog_type, helper;
} late_callers[] = {
	{ BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_skb_change_head },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_FUNC_get_socket_cookie },
};

/* A feature as one question, also for those that have no row in the table. */
struct question {
	enum feature_kind kind;
	unsigned int prog_type, value;
	const char *enumerator; /* "" when this program knows no name for it */
	const char *since; /* NULL: not known for this program type */
};

static struct answer answer(enum tri value, enum answer_source source, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static struct answer answer(enum tri value, enum answer_source source, const char *fmt, ...)
{
	struct answer a = { .value = value, .source = source };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a.note, sizeof(a.note), fmt, ap);
	va_end(ap);
	return a;
}

static struct answer module_answer(const struct offline_target *t, enum kconfig_need need)
{
	const struct kconfig_need_def *def = &kconfig_needs[need];
	enum module_state state = MODULE_UNKNOWN;

	if (t->modules)
		state = modules_find(t->modules, def->module);
	switch (state) {
	case MODULE_BUILTIN:
	case MODULE_SHIPPED:
		return answer(ANSWER_YES, SOURCE_KCONFIG, "module %s", def->module);
	case MODULE_ABSENT:
		return answer(ANSWER_NO, SOURCE_KCONFIG, "%s=m, but module %s is not shipped",
			      def->name, def->module);
	default:
		return answer(ANSWER_UNKNOWN, SOURCE_KCONFIG, "%s=m: yes if module %s is shipped",
			      def->name, def->module);
	}
}

/* Only lists of modules can tell: both of them, for a no. */
static struct answer unconfigured_answer(const struct offline_target *t, enum kconfig_need need)
{
	const struct kconfig_need_def *def = &kconfig_needs[need];
	bool has_lists = t->modules && *def->module;
	enum module_state state =
		has_lists ? modules_find(t->modules, def->module) : MODULE_UNKNOWN;

	if (state == MODULE_BUILTIN || state == MODULE_SHIPPED)
		return answer(ANSWER_YES, SOURCE_KCONFIG, "module %s", def->module);
	if (state == MODULE_ABSENT && t->modules->builtin)
		return answer(ANSWER_NO, SOURCE_KCONFIG, "module %s is not shipped", def->module);
	return answer(ANSWER_UNKNOWN, SOURCE_NONE, "no configuration that tells of %s", def->name);
}

struct answer offline_need(const struct offline_target *t, enum kconfig_need need)
{
	enum kconfig_value value = t->kconfig ? t->kconfig->values[need] : KCONFIG_UNKNOWN;
	bool is_compiled_in = t->btf && t->btf->witnesses[need];

	if (value == KCONFIG_YES)
		return answer(ANSWER_YES, SOURCE_KCONFIG, "%s", "");
	if (is_compiled_in && value != KCONFIG_UNKNOWN)
		return answer(ANSWER_UNKNOWN, SOURCE_BTF,
			      "witnesses disagree: configuration says %s, BTF that it is built in",
			      value == KCONFIG_NO ? "no" : "module");
	if (is_compiled_in)
		return answer(ANSWER_YES, SOURCE_BTF, "%s", "");
	if (value == KCONFIG_NO)
		return answer(ANSWER_NO, SOURCE_KCONFIG, "%s is not set", kconfig_needs[need].name);
	return value == KCONFIG_MODULE ? module_answer(t, need) : unconfigured_answer(t, need);
}

/* Is the target's release at least that? */
static enum tri is_since(const struct offline_target *t, const char *since)
{
	unsigned int major, minor, want_major, want_minor;

	if (!since || kernel_release_parse(since, &want_major, &want_minor) ||
	    kernel_release_parse(t->release, &major, &minor))
		return ANSWER_UNKNOWN;
	return major > want_major || (major == want_major && minor >= want_minor) ? ANSWER_YES
										  : ANSWER_NO;
}

static struct answer without_btf(const struct offline_target *t, const struct question *q)
{
	switch (is_since(t, q->since)) {
	case ANSWER_YES:
		return answer(ANSWER_UNKNOWN, t->release_source,
			      "no BTF; mainline has it since %s, so the release suggests yes",
			      q->since);
	case ANSWER_NO:
		return answer(ANSWER_UNKNOWN, t->release_source,
			      "no BTF; mainline has it since %s, backports may have it too",
			      q->since);
	default:
		return answer(ANSWER_UNKNOWN, SOURCE_NONE, "no BTF, and nothing else that tells");
	}
}

static bool is_late_caller(const struct question *q)
{
	for (size_t i = 0; i < ARRAY_SIZE(late_callers); i++)
		if (late_callers[i].prog_type == q->prog_type && late_callers[i].helper == q->value)
			return true;
	return false;
}

/* BTF names the helper, but not who may call it. */
static struct answer helper_answer(const struct offline_target *t, const struct question *q)
{
	const char *type = prog_type_name(q->prog_type);

	if (q->since && !is_late_caller(q))
		return answer(ANSWER_YES, SOURCE_BTF, "%s", "");
	switch (is_since(t, q->since)) {
	case ANSWER_YES:
		return answer(ANSWER_YES, SOURCE_BTF, "%s", "");
	case ANSWER_NO:
		return answer(ANSWER_UNKNOWN, SOURCE_BTF,
			      "kernel has it; %s may call it since %s, or by a backport",
			      type ? type : "this type", q->since);
	default:
		return answer(ANSWER_UNKNOWN, SOURCE_BTF,
			      "kernel has it; its release or loading tells if %s may call it",
			      type ? type : "this type");
	}
}

/* The verifier's limit has no name: only the release tells, where there is proof of a kernel with BTF. */
static struct answer large_answer(const struct offline_target *t, const struct question *q)
{
	if (is_since(t, q->since) == ANSWER_YES)
		return answer(ANSWER_YES, t->release_source, "%s", "");
	return answer(ANSWER_UNKNOWN, t->release_source,
		      "mainline has it since %s, backports may have it too", q->since);
}

static struct answer btf_answer(const struct offline_target *t, const struct question *q)
{
	int has;

	if (!t->btf)
		return without_btf(t, q);
	if (q->kind == FEATURE_KIND_LARGE_PROGRAM)
		return large_answer(t, q);
	if (!*q->enumerator)
		return answer(ANSWER_UNKNOWN, SOURCE_NONE, "no name is known for it");
	has = kernel_enums_has(&t->btf->enums, q->enumerator);
	if (!has)
		return answer(ANSWER_NO, SOURCE_BTF, "kernel BTF has no such name");
	if (has < 0)
		return answer(ANSWER_UNKNOWN, SOURCE_BTF, "BTF without the enum it would be in");
	return q->kind == FEATURE_KIND_HELPER ? helper_answer(t, q)
					      : answer(ANSWER_YES, SOURCE_BTF, "%s", "");
}

static bool is_of_cgroup(unsigned int prog_type)
{
	return prog_type == BPF_PROG_TYPE_CGROUP_SKB || prog_type == BPF_PROG_TYPE_CGROUP_SOCK ||
	       prog_type == BPF_PROG_TYPE_CGROUP_SOCK_ADDR ||
	       prog_type == BPF_PROG_TYPE_CGROUP_DEVICE ||
	       prog_type == BPF_PROG_TYPE_CGROUP_SYSCTL ||
	       prog_type == BPF_PROG_TYPE_CGROUP_SOCKOPT;
}

static bool is_affected(enum need_effect effect, const struct question *q)
{
	switch (effect) {
	case EFFECT_ALL:
		return true;
	case EFFECT_CGROUP:
		return is_of_cgroup(q->prog_type);
	case EFFECT_ROUTES:
		return q->kind == FEATURE_KIND_HELPER &&
		       (q->value == BPF_FUNC_fib_lookup || q->value == BPF_FUNC_redirect_neigh);
	case EFFECT_TCX:
		return q->kind == FEATURE_KIND_TCX;
	case EFFECT_TC:
		return q->kind == FEATURE_KIND_PROG_TYPE && q->prog_type == BPF_PROG_TYPE_SCHED_CLS;
	default:
		return false;
	}
}

static struct question table_question(enum feature_id id)
{
	const struct feature_def *def = &feature_defs[id];

	return (struct question){ def->kind, def->prog_type, def->value, def->enumerator,
				  def->since };
}

static bool has_tcx(const struct offline_target *t)
{
	const struct question q = table_question(FEATURE_TCX);

	return btf_answer(t, &q).value == ANSWER_YES &&
	       offline_need(t, NEED_NET_XGRESS).value == ANSWER_YES;
}

/* A need that is not met takes a yes away; one that only attaching by filters has, when tcx cannot. */
static void apply_need(const struct offline_target *t, enum kconfig_need need, struct answer *a)
{
	bool is_tc = need_effects[need] == EFFECT_TC;
	struct answer state = offline_need(t, need);

	if (state.value == ANSWER_YES || a->value == ANSWER_NO)
		return;
	if (is_tc && (state.value == ANSWER_UNKNOWN || has_tcx(t)))
		return;
	if (state.value == ANSWER_NO || a->value == ANSWER_YES)
		*a = state;
}

static struct answer question_answer(const struct offline_target *t, const struct question *q)
{
	struct answer a = btf_answer(t, q);

	for (enum kconfig_need need = 0; need < NEED__COUNT; need++)
		if (is_affected(need_effects[need], q))
			apply_need(t, need, &a);
	return a;
}

/* NULL: the table has no row for that helper in that program type. */
static const char *helper_since(unsigned int prog_type, unsigned int helper)
{
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		const struct feature_def *def = &feature_defs[i];

		if (def->kind == FEATURE_KIND_HELPER && def->prog_type == prog_type &&
		    def->value == helper)
			return def->since;
	}
	return NULL;
}

void features_offline(const struct offline_target *target, struct features *out)
{
	*out = (struct features){ 0 };
	features_set_release(out, target->release, target->release_source);
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++) {
		const struct question q = table_question(id);

		out->items[id] = question_answer(target, &q);
	}
}

struct answer offline_prog_type(const struct offline_target *target, unsigned int prog_type)
{
	char enumerator[ENUMERATOR_TEXT_MAX];
	const struct question q = {
		.kind = FEATURE_KIND_PROG_TYPE,
		.prog_type = prog_type,
		.value = prog_type,
		.enumerator = prog_type_enumerator(prog_type, enumerator),
	};

	return question_answer(target, &q);
}

struct answer offline_helper(const struct offline_target *target, unsigned int prog_type,
			     unsigned int helper)
{
	char enumerator[ENUMERATOR_TEXT_MAX];
	const struct question q = {
		.kind = FEATURE_KIND_HELPER,
		.prog_type = prog_type,
		.value = helper,
		.enumerator = helper_enumerator(helper, enumerator),
		.since = helper_since(prog_type, helper),
	};

	return question_answer(target, &q);
}

struct answer offline_map_type(const struct offline_target *target, unsigned int map_type)
{
	char enumerator[ENUMERATOR_TEXT_MAX];
	const struct question q = {
		.kind = FEATURE_KIND_MAP_TYPE,
		.value = map_type,
		.enumerator = map_type_enumerator(map_type, enumerator),
	};

	return question_answer(target, &q);
}
