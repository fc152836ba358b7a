// SPDX-License-Identifier: BSD-2-Clause
/* The order in which tables are written. */
#include "install/table_plan.h"

#include <errno.h>

#include "common/log.h"

/* Takes over the diff. */
static void plan_write(struct steps *plan, enum table_id id, struct table_diff *diff)
{
	struct step *step;
	char text[128];

	if (!diff->count) {
		table_diff_fini(diff);
		return;
	}
	table_diff_text(diff, id, text, sizeof(text));
	step = steps_add(plan, STEP_WRITE_TABLE, "write map %s", text);
	step->table = (struct step_table){ .id = id, .diff = *diff };
	if (step == &plan->spare)
		table_diff_fini(diff);
	*diff = (struct table_diff){ 0 };
}

/* What is taken out goes last, so for a moment there is both. */
static int check_room(const struct object_map *map, const struct table *want,
		      const struct table *have, const struct table_diff *diff)
{
	size_t peak = have->count + diff->ops[TABLE_INSERT];

	if (peak <= map->max_entries)
		return 0;
	if (want->count > map->max_entries)
		return log_fail(-E2BIG,
				"map %s has room for %u entries, and the state needs %zu: compile "
				"the bundle for more",
				map->name, map->max_entries, want->count);
	return log_fail(
		-E2BIG,
		"map %s has room for %u entries, and needs %zu while it changes: compile the "
		"bundle for more, or change less at once",
		map->name, map->max_entries, peak);
}

/* Plans what is entered into one table; what is to be deleted is for later. */
static int plan_table(struct steps *plan, enum table_id id, const struct object_map *map,
		      struct table *want, struct table *have, struct table_diff *deletes)
{
	struct table_diff diff = { 0 };
	int err = table_diff(want, have, &diff);

	if (!err)
		err = check_room(map, want, have, &diff);
	if (!err)
		err = table_diff_split(&diff, deletes);
	if (err)
		table_diff_fini(&diff);
	else
		plan_write(plan, id, &diff);
	return err;
}

int table_plan(struct steps *plan, const struct object_map *const maps[TABLE__COUNT],
	       struct table want[TABLE__COUNT], struct table have[TABLE__COUNT])
{
	struct table_diff deletes[TABLE__COUNT] = { 0 };
	int err = 0;

	for (int id = 0; !err && id < TABLE__COUNT; id++) {
		if (maps[id])
			err = plan_table(plan, (enum table_id)id, maps[id], &want[id], &have[id],
					 &deletes[id]);
	}
	for (int id = TABLE__COUNT; id-- > 0;) {
		if (err)
			table_diff_fini(&deletes[id]);
		else
			plan_write(plan, (enum table_id)id, &deletes[id]);
	}
	return err;
}

void table_plan_maglev(struct steps *plan, const struct maglev *now, const struct maglev *before)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct step *step = &plan->items[i];

		if (step->kind == STEP_WRITE_TABLE && step->table.id == TABLE_MAGLEV)
			step->table.maglev = step->table.diff.ops[TABLE_DELETE] ? *before : *now;
	}
}
