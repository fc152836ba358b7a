// SPDX-License-Identifier: BSD-2-Clause
/*
 * The table of features, and which attempts it takes to answer it or one question. What the kernel's
 * reactions mean is features_answer.c's.
 */
#include "probe/features.h"

#include <errno.h>
#include <string.h>

#include <linux/xfrm.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "probe/bpf_names.h"
#include "probe/bpf_uapi.h"
#include "probe/features_answer.h"

/* The letters of the table's last column. */
enum {
	H = NEEDED_BY_HOST_ROUTING,
	M = NEEDED_BY_MASQUERADE,
	K = NEEDED_BY_KPR,
	O = NEEDED_BY_OPTION,
	D = NEEDED_BY_DATAPATH,
};

#define IS_NUMBER(kind) (FEATURE_KIND_##kind == FEATURE_KIND_LARGE_PROGRAM)

const struct feature_def feature_defs[FEATURE__COUNT] = {
#define FEATURE(id, kind_, name_, prog, value_, args_, since_, users_) \
	[FEATURE_##id] = {                                             \
		.name = name_,                                         \
		.kind = FEATURE_KIND_##kind_,                          \
		.prog_type = BPF_PROG_TYPE_##prog,                     \
		.value = value_,                                       \
		.enumerator = IS_NUMBER(kind_) ? "" : #value_,         \
		.args = args_,                                         \
		.since = since_,                                       \
		.users = users_,                                       \
	},
#include "probe/features.def"
#undef FEATURE
};
_Static_assert(ARRAY_SIZE(feature_defs) == FEATURE__COUNT, "one row per feature");

/* The helpers of one program type that nothing is known of yet. */
struct batch {
	struct helper_call calls[FEATURE__COUNT];
	enum feature_id ids[FEATURE__COUNT];
	size_t count;
};

static void batch_fill(struct batch *b, unsigned int prog_type)
{
	b->count = 0;
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++) {
		const struct feature_def *def = &feature_defs[id];

		if (def->kind != FEATURE_KIND_HELPER || def->prog_type != prog_type)
			continue;
		b->ids[b->count] = id;
		b->calls[b->count++] =
			(struct helper_call){ .helper = def->value, .args = def->args };
	}
}

static void batch_drop(struct batch *b, size_t at)
{
	b->count--;
	memmove(&b->ids[at], &b->ids[at + 1], (b->count - at) * sizeof(b->ids[0]));
	memmove(&b->calls[at], &b->calls[at + 1], (b->count - at) * sizeof(b->calls[0]));
}

/*
 * Usual case first: one program calls them all. What the verifier refuses by name is answered and
 * left out of the next attempt. Does what is left load together?
 */
static bool batch_loads(struct prober *p, const struct family *f, struct batch *b,
			struct answer *items)
{
	struct helper_calls calls = { b->calls, b->count };
	size_t refused;
	int err = prober_call_all(p, f->prog_type, f->attach_type, &calls, NULL);

	while (err && b->count) {
		err = prober_call_all(p, f->prog_type, f->attach_type, &calls, &refused);
		if (err && refused == b->count)
			return false;
		if (err) {
			items[b->ids[refused]] = answer_make(ANSWER_NO, -err, "%s", "");
			batch_drop(b, refused);
			calls.count = b->count;
		}
	}
	return true;
}

static void probe_helpers(struct prober *p, const struct family *f, struct answer *items)
{
	struct batch batch;
	bool all_load;

	batch_fill(&batch, f->prog_type);
	all_load = f->calls.value == ANSWER_YES && batch.count && batch_loads(p, f, &batch, items);
	for (size_t i = 0; i < batch.count; i++)
		items[batch.ids[i]] = all_load ? answer_yes() : family_call(p, f, &batch.calls[i]);
}

static void probe_attach_types(struct prober *p, const struct family *f, struct answer *items)
{
	struct answer refused = f->type;
	bool is_controlled = false;

	for (enum feature_id id = 0; id < FEATURE__COUNT; id++) {
		const struct feature_def *def = &feature_defs[id];

		if (def->kind != FEATURE_KIND_CGROUP_ATTACH || def->prog_type != f->prog_type)
			continue;
		if (!is_controlled && refused.value == ANSWER_YES &&
		    prober_load_trivial(p, f->prog_type, NONEXISTENT_ID) != -EINVAL)
			refused = answer_make(
				ANSWER_UNKNOWN, 0,
				"control failed: an attach type that does not exist is taken");
		is_controlled = true;
		items[id] = refused.value == ANSWER_YES ? family_attach(p, f, def->value) : refused;
	}
}

