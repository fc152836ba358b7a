// SPDX-License-Identifier: BSD-2-Clause
/* Command lines for clang, and what becomes of its exit status and output. */
#include "compiler/clang.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/child.h"

#define VERSION_MARK "clang version "

static void cleanup_child(struct child *child)
{
	child_fini(child);
}

static bool has_succeeded(const struct child *child)
{
	return WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0;
}

static int parse_version(const char *output, char out[CLANG_VERSION_MAX])
{
	const char *version = strstr(output, VERSION_MARK);
	int len;

	if (!version)
		return -EINVAL;
	version += strlen(VERSION_MARK);
	len = (int)strspn(version, "0123456789.abcdefghijklmnopqrstuvwxyz-+~");
	if (len == 0 || len > CLANG_VERSION_MAX - (int)sizeof("clang "))
		return -EINVAL;
	snprintf(out, CLANG_VERSION_MAX, "clang %.*s", len, version);
	return 0;
}

/* A relative path is made absolute, because clang runs in the directory of the templates. */
static int set_program(const char *program, struct clang *out)
{
	char here[PATH_MAX];

	if (!program || *program == '/' || !strchr(program, '/'))
		return path_format(out->program, sizeof(out->program), "%s",
				   program ? program : "clang");
	if (!getcwd(here, sizeof(here)))
		return -errno;
	return path_format(out->program, sizeof(out->program), "%s/%s", here, program);
}

int clang_find(const char *program, struct clang *out)
{
	_cleanup_(child) struct child child = { .output_fd = -1 };
	_cleanup_free_ char *output = NULL;
	int err;

	err = set_program(program, out);
	if (err)
		return log_err(err, "find %s", program);
	err = child_start((const char *const[]){ out->program, "--version", NULL }, NULL, &child);
	if (err == -ENOENT)
		return log_fail(err, "%s: not found; install clang or give --clang PATH",
				out->program);
	if (err)
		return log_err(err, "run %s (install clang or give --clang PATH)", out->program);
	err = children_wait(&child, 1);
	err = err ?: child_output(&child, &output);
	if (err)
		return log_err(err, "ask %s for its version", out->program);
	if (!has_succeeded(&child) || parse_version(output, out->version))
		return log_fail(-EINVAL, "%s: not a clang; install clang or give --clang PATH",
				out->program);
	return 0;
}

/* What one object's command line is made of; the vector points into the rest. */
struct command {
	char include[PATH_MAX + 2], templates_map[PATH_MAX + 32], header_map[PATH_MAX + 32];
	char source[NAME_MAX], output[PATH_MAX];
	const char *argv[40];
};

static int command_fill(const struct clang *clang, const char *templates, const char *header_dir,
			const char *out_dir, const char *name, struct command *out)
{
	int err;

	err = path_format(out->include, sizeof(out->include), "-I%s", header_dir);
	err = err
		      ?: path_format(out->templates_map, sizeof(out->templates_map),
				     "-ffile-prefix-map=%s=.", templates);
	err = err
		      ?: path_format(out->header_map, sizeof(out->header_map),
				     "-ffile-prefix-map=%s=.", header_dir);
	err = err ?: path_format(out->source, sizeof(out->source), "%s.c", name);
	err = err ?: path_format(out->output, sizeof(out->output), "%s/%s.o", out_dir, name);
	if (err)
		return err;
	const char *const argv[] = {
		clang->program,
		"-target",
		"bpf",
		"-mcpu=v3", /* 5.10 and later take it: 32-bit registers and jumps */
		"-O2",
		"-g", /* BTF is made from debug information */
		"-std=gnu11",
		"-Wall",
		"-Wextra",
		"-Werror",
		"-Wno-unused-parameter", /* an accessor whose map is left out keeps its parameters */
		"-fno-color-diagnostics",
		out->include,
		"-I.",
		"-idirafter",
		"/usr/include/" HR_MULTIARCH, /* asm/types.h */
		out->templates_map,
		out->header_map,
		"-c",
		out->source,
		"-o",
		out->output,
		NULL,
	};
	_Static_assert(sizeof(argv) <= sizeof(out->argv), "argument vector fits");
	memcpy(out->argv, argv, sizeof(argv));
	return 0;
}

/* clang's words, indented, and without what could steer a terminal. */
static void show_output(char *output)
{
	for (char *line = output, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		for (char *p = line; *p; p++) {
			if ((unsigned char)*p < 0x20 && *p != '\t')
				*p = '.';
		}
		fprintf(stderr, "  %s\n", line);
	}
}

static int job_result(const struct child *child, const char *name)
{
	_cleanup_free_ char *output = NULL;

	if (has_succeeded(child))
		return 0;
	log_fail(0, "clang could not compile %s.c", name);
	if (child_output(child, &output) == 0)
		show_output(output);
	return -EINVAL;
}

/* All failures are shown: one header line may have broken every object. */
static int jobs_result(const struct child *jobs, const char *const *names, size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count; i++) {
		if (job_result(&jobs[i], names[i]))
			err = -EINVAL;
	}
	return err;
}

static int job_start(const struct clang *clang, const char *templates, const char *header_dir,
		     const char *out_dir, const char *name, struct child *out)
{
	struct command command;
	int err;

	err = command_fill(clang, templates, header_dir, out_dir, name, &command);
	err = err ?: child_start(command.argv, templates, out);
	return err ? log_err(err, "start %s for %s.c", clang->program, name) : 0;
}

int clang_compile(const struct clang *clang, const char *templates, const char *header_dir,
		  const char *out_dir, const char *const *names, size_t count)
{
	struct child jobs[CLANG_MAX_JOBS];
	size_t started = 0;
	int err = count > CLANG_MAX_JOBS ? -E2BIG : 0;

	while (!err && started < count) {
		err = job_start(clang, templates, header_dir, out_dir, names[started],
				&jobs[started]);
		if (!err)
			started++;
	}
	err = err ?: children_wait(jobs, started);
	if (!err)
		err = jobs_result(jobs, names, started);
	for (size_t i = 0; i < started; i++)
		child_fini(&jobs[i]);
	return err;
}
