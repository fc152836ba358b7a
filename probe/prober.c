// SPDX-License-Identifier: BSD-2-Clause
/* Program building, counted attempts, and the wording of verifiers from 5.10 to 6.18. */
#include "probe/prober.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/bpf_uapi.h"

#define PROGRAM_MAX_INSNS 512
#define BUFFER_SIZE 64 /* of the stack; the largest struct a probed helper reads, bpf_fib_lookup */
#define LOG_SIZE 16384 /* a log that does not fit makes the load fail before 6.4 */
#define LONG_LOG_SIZE (256u << 10) /* of a program with every call of a program type */
#define TOO_MANY_INSNS 1000001 /* the verifier's limit since 5.2 is a million */
#define RINGBUF_SIZE 65536 /* a multiple of every page size */

struct program {
	struct bpf_insn insns[PROGRAM_MAX_INSNS];
	size_t count;
};

static const char map_letters[] = "hpe";
static const unsigned int letter_map_types[] = {
	BPF_MAP_TYPE_HASH,
	BPF_MAP_TYPE_PROG_ARRAY,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY,
};
_Static_assert(ARRAY_SIZE(letter_map_types) == PROBER_MAPS &&
		       sizeof(map_letters) - 1 == PROBER_MAPS,
	       "one map type per letter");

static void emit(struct program *prog, unsigned int code, unsigned int dst, unsigned int src,
		 int off, int imm)
{
	assert(prog->count < PROGRAM_MAX_INSNS);
	prog->insns[prog->count++] = (struct bpf_insn){
		.code = (uint8_t)code,
		.dst_reg = dst & 0xf,
		.src_reg = src & 0xf,
		.off = (int16_t)off,
		.imm = imm,
	};
}

static void program_begin(struct program *prog)
{
	prog->count = 0;
	emit(prog, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0);
	for (int off = -BUFFER_SIZE; off < 0; off += 8)
		emit(prog, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, off, 0);
}

static void program_argument(struct program *prog, const struct prober *p, unsigned int reg,
			     char letter)
{
	switch (letter) {
	case 'c':
		emit(prog, BPF_ALU64 | BPF_MOV | BPF_X, reg, BPF_REG_6, 0, 0);
		break;
	case '0':
		emit(prog, BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, 0);
		break;
	case 'b':
		emit(prog, BPF_ALU64 | BPF_MOV | BPF_X, reg, BPF_REG_10, 0, 0);
		emit(prog, BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, -BUFFER_SIZE);
		break;
	case 's':
		emit(prog, BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, BUFFER_SIZE);
		break;
	default:
		assert(strchr(map_letters, letter));
		emit(prog, BPF_LD | BPF_IMM | BPF_DW, reg, BPF_PSEUDO_MAP_FD, 0,
		     p->map_fds[strchr(map_letters, letter) - map_letters]);
		emit(prog, 0, 0, 0, 0, 0);
	}
}

static void program_call(struct program *prog, const struct prober *p,
			 const struct helper_call *call)
{
	for (unsigned int i = 0; call->args && call->args[i]; i++)
		program_argument(prog, p, BPF_REG_1 + i, call->args[i]);
	emit(prog, BPF_JMP | BPF_CALL, 0, 0, 0, (int)call->helper);
}