static void probe_maps(struct prober *p, struct answer *items)
{
	struct answer control = answer_maps_control(p);

	for (enum feature_id id = 0; id < FEATURE__COUNT; id++) {
		if (feature_defs[id].kind == FEATURE_KIND_MAP_TYPE)
			items[id] = answer_map(p, &control, feature_defs[id].value);
	}
}

/* A kernel with tcx looks for the interface, one without objects to the attach type before that. */
static struct answer tcx_answer(struct prober *p, const struct answer *sched_cls)
{
	int err;

	if (sched_cls->value != ANSWER_YES)
		return *sched_cls;
	if (prober_link(p, NONEXISTENT_ID) != -EINVAL)
		return answer_make(
			ANSWER_UNKNOWN, 0,
			"control failed: a link type that does not exist is not refused");
	err = prober_link(p, BPF_TCX_INGRESS);
	if (err == -ENODEV)
		return answer_yes();
	if (err == -EINVAL)
		return answer_make(ANSWER_NO, EINVAL, "%s", "");
	return err ? answer_silent(-err)
		   : answer_make(ANSWER_UNKNOWN, 0, "linked to an interface that cannot exist");
}

/* Instructions are counted before the program type is looked at, and fewer are allowed without CAP_BPF. */
static struct answer large_answer(struct prober *p, const struct answer *sched_cls, size_t limit)
{
	int err;

	if (sched_cls->value != ANSWER_YES)
		return *sched_cls;
	if (prober_load_too_long(p, BPF_PROG_TYPE_SCHED_CLS) != -E2BIG)
		return answer_make(
			ANSWER_UNKNOWN, 0,
			"control failed: a program beyond every limit is not refused as such");
	err = prober_load_long(p, BPF_PROG_TYPE_SCHED_CLS, limit + 1);
	if (!err)
		return answer_yes();
	return err == -E2BIG ? answer_make(ANSWER_NO, E2BIG, "%s", "") : answer_silent(-err);
}

/* No attempt: an IPsec state would be the node's. */
static struct answer xfrm_answer(const struct kernel_ops *ops, const char *enumerator)
{
	struct answer a = { .source = SOURCE_BTF };
	int has = ops->btf_has(enumerator);

	if (has == 1)
		a.value = ANSWER_YES;
	else if (!has)
		a = answer_make(ANSWER_NO, 0, "kernel BTF has no such name");
	else
		a = answer_make(ANSWER_UNKNOWN, -has, "only kernel BTF tells: %s",
				errno_text(-has));
	a.source = SOURCE_BTF;
	return a;
}

static void probe_families(struct prober *p, struct answer *items)
{
	for (enum feature_id id = 0; id < FEATURE__COUNT; id++) {
		struct family f;

		if (feature_defs[id].kind != FEATURE_KIND_PROG_TYPE)
			continue;
		family_check(p, feature_defs[id].prog_type, &f);
		items[id] = f.type;
		probe_helpers(p, &f, items);
		probe_attach_types(p, &f, items);
	}
}

/* Valid arguments where the table knows them. */
static const char *table_args(unsigned int prog_type, unsigned int helper)
{
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		const struct feature_def *def = &feature_defs[i];

		if (def->kind == FEATURE_KIND_HELPER && def->prog_type == prog_type &&
		    def->value == helper)
			return def->args;
	}
	return NULL;
}

static bool table_has_map(unsigned int map_type)
{
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		if (feature_defs[i].kind == FEATURE_KIND_MAP_TYPE &&
		    feature_defs[i].value == map_type)
			return true;
	}
	return false;
}

/* These load only with the BTF id of what they attach to: their EINVAL says nothing. */
static bool needs_btf_target(unsigned int prog_type)
{
	return prog_type == BPF_PROG_TYPE_TRACING || prog_type == BPF_PROG_TYPE_LSM ||
	       prog_type == BPF_PROG_TYPE_EXT || prog_type == BPF_PROG_TYPE_STRUCT_OPS;
}

static void family_check_any(struct prober *p, unsigned int prog_type, struct family *out)
{
	if (!needs_btf_target(prog_type)) {
		family_check(p, prog_type, out);
		return;
	}
	*out = (struct family){ .prog_type = prog_type };
	out->type = out->calls =
		answer_make(ANSWER_UNKNOWN, 0, "loads only with the BTF id of what it attaches to");
}

