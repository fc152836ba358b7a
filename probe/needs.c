// SPDX-License-Identifier: BSD-2-Clause
/*
 * Object in, needs out. libbpf says what the programs and maps are; helper calls are read from the
 * instructions of each program and of the functions that it takes along.
 */
#include "probe/needs.h"

#include <bpf/libbpf.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "probe/bpf_uapi.h"
#include "probe/functions.h"
#include "probe/needs_externs.h"
#include "probe/object_check.h"
#include "probe/since.h"

DEFINE_CLEANUP(bpf_object, struct bpf_object *, bpf_object__close)

static int log_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char line[256];

	(void)level;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\n")] = '\0';
	log_debug("%s", line);
	return 0;
}

static int need_compare(const void *pa, const void *pb)
{
	const struct need *a = pa, *b = pb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->prog_type != b->prog_type)
		return a->prog_type < b->prog_type ? -1 : 1;
	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	return strcmp(a->name, b->name);
}

int need_add(struct object_needs *out, struct need need)
{
	for (size_t i = 0; i < out->count; i++) {
		if (!need_compare(&out->needs[i], &need))
			return 0;
	}
	if (out->count == NEEDS_MAX)
		return -E2BIG;
	out->needs[out->count++] = need;
	return 0;
}

/* insns need not be aligned: a section begins where the file says. */
static int add_helpers(struct object_needs *out, unsigned int prog_type, const void *insns,
		       size_t count)
{
	const char *bytes = insns;
	int err = 0;

	for (size_t i = 0; i < count && !err; i++) {
		struct need need = { .kind = NEED_HELPER, .prog_type = prog_type };
		struct bpf_insn insn;

		memcpy(&insn, bytes + i * sizeof(insn), sizeof(insn));
		if (insn.code != (BPF_JMP | BPF_CALL) || insn.src_reg != 0)
			continue; /* a subprogram, or a kernel function: see needs_externs.c */
		need.value = (unsigned int)insn.imm;
		err = need_add(out, need);
	}
	return err;
}

/* Names go to terminals and manifests: what no compiler emits is a damaged object. Cut at size. */
static int copy_name(char *out, size_t size, const char *name)
{
	for (const char *p = name; *p; p++) {
		if (!isgraph((unsigned char)*p))
			return -EINVAL;
	}
	snprintf(out, size, "%s", name);
	return 0;
}

/* As its section names it. libbpf leaves BPF_XDP and the first reuseport type out where a kernel lacks them. */
static int add_attach_type(struct object_needs *out, const struct bpf_program *prog)
{
	enum bpf_attach_type type = bpf_program__expected_attach_type(prog);

	if (!type || type == BPF_XDP || type == BPF_SK_REUSEPORT_SELECT)
		return 0;
	return need_add(out, (struct need){ .kind = NEED_ATTACH_TYPE,
					    .prog_type = bpf_program__type(prog),
					    .value = type });
}

/* Only the loader that the object was made for knows the type, and so which helpers may be called. */
static int add_untyped(struct object_needs *out, const struct object_program *p)
{
	struct need need = { .kind = NEED_PROG_TYPE };

	snprintf(need.name, sizeof(need.name), "%s", p->section);
	return need_add(out, need);
}

static int add_program(struct object_needs *out, struct functions *f,
		       const struct bpf_program *prog)
{
	struct object_program *p;
	int err;

	if (out->program_count == NEEDS_MAX_PROGRAMS)
		return -E2BIG;
	p = &out->programs[out->program_count++];
	if (copy_name(p->name, sizeof(p->name), bpf_program__name(prog)) ||
	    copy_name(p->section, sizeof(p->section), bpf_program__section_name(prog)))
		return -EINVAL;
	p->prog_type = bpf_program__type(prog);
	err = functions_reach(f, bpf_program__section_name(prog), bpf_program__name(prog));
	if (err)
		return err;
	for (size_t i = 0; i < f->reached_count; i++)
		p->insns += f->reached[i]->insn_count;
	if (p->prog_type == BPF_PROG_TYPE_UNSPEC)
		return add_untyped(out, p);
	err = need_add(out, (struct need){ .kind = NEED_PROG_TYPE, .prog_type = p->prog_type });
	err = err ?: add_attach_type(out, prog);
	for (size_t i = 0; i < f->reached_count && !err; i++)
		err = add_helpers(out, p->prog_type, f->reached[i]->insns,
				  f->reached[i]->insn_count);
	return err;
}

