// SPDX-License-Identifier: BSD-2-Clause
/* One libbpf object per attempt, with one program to load: a rejection then spoils no other program's chance. */
#include "compiler/verify_load.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "compiler/verify_lines.h"

#define CONSTANT_PREFIX "node_"
#define RODATA ".rodata"
#define LOG_LEVEL_STATS 4 /* BPF_LOG_STATS: figures alone */
#define LOG_LEVEL_STORY (1 | LOG_LEVEL_STATS) /* every instruction that was looked at */
#define LOG_BYTES_STATS (1u << 16)
#define LOG_BYTES_STORY (16u << 20) /* before 6.4 a log that does not fit loses its end */
#define LIBBPF_WORDS_MAX 2048

DEFINE_CLEANUP(object, struct bpf_object *, bpf_object__close)

static const char *const outcome_names[] = {
	[VERIFY_ACCEPTED] = "accepted", [VERIFY_REJECTED] = "rejected"
};
_Static_assert(ARRAY_SIZE(outcome_names) == VERIFY_OUTCOME__COUNT, "one name per outcome");

static const char *const constants_names[] = { [VERIFY_CONSTANTS_NONE] = "none",
					       [VERIFY_CONSTANTS_ZERO] = "zero",
					       [VERIFY_CONSTANTS_SET] = "set" };
_Static_assert(ARRAY_SIZE(constants_names) == VERIFY_CONSTANTS__COUNT, "one name per set");

/* What libbpf says during an attempt; its callback takes no context. */
static struct buf *libbpf_words;

static int keep_words(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char line[512];
	int len = vsnprintf(line, sizeof(line), fmt, ap);

	/* The verifier's log, which libbpf repeats, is read from where the kernel wrote it. */
	if (level == LIBBPF_WARN && libbpf_words && libbpf_words->len < LIBBPF_WORDS_MAX &&
	    !strstr(line, "PROG LOAD LOG")) {
		line[strcspn(line, "\n")] = '\0';
		buf_printf(libbpf_words, "%s\n", line);
	}
	return len;
}

int verify_can_load(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	_cleanup_close_ int fd = -1;
	int err;

	fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, NULL, "Dual BSD/GPL", insns, ARRAY_SIZE(insns),
			   NULL);
	if (fd >= 0)
		return 0;
	err = -errno;
	if (err == -EPERM)
		return log_fail(err,
				"loading programs needs root (CAP_BPF and CAP_NET_ADMIN), and a "
				"kernel that is not locked down");
	return log_err(err, "load a program that does nothing");
}

/* Gives every node_* variable of one .rodata a 1. Returns how many there are. */
static size_t set_section(const struct btf *btf, const struct bpf_map *map, unsigned char *data,
			  size_t size)
{
	const struct btf_type *section = btf__type_by_id(btf, bpf_map__btf_value_type_id(map));
	size_t found = 0;

	if (!section || !btf_is_datasec(section))
		return 0;
	for (unsigned int i = 0; i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *var = &btf_var_secinfos(section)[i];
		const struct btf_type *type = btf__type_by_id(btf, var->type);
		const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;

		if (!name || strncmp(name, CONSTANT_PREFIX, strlen(CONSTANT_PREFIX)) != 0 ||
		    !var->size || var->offset >= size || var->size > size - var->offset)
			continue;
		memset(data + var->offset, 0, var->size);
		data[var->offset] = 1;
		found++;
	}
	return found;
}

/* Counts the constants and, with `set`, sets them. Returns how many, or -ENOMEM. */
static int constants(struct bpf_object *obj, bool set)
{
	const struct btf *btf = bpf_object__btf(obj);
	struct bpf_map *map;
	size_t found = 0;

	bpf_object__for_each_map(map, obj)
	{
		_cleanup_free_ unsigned char *data = NULL;
		size_t size = 0;
		const void *initial = bpf_map__initial_value(map, &size);

		if (!btf || !initial || !size || !strstr(bpf_map__name(map), RODATA))
			continue;
		data = malloc(size);
		if (!data)
			return -ENOMEM;
		memcpy(data, initial, size);
		found += set_section(btf, map, data, size);
		if (set && bpf_map__set_initial_value(map, data, size))
			return -ENOMEM;
	}
	return (int)found;
}

/* One try at one program. */
struct attempt {
	const char *path;
	struct verify_program *row;
	int level;
	char *log; /* owned */
	size_t log_size;
	struct buf words; /* libbpf's */
};

static void attempt_fini(struct attempt *a)
{
	free(a->log);
	buf_fini(&a->words);
}

static struct bpf_program *choose(struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog, *chosen = NULL;
	struct bpf_map *map;

	bpf_object__for_each_program(prog, obj)
	{
		bool wanted = !chosen && !strcmp(bpf_program__name(prog), name);

		bpf_program__set_autoload(prog, wanted);
		if (wanted)
			chosen = prog;
	}
	bpf_object__for_each_map(map, obj) bpf_map__set_pin_path(map, NULL);
	return chosen;
}

