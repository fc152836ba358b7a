// SPDX-License-Identifier: BSD-2-Clause
/* The order of things of --diff: two sides, their objects where these matter, the output. */
#include <errno.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "compiler/diff.h"
#include "compiler/report.h"

struct sides {
	struct target target;
	struct diff_side old, new;
};

static void sides_free(struct sides *s)
{
	diff_side_fini(&s->old);
	diff_side_fini(&s->new);
	target_fini(&s->target);
	free(s);
}

DEFINE_CLEANUP(sides, struct sides *, sides_free)

static int read_side(const struct compile_args *args, const char *path, struct sides *s,
		     struct diff_side *out)
{
	struct compile_request request = compile_args_request(args, path);

	request.target = &s->target;
	return diff_side_read(&request, out);
}

/* Both, so that all errors are told at once. */
static int read_two(const struct compile_args *args, struct sides *s)
{
	int old = read_side(args, args->operands[0], s, &s->old);
	int new = read_side(args, args->operands[1], s, &s->new);

	return old ? old : new;
}

static int read_one(const struct compile_args *args, struct sides *s)
{
	struct compile_request request = compile_args_request(args, args->operands[0]);
	int err;

	request.target = &s->target;
	err = diff_side_read(&request, &s->new);
	if (err)
		return err;
	if (s->new.is_bundle)
		return log_fail(-EINVAL, "%s is a bundle; give what to compare it with",
				s->new.name);
	return diff_side_read_last_applied(&request, &s->new, &s->old);
}

static int print(const struct sides *s, const struct cli_common *common)
{
	_cleanup_diff_ struct diff d;
	_cleanup_free_ char *text = NULL;
	int err;

	err = diff_make(&s->old, &s->new, &d);
	if (!err)
		err = common->format == CLI_JSON ? diff_json(&d, &text) : diff_text(&d, &text);
	if (err) {
		log_err(err, "compare");
		return EXIT_STATUS_ENVIRONMENT;
	}
	fputs(text, stdout);
	return EXIT_STATUS_OK;
}

int command_diff(const struct compile_args *args, const struct cli_common *common)
{
	_cleanup_(sides) struct sides *s = calloc(1, sizeof(*s));
	int err, status;

	if (!s) {
		log_err(-ENOMEM, "compare");
		return EXIT_STATUS_ENVIRONMENT;
	}
	if (target_read(&args->target, &s->target))
		return EXIT_STATUS_INPUT;
	err = args->operand_count == 1 ? read_one(args, s) : read_two(args, s);
	report_diagnostics(&s->old.c, true);
	report_diagnostics(&s->new.c, true);
	if (err)
		return EXIT_STATUS_INPUT;
	err = diff_needs_objects(&s->old, &s->new)
		      ? diff_sides_build(&args->tools, &s->old, &s->new)
		      : 0;
	status = print(s, common);
	return status == EXIT_STATUS_OK && err ? EXIT_STATUS_ENVIRONMENT : status;
}