static int add_map(struct object_needs *out, const struct bpf_map *map)
{
	unsigned int type = bpf_map__type(map);

	if (!bpf_map__is_internal(map)) {
		struct object_map *m;

		if (out->map_count == NEEDS_MAX_MAPS)
			return -E2BIG;
		m = &out->maps[out->map_count++];
		if (copy_name(m->name, sizeof(m->name), bpf_map__name(map)))
			return -EINVAL;
		m->type = type;
		m->key_size = bpf_map__key_size(map);
		m->value_size = bpf_map__value_size(map);
		m->max_entries = bpf_map__max_entries(map);
		m->flags = bpf_map__map_flags(map);
	}
	return need_add(out, (struct need){ .kind = NEED_MAP_TYPE, .value = type });
}

static int add_object(struct object_needs *out, struct functions *f, const struct bpf_object *obj)
{
	const struct bpf_program *prog = NULL;
	const struct bpf_map *map = NULL;
	int err = 0;

	while (!err && (prog = bpf_object__next_program(obj, (struct bpf_program *)prog)))
		err = add_program(out, f, prog);
	while (!err && (map = bpf_object__next_map(obj, map)))
		err = add_map(out, map);
	return err ? err : out->program_count ? 0 : -ENOEXEC;
}

static int read_image(char *image, size_t len, struct object_needs *out)
{
	_cleanup_(bpf_object) struct bpf_object *obj = NULL;
	_cleanup_functions_ struct functions functions = { 0 };
	int err;

	err = object_check(image, len);
	err = err ?: functions_read(image, len, &functions);
	if (err)
		return err;
	obj = bpf_object__open_mem(image, len, NULL);
	if (!obj)
		return -EINVAL;
	err = add_object(out, &functions, obj);
	return err ?: needs_add_externs(out, image, len);
}

static int log_refused(const char *path, int err)
{
	switch (err) {
	case -E2BIG:
		return log_fail(-EINVAL,
				"%s: more than %d programs, %d maps or %d needs, or a program "
				"of more than %d instructions",
				path, NEEDS_MAX_PROGRAMS, NEEDS_MAX_MAPS, NEEDS_MAX,
				FUNCTIONS_MAX_INSNS);
	case -ENOEXEC:
		return log_fail(-EINVAL, "%s: no program in it", path);
	default:
		return log_fail(-EINVAL,
				"%s: not a BPF object, a damaged one, or one with maps and no BTF",
				path);
	}
}

int needs_read(const char *path, struct object_needs *out)
{
	_cleanup_free_ char *image = NULL;
	libbpf_print_fn_t old;
	size_t len;
	int err;

	*out = (struct object_needs){ 0 };
	err = file_read(path, NEEDS_MAX_OBJECT_BYTES, &image, &len);
	if (err)
		return log_err(err, "read %s", path);
	old = libbpf_set_print(log_libbpf);
	err = read_image(image, len, out);
	libbpf_set_print(old);
	if (err) {
		*out = (struct object_needs){ 0 };
		return log_refused(path, err);
	}
	qsort(out->needs, out->count, sizeof(out->needs[0]), need_compare);
	return 0;
}

/* 1, 0 or -errno of looking into BTF, as an answer. */
static struct answer btf_answer(int has, const char *missing)
{
	struct answer a = { .source = SOURCE_BTF };

	if (has < 0) {
		a.err = -has;
		snprintf(a.note, sizeof(a.note), "kernel BTF cannot be read: %s", errno_text(has));
		return a;
	}
	a.value = has ? ANSWER_YES : ANSWER_NO;
	if (!has)
		snprintf(a.note, sizeof(a.note), "%s", missing);
	return a;
}

/* BTF proves that a function is not in the kernel itself; a module may bring it, and only a load tells more. */
static struct answer kfunc_answer(const struct kernel_ops *ops, const char *name)
{
	struct answer a = btf_answer(ops->btf_has_function(name), "");

