// SPDX-License-Identifier: BSD-2-Clause
/* Running, undoing and printing plans. Knows no step by name. */
#include "install/steps.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

#define PLAN_SCHEMA "hostroute.plan/1"

static struct step *steps_grow(struct steps *plan)
{
	size_t size = plan->size ? plan->size * 2 : 32;
	struct step *items;

	if (plan->count < plan->size)
		return &plan->items[plan->count++];
	items = plan->err ? NULL : reallocarray(plan->items, size, sizeof(*items));
	if (!items) {
		plan->err = -ENOMEM;
		return &plan->spare;
	}
	plan->items = items;
	plan->size = size;
	return &plan->items[plan->count++];
}

struct step *steps_add(struct steps *plan, enum step_kind kind, const char *fmt, ...)
{
	struct step *step = steps_grow(plan);
	va_list ap;

	*step = (struct step){ .kind = kind, .old_fd = -1 };
	va_start(ap, fmt);
	vsnprintf(step->text, sizeof(step->text), fmt, ap);
	va_end(ap);
	return step;
}

void steps_sysctl_item(struct step_sysctls *sysctls, const char *name, int value)
{
	size_t i = sysctls->count++;

	snprintf(sysctls->items[i].name, sizeof(sysctls->items[i].name), "%s", name);
	sysctls->items[i].value = value;
}

void steps_sysctls(struct steps *plan, const struct step_sysctls *sysctls)
{
	char text[96] = "";

	for (size_t i = 0; i < sysctls->count; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, " %s=%d", sysctls->items[i].name,
			 sysctls->items[i].value);
	}
	if (sysctls->count)
		steps_add(plan, STEP_SET_SYSCTLS, "%s net.ipv4.conf.%s:%s",
			  sysctls->is_restore ? "restore" : "set", sysctls->interface, text)
			->sysctls = *sysctls;
}

static int undo_step(const struct step_ops *ops, struct step_env *env, struct step *step)
{
	int err;

	if (!ops->undo)
		return log_fail(-EOPNOTSUPP, "cannot be undone: %s", step->text);
	err = ops->undo(env, step);
	if (err)
		return log_err(err, "could not undo: %s", step->text);
	step->done = false;
	return 0;
}

bool steps_undo(struct steps *plan, const struct step_ops ops[STEP__COUNT], struct step_env *env)
{
	bool clean = true;

	for (size_t i = plan->count; i-- > 0;) {
		struct step *step = &plan->items[i];

		if (step->done && undo_step(&ops[step->kind], env, step))
			clean = false;
	}
	return clean;
}

int steps_run(struct steps *plan, const struct step_ops ops[STEP__COUNT], struct step_env *env,
	      bool *clean)
{
	int err = plan->err;

	*clean = true;
	for (size_t i = 0; !err && i < plan->count; i++) {
		struct step *step = &plan->items[i];

		log_debug("%s", step->text);
		err = ops[step->kind].run(env, step);
		step->done = !err;
	}
	if (err)
		*clean = steps_undo(plan, ops, env);
	return err;
}

int steps_run_all(struct steps *plan, const struct step_ops ops[STEP__COUNT], struct step_env *env)
{
	int first = plan->err;

	for (size_t i = 0; !plan->err && i < plan->count; i++) {
		struct step *step = &plan->items[i];
		int err;

		log_debug("%s", step->text);
		err = ops[step->kind].run(env, step);
		step->done = !err;
		if (err && !first)
			first = err;
	}
	return first;
}

static json_t *steps_to_json(const struct steps *plan, const struct step_ops ops[STEP__COUNT],
			     bool dry_run)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->items[i];

		json_array_append_new(steps,
				      json_pack("{s:s, s:s, s:b}", "kind", ops[step->kind].name,
						"text", step->text, "done", step->done));
	}
	return json_pack("{s:s, s:b, s:o}", "schema", PLAN_SCHEMA, "dry_run", dry_run, "steps",
			 steps);
}

int steps_print(const struct steps *plan, const struct step_ops ops[STEP__COUNT], bool dry_run,
		enum cli_format format, FILE *out)
{
	json_auto_t *json = NULL;

	if (format == CLI_JSON) {
		json = steps_to_json(plan, ops, dry_run);
		if (!json)
			return log_err(-ENOMEM, "print the plan");
		json_dumpf(json, out, JSON_INDENT(2));
		fputc('\n', out);
		return 0;
	}
	if (!plan->count)
		fputs("nothing to do\n", out);
	for (size_t i = 0; i < plan->count; i++)
		fprintf(out, "%s%s\n", dry_run ? "would " : "", plan->items[i].text);
	return 0;
}

static void step_fini(struct step *step)
{
	if (step->kind == STEP_WRITE_TABLE)
		table_diff_fini(&step->table.diff);
	if (step->kind == STEP_WRITE_NFT || step->kind == STEP_DELETE_NFT) {
		free(step->nft.text);
		free(step->nft.before);
	}
	if (step->old_fd >= 0)
		close(step->old_fd);
}

void steps_fini(struct steps *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		step_fini(&plan->items[i]);
	free(plan->items);
	*plan = (struct steps){ 0 };
}