static void read_accepted(const struct attempt *a, const struct bpf_program *prog)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	verify_log_stats(a->log, &a->row->stats);
	if (!bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
		a->row->jited_bytes = info.jited_prog_len;
}

/* 0, or the kernel's or libbpf's refusal. */
static int load(struct attempt *a)
{
	_cleanup_(object) struct bpf_object *obj = bpf_object__open_file(a->path, NULL);
	struct bpf_program *prog = obj ? choose(obj, a->row->name) : NULL;
	int err;

	if (!prog)
		return obj ? -ENOENT : -errno;
	if (a->row->constants == VERIFY_CONSTANTS_SET && constants(obj, true) < 0)
		return -ENOMEM;
	bpf_program__set_log_buf(prog, a->log, a->log_size);
	bpf_program__set_log_level(prog, (uint32_t)a->level);
	err = bpf_object__load(obj);
	a->row->insns = bpf_program__insn_cnt(prog);
	if (!err)
		read_accepted(a, prog);
	return err;
}

static int attempt(struct attempt *a, int level, size_t log_size)
{
	libbpf_print_fn_t old;
	int err;

	a->level = level;
	a->log_size = log_size;
	free(a->log);
	a->log = calloc(1, log_size);
	if (!a->log)
		return -ENOMEM;
	buf_fini(&a->words);
	libbpf_words = &a->words;
	old = libbpf_set_print(keep_words);
	err = load(a);
	libbpf_set_print(old);
	libbpf_words = NULL;
	return err;
}

/* A second attempt, because the figures alone do not say why. */
static int explain(struct attempt *a)
{
	const char *story;

	if (attempt(a, LOG_LEVEL_STORY, LOG_BYTES_STORY) == 0)
		return -EAGAIN;
	if (!a->log)
		return -ENOMEM;
	story = *a->log ? a->log : a->words.data ?: "";
	verify_log_source(a->log, a->row->source);
	verify_lines_place(a->path, a->row->source, sizeof(a->row->source));
	return verify_log_tail(story, &a->row->log);
}

static int try_row(const char *path, struct verify_program *row)
{
	__attribute__((cleanup(attempt_fini))) struct attempt a = { .path = path, .row = row };
	int err = attempt(&a, LOG_LEVEL_STATS, LOG_BYTES_STATS);

	if (!err)
		return 0;
	row->outcome = VERIFY_REJECTED;
	row->err = err;
	verify_log_stats(a.log ?: "", &row->stats);
	return a.log ? explain(&a) : err;
}

static int add_row(const char *path, const char *object, const char *program,
		   enum verify_constants set, struct verify_result *out)
{
	struct verify_program *row = &out->programs[out->count];

	if (out->count == VERIFY_MAX_PROGRAMS || strlen(program) >= sizeof(row->name) ||
	    strlen(object) >= sizeof(row->object))
		return -E2BIG;
	out->count++;
	*row = (struct verify_program){ .constants = set };
	memcpy(row->object, object, strlen(object) + 1);
	memcpy(row->name, program, strlen(program) + 1);
	return try_row(path, row);
}

int verify_object(const char *path, const char *name, struct verify_result *out)
{
	libbpf_print_fn_t old = libbpf_set_print(keep_words);
	_cleanup_(object) struct bpf_object *obj = bpf_object__open_file(path, NULL);
	struct bpf_program *prog;
	int err = obj ? 0 : -errno, found;

	libbpf_set_print(old);
	if (err)
		return log_err(err, "open object %s", path);
	found = constants(obj, false);
	if (found < 0)
		return log_err(found, "read %s", path);
	bpf_object__for_each_program(prog, obj)
	{
		const char *program = bpf_program__name(prog);

		err = add_row(path, name, program,
			      found ? VERIFY_CONSTANTS_ZERO : VERIFY_CONSTANTS_NONE, out);
		if (!err && found)
			err = add_row(path, name, program, VERIFY_CONSTANTS_SET, out);
		if (err)
			return log_err(err, "%s: try %s", name, program);
	}
	return 0;
}

size_t verify_rejected(const struct verify_result *result)
{
	size_t count = 0;

	for (size_t i = 0; i < result->count; i++)
		count += result->programs[i].outcome == VERIFY_REJECTED;
	return count;
}

void verify_result_fini(struct verify_result *result)
{
	for (size_t i = 0; i < result->count; i++)
		free(result->programs[i].log);
	*result = (struct verify_result){ 0 };
}

const char *verify_outcome_name(enum verify_outcome outcome)
{
	return outcome_names[outcome];
}

const char *verify_constants_name(enum verify_constants set)
{
	return constants_names[set];
}