	if (a.value == ANSWER_UNKNOWN)
		return a;
	snprintf(a.note, sizeof(a.note), "%s",
		 a.value == ANSWER_YES
			 ? "kernel BTF names it; whether programs may call it, a load tells"
			 : "not in the kernel's own BTF; a module may have it");
	a.value = ANSWER_UNKNOWN;
	return a;
}

/* Any enumerator will do: is there BTF at all? */
static struct answer kernel_btf_answer(const struct kernel_ops *ops)
{
	int has = ops->btf_has("BPF_PROG_TYPE_SOCKET_FILTER");

	return btf_answer(has == -ENOENT ? 0 : has < 0 ? has : 1, "no BTF in this kernel");
}

bool need_is_untyped(const struct need *need, struct answer *answer)
{
	if (need->kind != NEED_PROG_TYPE || need->prog_type != BPF_PROG_TYPE_UNSPEC)
		return false;
	*answer = (struct answer){ .note = "the section names no type; its loader knows" };
	return true;
}

struct answer need_check(const struct kernel_ops *ops, const struct need *need)
{
	char enumerator[ENUMERATOR_TEXT_MAX];
	struct answer answer;

	if (need_is_untyped(need, &answer))
		return answer;
	switch (need->kind) {
	case NEED_PROG_TYPE:
		return features_probe_prog_type(ops, need->prog_type);
	case NEED_HELPER:
		return features_probe_helper(ops, need->prog_type, need->value);
	case NEED_MAP_TYPE:
		return features_probe_map_type(ops, need->value);
	case NEED_ATTACH_TYPE:
		return features_probe_attach_type(ops, need->prog_type, need->value,
						  attach_type_enumerator(need->value, enumerator));
	case NEED_KFUNC:
		return kfunc_answer(ops, need->name);
	case NEED_BTF:
		return kernel_btf_answer(ops);
	default:
		return (struct answer){ .note = "not a kind of need" };
	}
}

/* A program type may have got a helper later than others: the table of features knows some of these. */
static const char *helper_since(const struct need *need)
{
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		const struct feature_def *def = &feature_defs[i];

		if (def->kind == FEATURE_KIND_HELPER && def->prog_type == need->prog_type &&
		    def->value == need->value)
			return def->since;
	}
	return since_release(SINCE_helpers, need->value);
}

const char *need_since(const struct need *need)
{
	switch (need->kind) {
	case NEED_PROG_TYPE:
		return need->prog_type ? since_release(SINCE_prog_types, need->prog_type) : NULL;
	case NEED_HELPER:
		return helper_since(need);
	case NEED_MAP_TYPE:
		return since_release(SINCE_map_types, need->value);
	case NEED_ATTACH_TYPE:
		return since_release(SINCE_attach_types, need->value);
	case NEED_BTF:
		return "5.4";
	default:
		return NULL;
	}
}

/* The name, or the number where this build has no name for it. */
static const char *name_or_number(const char *name, unsigned int number, char *out, size_t size)
{
	if (name)
		return name;
	snprintf(out, size, "#%u", number);
	return out;
}

void need_text(const struct need *need, char *out, size_t size)
{
	const unsigned int n = need->value;
	char value[16], type[16];
	const char *prog_type = name_or_number(prog_type_name(need->prog_type), need->prog_type,
					       type, sizeof(type));

	switch (need->kind) {
	case NEED_PROG_TYPE:
		if (*need->name)
			snprintf(out, size, "program type of section %s", need->name);
		else
			snprintf(out, size, "program type %s", prog_type);
		break;
	case NEED_HELPER:
		snprintf(out, size, "helper %s in %s",
			 name_or_number(helper_name(n), n, value, sizeof(value)), prog_type);
		break;
	case NEED_ATTACH_TYPE:
		snprintf(out, size, "attach type %s in %s",
			 name_or_number(attach_type_name(n), n, value, sizeof(value)), prog_type);
		break;
	case NEED_KFUNC:
		snprintf(out, size, "kernel function %s", need->name);
		break;
	case NEED_BTF:
		snprintf(out, size, "kernel BTF");
		break;
	default:
		snprintf(out, size, "map type %s",
			 name_or_number(map_type_name(n), n, value, sizeof(value)));
	}
}