/* 1 is a valid return value of every program type, recvmsg and getpeername hooks included. */
static void program_end(struct program *prog)
{
	emit(prog, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1);
	emit(prog, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int try(struct prober *p, const struct prog_attempt *attempt)
{
	p->syscalls++;
	return p->ops->prog_load(attempt);
}

static int load(struct prober *p, unsigned int prog_type, unsigned int attach_type,
		const struct program *prog, char *log)
{
	const struct prog_attempt attempt = {
		.prog_type = prog_type,
		.attach_type = attach_type,
		.insns = prog->insns,
		.count = prog->count,
		.log = log,
		.log_size = log ? LOG_SIZE : 0,
	};

	return try(p, &attempt);
}

static int create(struct prober *p, const struct map_attempt *attempt)
{
	p->syscalls++;
	return p->ops->map_create(attempt);
}

static int give_back(struct prober *p, int fd)
{
	if (fd < 0)
		return fd;
	p->ops->close_fd(fd);
	return 0;
}

static int load_trivial(struct prober *p, unsigned int prog_type, unsigned int attach_type)
{
	struct program prog;

	program_begin(&prog);
	program_end(&prog);
	return load(p, prog_type, attach_type, &prog, NULL);
}

static struct map_attempt map_attempt_of(unsigned int map_type)
{
	struct map_attempt a = {
		.map_type = map_type,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};

	switch (map_type) {
	case BPF_MAP_TYPE_LPM_TRIE:
		a.key_size = 8; /* struct bpf_lpm_trie_key with four bytes of data */
		a.flags = BPF_F_NO_PREALLOC;
		break;
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
		a.key_size = a.value_size = 0;
		a.max_entries = RINGBUF_SIZE;
		break;
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_BLOOM_FILTER:
		a.key_size = 0;
		break;
	case BPF_MAP_TYPE_STACK_TRACE:
		a.value_size = 8;
		break;
	default:
		break;
	}
	return a;
}

/* The maps that a call's arguments need; a map that cannot be made is the call's failure. */
static int call_maps_open(struct prober *p, const char *args)
{
	for (; args && *args; args++) {
		const char *letter = strchr(map_letters, *args);
		struct map_attempt attempt;
		int *fd;

		if (!letter)
			continue;
		fd = &p->map_fds[letter - map_letters];
		attempt = map_attempt_of(letter_map_types[letter - map_letters]);
		if (*fd < 0)
			*fd = create(p, &attempt);
		if (*fd < 0)
			return *fd;
	}
	return 0;
}

/* Each is followed by "<name>#<id>"; between 6.1 and 6.12 the second became the third. */
static const char *const refusals[] = {
	"invalid func ",
	"unknown func ",
	"cannot use helper ",
};

static bool refuses(const char *log, const char *text, unsigned int helper)
{
	const char *at = strstr(log, text);
	size_t line, mark;

	if (!at)
		return false;
	line = strcspn(at, "\n");
	mark = strcspn(at, "#");
	return mark < line && strtoul(at + mark + 1, NULL, 10) == helper;
}

static bool log_names(const char *log, unsigned int helper)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		if (refuses(log, refusals[i], helper))
			return true;
	}
	return false;
}

static bool log_refuses(const char *log, unsigned int helper)
{
	/* Helpers with a filter of their own (d_path); comes without the id. */
	return log_names(log, helper) || strstr(log, "helper call is not allowed");
}

/* The last line that is not statistics: verifiers end with what they object to. */
static void log_reason(const char *log, char *out, size_t size)
{
	size_t len;

	*out = '\0';
	for (const char *line = log; *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		if (len && strncmp(line, "processed ", strlen("processed ")))
			snprintf(out, size, "%.*s", (int)len, line);
	}
}

void prober_init(struct prober *p, const struct kernel_ops *ops)
{
	*p = (struct prober){ .ops = ops };
	for (size_t i = 0; i < PROBER_MAPS; i++)
		p->map_fds[i] = -1;
	ops->prepare();
}

void prober_fini(struct prober *p)
{
	for (size_t i = 0; i < PROBER_MAPS; i++)
		give_back(p, p->map_fds[i]);
}

int prober_load_trivial(struct prober *p, unsigned int prog_type, unsigned int attach_type)
{
	return give_back(p, load_trivial(p, prog_type, attach_type));
}

int prober_create_map(struct prober *p, unsigned int map_type)
{
	struct map_attempt template = map_attempt_of(BPF_MAP_TYPE_ARRAY);
	struct map_attempt attempt = map_attempt_of(map_type);
	int inner, fd;

	if (map_type != BPF_MAP_TYPE_HASH_OF_MAPS && map_type != BPF_MAP_TYPE_ARRAY_OF_MAPS)
		return give_back(p, create(p, &attempt));
	inner = create(p, &template);
	if (inner < 0)
		return inner;
	attempt.inner_fd = inner;
	fd = create(p, &attempt);
	give_back(p, inner);
	return give_back(p, fd);
}

