// SPDX-License-Identifier: BSD-2-Clause
/* Reads clang's dependency files, and the files they name. */
#include "compiler/includes.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "compiler/file_id.h"

#define MAX_FILE_BYTES (8u << 20)
#define MAX_LIST_BYTES (INCLUDES_MAX * 256u)
#define INCLUDE_DIR "/include/"
#define ABSENT "absent"

/* Where clang looks before its own headers and those of the architecture, in this order. */
static const char *const searched[] = { "", "/usr/local/include/", "/usr/include/" };

/* The name that was asked for: what follows the directory of headers. NULL for a template. */
static const char *included_name(const char *path)
{
	const char *name = *path == '/' ? strstr(path, INCLUDE_DIR) : NULL;

	if (!name)
		return NULL;
	name += strlen(INCLUDE_DIR);
	if (!strncmp(name, HR_MULTIARCH "/", strlen(HR_MULTIARCH "/")))
		name += strlen(HR_MULTIARCH "/");
	return name;
}

static void list_path(const char *path, struct buf *list)
{
	const char *name = included_name(path);
	char other[PATH_MAX];

	for (size_t i = 0; name && i < ARRAY_SIZE(searched); i++) {
		if (path_format(other, sizeof(other), "%s%s", searched[i], name))
			continue;
		if (!strcmp(other, path))
			break;
		buf_printf(list, "%s\n", other);
	}
	buf_printf(list, "%s\n", path);
}

/*
 * Takes the next word off make's text: blanks in it are behind a backslash, a dollar is doubled. NULL at
 * the end. Writes into the text.
 */
static char *next_word(char **text)
{
	char *from = *text, *to, *word;

	while (*from == ' ' || *from == '\n' || (from[0] == '\\' && from[1] == '\n'))
		from++;
	if (!*from)
		return NULL;
	word = to = from;
	while (*from && *from != ' ' && *from != '\n') {
		if ((from[0] == '\\' && (from[1] == ' ' || from[1] == '#')) ||
		    (from[0] == '$' && from[1] == '$'))
			from++;
		*to++ = *from++;
	}
	*text = *from ? from + 1 : from;
	*to = '\0';
	return word;
}

int includes_read(const char *path, const char *header_dir, struct buf *list)
{
	_cleanup_free_ char *data = NULL;
	size_t len, count = 0, header_len = strlen(header_dir);
	char *text, *word;
	int err;

	err = file_read(path, MAX_LIST_BYTES, &data, &len);
	if (err)
		return err;
	text = strstr(data, ": ");
	if (!text || strlen(data) != len)
		return -EINVAL;
	text += 2;
	while ((word = next_word(&text))) {
		if (++count > INCLUDES_MAX)
			return -EINVAL;
		if (strncmp(word, header_dir, header_len) || word[header_len] != '/')
			list_path(word, list);
	}
	return count ? list->err : -EINVAL;
}

/* The next line of a list as a path that can be opened: 1, 0 at the end, -EINVAL. */
static int next_path(const char **list, const char *templates, char out[PATH_MAX])
{
	int len = (int)strcspn(*list, "\n"), err;

	if (!**list)
		return 0;
	if (!len || len >= PATH_MAX || !(*list)[len])
		return -EINVAL;
	err = **list == '/' ? path_format(out, PATH_MAX, "%.*s", len, *list)
			    : path_format(out, PATH_MAX, "%s/%.*s", templates, len, *list);
	*list += len + 1;
	return err ? -EINVAL : 1;
}

struct include_digest {
	char *path; /* owned */
	char digest[DIGEST_TEXT_MAX]; /* or ABSENT */
	char id[FILE_ID_MAX]; /* of the file that has it; "" for none */
	bool is_checked; /* in this run */
};

static int memo_append(struct include_memo *memo, const char *path, struct include_digest **out)
{
	struct include_digest *items =
		reallocarray(memo->items, memo->count + 1, sizeof(*memo->items));

	if (!items)
		return -ENOMEM;
	memo->items = items;
	items[memo->count] = (struct include_digest){ .path = strdup(path) };
	if (!items[memo->count].path)
		return -ENOMEM;
	*out = &items[memo->count++];
	return 0;
}

