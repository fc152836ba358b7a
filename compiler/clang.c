// SPDX-License-Identifier: BSD-2-Clause
/* Command lines for clang, and what becomes of its exit status and output. */
#include "compiler/clang.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/child.h"

/* The options that decide what comes out, and not where from or where to. */
static const char *const options[] = {
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
	"-I.",
	"-idirafter",
	("/usr/include/" HR_MULTIARCH), /* asm/types.h */
};

void clang_describe(const struct clang *clang, struct buf *out)
{
	buf_printf(out, "compiler %s\n", clang->identity);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		buf_printf(out, "option %s\n", options[i]);
}

/* What one object's command line is made of; the vector points into the rest. */
struct command {
	char include[PATH_MAX + 2], templates_map[PATH_MAX + 32], header_map[PATH_MAX + 32];
	char source[NAME_MAX], output[PATH_MAX], deps[PATH_MAX];
	const char *argv[40];
};

static int command_paths(const struct clang_input *in, const char *name, struct command *out)
{
	int err;

	err = path_format(out->include, sizeof(out->include), "-I%s", in->header_dir);
	err = err
		      ?: path_format(out->templates_map, sizeof(out->templates_map),
				     "-ffile-prefix-map=%s=.", in->templates);
	err = err
		      ?: path_format(out->header_map, sizeof(out->header_map),
				     "-ffile-prefix-map=%s=.", in->header_dir);
	err = err ?: path_format(out->source, sizeof(out->source), "%s.c", name);
	err = err ?: path_format(out->output, sizeof(out->output), "%s/%s.o", in->out_dir, name);
	err = err
		      ?: path_format(out->deps, sizeof(out->deps), "%s/%s" CLANG_DEPS_SUFFIX,
				     in->out_dir, name);
	return err;
}

static void command_vector(const struct clang *clang, struct command *command)
{
	const char *const paths[] = {
		command->include,
		command->templates_map,
		command->header_map,
		"-MD", /* system headers too */
		"-MT",
		"object",
		"-MF",
		command->deps,
		"-c",
		command->source,
		"-o",
		command->output,
		NULL,
	};

	_Static_assert(sizeof(options) + sizeof(paths) + sizeof(char *) <= sizeof(command->argv),
		       "argument vector fits");
	command->argv[0] = clang->program;
	memcpy(command->argv + 1, options, sizeof(options));
	memcpy(command->argv + 1 + ARRAY_SIZE(options), paths, sizeof(paths));
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

	if (child_has_succeeded(child))
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

static int job_start(const struct clang *clang, const struct clang_input *in, const char *name,
		     struct child *out)
{
	struct command command;
	int err;

	err = command_paths(in, name, &command);
	if (!err) {
		command_vector(clang, &command);
		err = child_start(command.argv, in->templates, out);
	}
	return err ? log_err(err, "start %s for %s.c", clang->program, name) : 0;
}

int clang_compile(const struct clang *clang, const struct clang_input *input)
{
	struct child jobs[CLANG_MAX_OBJECTS];
	size_t started = 0;
	int err = input->count > CLANG_MAX_OBJECTS || !input->jobs ? -EINVAL : 0;

	while (!err && started < input->count) {
		err = children_wait_for_room(jobs, started, input->jobs);
		err = err ?: job_start(clang, input, input->names[started], &jobs[started]);
		if (!err)
			started++;
	}
	err = err ?: children_wait(jobs, started);
	if (!err)
		err = jobs_result(jobs, input->names, started);
	for (size_t i = 0; i < started; i++)
		child_fini(&jobs[i]);
	return err;
}