int prober_link(struct prober *p, unsigned int attach_type)
{
	int prog_fd = load_trivial(p, BPF_PROG_TYPE_SCHED_CLS, 0);
	int fd;

	if (prog_fd < 0)
		return prog_fd;
	p->syscalls++;
	fd = p->ops->link_create(prog_fd, INT_MAX, attach_type);
	give_back(p, prog_fd);
	return give_back(p, fd);
}

static int program_call_all(struct program *prog, struct prober *p,
			    const struct helper_calls *calls)
{
	program_begin(prog);
	for (size_t i = 0; i < calls->count; i++) {
		int err = call_maps_open(p, calls->items[i].args);

		if (err)
			return err;
		program_call(prog, p, &calls->items[i]);
	}
	program_end(prog);
	return 0;
}

static size_t first_named(const char *log, const struct helper_calls *calls)
{
	size_t i = 0;

	while (i < calls->count && !log_names(log, calls->items[i].helper))
		i++;
	return i;
}

struct call_result prober_call(struct prober *p, unsigned int prog_type, unsigned int attach_type,
			       const struct helper_call *call)
{
	struct call_result result = { .outcome = CALL_SILENT };
	char log[LOG_SIZE];
	struct program prog;
	int err;

	err = call_maps_open(p, call->args);
	if (err) {
		result.err = -err;
		return result;
	}
	program_begin(&prog);
	program_call(&prog, p, call);
	program_end(&prog);
	*log = '\0';
	err = give_back(p, load(p, prog_type, attach_type, &prog, log));
	result.err = -err;
	if (!err) {
		result.outcome = CALL_LOADED;
	} else if (log_refuses(log, call->helper)) {
		result.outcome = CALL_REFUSED;
	} else if (*log) {
		result.outcome = CALL_COMPLAINT;
		log_reason(log, result.reason, sizeof(result.reason));
	}
	return result;
}

int prober_call_all(struct prober *p, unsigned int prog_type, unsigned int attach_type,
		    const struct helper_calls *calls, size_t *refused)
{
	_cleanup_free_ char *log = refused ? calloc(1, LONG_LOG_SIZE) : NULL;
	struct prog_attempt attempt = {
		.prog_type = prog_type,
		.attach_type = attach_type,
		.log = log,
		.log_size = log ? LONG_LOG_SIZE : 0,
	};
	struct program prog;
	int err;

	if (refused)
		*refused = calls->count;
	err = program_call_all(&prog, p, calls);
	if (err)
		return err;
	attempt.insns = prog.insns;
	attempt.count = prog.count;
	err = give_back(p, try(p, &attempt));
	if (log)
		*refused = first_named(log, calls);
	return err;
}

static int load_long(struct prober *p, unsigned int prog_type, const struct bpf_insn *insns,
		     size_t count)
{
	const struct prog_attempt attempt = {
		.prog_type = prog_type,
		.insns = insns,
		.count = count,
	};

	return insns ? give_back(p, try(p, &attempt)) : -ENOMEM;
}

int prober_load_long(struct prober *p, unsigned int prog_type, size_t count)
{
	_cleanup_free_ struct bpf_insn *insns = calloc(count, sizeof(*insns));

	for (size_t i = 0; insns && i < count; i++)
		insns[i].code = i + 1 < count ? BPF_ALU64 | BPF_MOV | BPF_K : BPF_JMP | BPF_EXIT;
	return load_long(p, prog_type, insns, count);
}

int prober_load_too_long(struct prober *p, unsigned int prog_type)
{
	/* Its size is refused before it is read: the pages are never touched. */
	_cleanup_free_ struct bpf_insn *insns = calloc(TOO_MANY_INSNS, sizeof(*insns));

	return load_long(p, prog_type, insns, TOO_MANY_INSNS);
}

unsigned int default_attach_type(unsigned int prog_type)
{
	switch (prog_type) {
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
		return BPF_CGROUP_INET4_CONNECT;
	case BPF_PROG_TYPE_CGROUP_SOCKOPT:
		return BPF_CGROUP_GETSOCKOPT;
	case BPF_PROG_TYPE_SK_LOOKUP:
		return BPF_SK_LOOKUP;
	default:
		return 0;
	}
}