/* Contents that are known need not be read again. */
static int item_check(struct include_memo *memo, struct include_digest *item)
{
	char id[FILE_ID_MAX] = "";
	struct stat st;
	int err;

	if (stat(item->path, &st) == 0)
		file_id_text(&st, id);
	else if (errno != ENOENT && errno != ENOTDIR)
		return -errno;
	item->is_checked = true;
	if (*id && !strcmp(id, item->id))
		return 0;
	memo->is_changed = true;
	memcpy(item->id, id, sizeof(id));
	if (!*id)
		return path_format(item->digest, sizeof(item->digest), ABSENT);
	if (file_id_is_since(&st, &memo->since))
		item->id[0] = '\0'; /* believe it for this run only */
	err = digest_file(item->path, MAX_FILE_BYTES, item->digest);
	item->is_checked = !err;
	return err;
}

static int memo_digest(struct include_memo *memo, const char *path, const char **out)
{
	struct include_digest *item = memo->items;
	int err = 0;
	size_t i = 0;

	while (i < memo->count && strcmp(memo->items[i].path, path))
		i++;
	if (i < memo->count)
		item = &memo->items[i];
	else
		err = memo_append(memo, path, &item);
	if (!err && !item->is_checked)
		err = item_check(memo, item);
	if (!err)
		*out = item->digest;
	return err;
}

static int parse_item(char *line, struct include_memo *memo)
{
	char *digest = line, *id = strchr(digest, ' '), *path = id ? strchr(id + 1, ' ') : NULL;
	struct include_digest *item;
	int err;

	if (!path || id - digest != DIGEST_TEXT_MAX - 1 || path - id > FILE_ID_MAX)
		return -EINVAL;
	*id++ = *path++ = '\0';
	err = memo_append(memo, path, &item);
	if (err)
		return err;
	memcpy(item->digest, digest, DIGEST_TEXT_MAX);
	memcpy(item->id, id, strlen(id) + 1);
	return 0;
}

void include_memo_init(struct include_memo *memo, char *known)
{
	char *save = NULL;

	*memo = (struct include_memo){ 0 };
	clock_gettime(CLOCK_REALTIME_COARSE, &memo->since);
	if (!known)
		return;
	for (char *line = strtok_r(known, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (memo->count == INCLUDES_MAX || parse_item(line, memo))
			return;
	}
}

bool include_memo_text(const struct include_memo *memo, struct buf *out)
{
	for (size_t i = 0; i < memo->count; i++) {
		const struct include_digest *item = &memo->items[i];

		if (*item->id && item->is_checked)
			buf_printf(out, "%s %s %s\n", item->digest, item->id, item->path);
	}
	return memo->is_changed && out->len && !out->err;
}

int includes_fingerprint(struct include_memo *memo, const char *templates, const char *list,
			 struct buf *out)
{
	const char *line = list, *digest;
	char path[PATH_MAX];
	int more, err;

	while ((more = next_path(&list, templates, path)) > 0) {
		err = memo_digest(memo, path, &digest);
		if (err)
			return err;
		/* As the list has it: where the templates are does not matter. */
		buf_printf(out, "%s  %.*s", digest, (int)(list - line), line);
		line = list;
	}
	return more ?: out->err;
}

bool includes_changed(const struct include_memo *memo, const char *templates, const char *list)
{
	char path[PATH_MAX];
	struct stat st;
	int more;

	while ((more = next_path(&list, templates, path)) > 0) {
		if (stat(path, &st) == 0 && file_id_is_since(&st, &memo->since))
			return true;
	}
	return more < 0;
}

void include_memo_fini(struct include_memo *memo)
{
	for (size_t i = 0; i < memo->count; i++)
		free(memo->items[i].path);
	free(memo->items);
	*memo = (struct include_memo){ 0 };
}