void features_probe(const struct kernel_ops *ops, struct features *out)
{
	_cleanup_prober_ struct prober p;

	*out = (struct features){ 0 };
	features_set_release(out, ops->release(), SOURCE_UNAME);
	prober_init(&p, ops);
	probe_families(&p, out->items);
	probe_maps(&p, out->items);
	out->items[FEATURE_TCX] = tcx_answer(&p, &out->items[FEATURE_PROG_SCHED_CLS]);
	out->items[FEATURE_LARGE_PROGRAM] = large_answer(&p, &out->items[FEATURE_PROG_SCHED_CLS],
							 feature_defs[FEATURE_LARGE_PROGRAM].value);
	out->items[FEATURE_XFRM_OUTPUT_MASK] =
		xfrm_answer(ops, feature_defs[FEATURE_XFRM_OUTPUT_MASK].enumerator);
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		const struct feature_def *def = &feature_defs[i];

		answer_consult_btf(ops, def->enumerator,
				   def->prog_type ? prog_type_name(def->prog_type) : NULL,
				   &out->items[i]);
	}
	out->syscalls = p.syscalls;
}

void features_assume_all(struct features *out, const char *release)
{
	*out = (struct features){ 0 };
	features_set_release(out, release, SOURCE_ASSUMED);
	if (out->kernel_5_10.value == ANSWER_UNKNOWN)
		out->kernel_5_10 = answer_yes();
	out->kernel_5_10.source = SOURCE_ASSUMED;
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		out->items[i] = answer_yes();
		out->items[i].source = SOURCE_ASSUMED;
	}
}

struct answer features_probe_prog_type(const struct kernel_ops *ops, unsigned int prog_type)
{
	_cleanup_prober_ struct prober p;
	char enumerator[ENUMERATOR_TEXT_MAX];
	struct family f;

	prober_init(&p, ops);
	family_check_any(&p, prog_type, &f);
	answer_consult_btf(ops, prog_type_enumerator(prog_type, enumerator),
			   prog_type_name(prog_type), &f.type);
	return f.type;
}

struct answer features_probe_helper(const struct kernel_ops *ops, unsigned int prog_type,
				    unsigned int helper)
{
	const struct helper_call call = {
		.helper = helper,
		.args = table_args(prog_type, helper),
	};
	_cleanup_prober_ struct prober p;
	char enumerator[ENUMERATOR_TEXT_MAX];
	struct family f;
	struct answer a;

	prober_init(&p, ops);
	family_check_any(&p, prog_type, &f);
	a = family_call(&p, &f, &call);
	answer_consult_btf(ops, helper_enumerator(helper, enumerator), prog_type_name(prog_type),
			   &a);
	return a;
}

struct answer features_probe_map_type(const struct kernel_ops *ops, unsigned int map_type)
{
	_cleanup_prober_ struct prober p;
	char enumerator[ENUMERATOR_TEXT_MAX];
	struct answer control, a;

	prober_init(&p, ops);
	control = answer_maps_control(&p);
	a = answer_map(&p, &control, map_type);
	/* The sizes and flags we try may be wrong for a type that the table does not know. */
	if (a.value == ANSWER_NO && !table_has_map(map_type))
		a = answer_make(ANSWER_UNKNOWN, a.err, "refused, maybe for its sizes or flags");
	answer_consult_btf(ops, map_type_enumerator(map_type, enumerator), NULL, &a);
	return a;
}

struct answer features_probe_attach_type(const struct kernel_ops *ops, unsigned int prog_type,
					 unsigned int attach_type, const char *enumerator)
{
	_cleanup_prober_ struct prober p;
	struct family f;
	struct answer a;

	prober_init(&p, ops);
	family_check_any(&p, prog_type, &f);
	if (f.type.value != ANSWER_YES)
		return f.type;
	if (prober_load_trivial(&p, prog_type, NONEXISTENT_ID) == -EINVAL) {
		a = family_attach(&p, &f, attach_type);
		answer_consult_btf(ops, enumerator, prog_type_name(prog_type), &a);
		return a;
	}
	switch (*enumerator ? ops->btf_has(enumerator) : -ENOENT) {
	case 1:
		a = answer_make(ANSWER_YES, 0, "by name, not looked at before it is attached");
		break;
	case 0:
		a = answer_make(ANSWER_NO, 0, "kernel BTF has no such name");
		break;
	default:
		return answer_make(ANSWER_UNKNOWN, 0, "not looked at before it is attached");
	}
	a.source = SOURCE_BTF;
	return a;
}
