// SPDX-License-Identifier: BSD-2-Clause
/* Which objects, what they need, and what the kernel says to each need. */
#include "probe/objects.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "probe/features_offline.h"

int object_paths_add(struct object_paths *paths, const char *path)
{
	char *copy;

	if (paths->count == OBJECTS_MAX)
		return log_fail(-E2BIG, "%s: more than %d objects", path, OBJECTS_MAX);
	copy = strdup(path);
	if (!copy)
		return log_err(-ENOMEM, "%s", path);
	paths->items[paths->count++] = copy;
	return 0;
}

static int is_object(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && !strcmp(dot, ".o");
}

static void entries_free(struct dirent **entries, int count)
{
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}

int object_paths_add_dir(struct object_paths *paths, const char *dir)
{
	struct dirent **entries;
	char path[PATH_MAX];
	int count = scandir(dir, &entries, is_object, alphasort);
	int err = 0;

	if (count < 0) {
		err = -errno;
		return log_err(err, "read %s", dir);
	}
	for (int i = 0; i < count && !err; i++) {
		err = path_format(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		err = err ? log_err(err, "%s/%s", dir, entries[i]->d_name)
			  : object_paths_add(paths, path);
	}
	entries_free(entries, count);
	return err || count ? err : log_fail(-ENOENT, "%s: there is no object (*.o) in it", dir);
}

void object_paths_fini(struct object_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->items[i]);
	paths->count = 0;
}

static bool is_same(const struct need *a, const struct need *b)
{
	return a->kind == b->kind && a->prog_type == b->prog_type && a->value == b->value &&
	       !strcmp(a->name, b->name);
}

/* The answer an earlier object got; NULL when none asked. Objects of one bundle ask nearly the same. */
static const struct answer *find_answer(const struct objects *objects, const struct need *need)
{
	for (size_t i = 0; i + 1 < objects->count; i++) {
		const struct checked_object *object = &objects->items[i];

		for (size_t k = 0; k < object->count; k++)
			if (is_same(&object->needs[k].need, need))
				return &object->needs[k].answer;
	}
	return NULL;
}

static struct answer ask(const struct objects_target *target, const struct need *need)
{
	return target->live ? need_check(target->live, need)
			    : need_check_offline(target->offline, need);
}

static enum tri worse(enum tri a, enum tri b)
{
	if (a == ANSWER_NO || b == ANSWER_NO)
		return ANSWER_NO;
	return a == ANSWER_UNKNOWN || b == ANSWER_UNKNOWN ? ANSWER_UNKNOWN : ANSWER_YES;
}

static int check_object(const char *path, const struct objects_target *target, struct objects *out)
{
	_cleanup_free_ struct object_needs *needs = malloc(sizeof(*needs));
	struct checked_object *object;
	int err;

	if (!needs)
		return log_err(-ENOMEM, "%s", path);
	err = needs_read(path, needs);
	if (err)
		return err;
	object = &out->items[out->count++];
	*object = (struct checked_object){ .path = path, .verdict = ANSWER_YES };
	object->needs = calloc(needs->count, sizeof(*object->needs));
	if (!object->needs)
		return log_err(-ENOMEM, "%s", path);
	for (size_t i = 0; i < needs->count; i++) {
		const struct need *need = &needs->needs[i];
		const struct answer *known = find_answer(out, need);
		struct answer answer = known ? *known : ask(target, need);

		object->needs[i] = (struct checked_need){ *need, answer };
		object->verdict = worse(object->verdict, answer.value);
	}
	object->count = needs->count;
	return 0;
}

int objects_check(const struct object_paths *paths, const struct objects_target *target,
		  struct objects *out)
{
	static const enum exit_status statuses[] = {
		[ANSWER_YES] = EXIT_STATUS_OK,
		[ANSWER_NO] = EXIT_STATUS_LEGACY,
		[ANSWER_UNKNOWN] = EXIT_STATUS_UNDETERMINED,
	};
	_Static_assert(ARRAY_SIZE(statuses) == ANSWER__COUNT, "a status for every answer");
	int err = 0;

	*out = (struct objects){ .verdict = ANSWER_YES };
	snprintf(out->release, sizeof(out->release), "%s",
		 target->live ? target->live->release() : target->offline->release);
	for (size_t i = 0; i < paths->count && !err; i++) {
		err = check_object(paths->items[i], target, out);
		if (!err)
			out->verdict = worse(out->verdict, out->items[i].verdict);
	}
	out->status = statuses[out->verdict];
	return err;
}

void objects_fini(struct objects *objects)
{
	for (size_t i = 0; i < objects->count; i++)
		free(objects->items[i].needs);
	objects->count = 0;
}
