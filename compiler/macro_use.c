// SPDX-License-Identifier: BSD-2-Clause
/* Searches an object's sources for a word. A search for text, no preprocessor: conditions do not count. */
#include "compiler/macro_use.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/hooks.h"
#include "compiler/templates.h"

#define NAME_MAX_LEN 96

/* The files of one object; those before `done` were searched. */
struct search {
	const char *templates, *word;
	char files[TEMPLATES_MAX_FILES][NAME_MAX_LEN]; /* below templates */
	size_t count, done;
	bool is_found;
};

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(text, word); at; at = strstr(at + len, word)) {
		if ((at == text || !is_word_char(at[-1])) && !is_word_char(at[len]))
			return true;
	}
	return false;
}

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && !strcmp(name + len - end_len, end);
}

/* Once each. Tables name macros for user space only, and the header is not there before there is a config. */
static int add_file(struct search *s, const char *dir, int dir_len, const char *name)
{
	char path[NAME_MAX_LEN];
	int err;

	if (ends_with(name, ".def") || !strcmp(name, "node_config.h") || strstr(name, ".."))
		return 0;
	err = path_format(path, sizeof(path), "%.*s%s", dir_len, dir, name);
	if (err)
		return err;
	for (size_t i = 0; i < s->count; i++) {
		if (!strcmp(s->files[i], path))
			return 0;
	}
	if (s->count == TEMPLATES_MAX_FILES)
		return -E2BIG;
	memcpy(s->files[s->count++], path, sizeof(path));
	return 0;
}

/* Names in quotes are relative to the file that has them. */
static int add_includes(struct search *s, const char *file, const char *text)
{
	static const char include[] = "#include \"";
	const char *slash = strrchr(file, '/');
	int dir_len = slash ? (int)(slash - file) + 1 : 0;
	char name[NAME_MAX_LEN];
	int err = 0;

	while (!err && (text = strstr(text, include))) {
		text += strlen(include);
		if (sscanf(text, "%95[^\"\n]", name) == 1)
			err = add_file(s, file, dir_len, name);
	}
	return err;
}

static int search_file(struct search *s, const char *file)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	size_t len;
	int err;

	err = path_format(path, sizeof(path), "%s/%s", s->templates, file);
	err = err ?: file_read(path, TEMPLATES_MAX_FILE_BYTES, &text, &len);
	if (err)
		return log_err(err, "read %s/%s", s->templates, file);
	if (has_word(text, s->word))
		s->is_found = true;
	err = add_includes(s, file, text);
	return err ? log_err(err, "follow the includes of %s/%s", s->templates, file) : 0;
}

static int search_object(const char *templates, const char *word, const char *object, bool *out)
{
	struct search s = { .templates = templates, .word = word };
	char source[NAME_MAX_LEN];
	int err;

	err = path_format(source, sizeof(source), "%s.c", object);
	err = err ?: add_file(&s, "", 0, source);
	while (!err && !s.is_found && s.done < s.count)
		err = search_file(&s, s.files[s.done++]);
	*out = s.is_found;
	return err;
}

static bool is_first_hook_of_object(enum hr_hook hook)
{
	for (enum hr_hook i = 0; i < hook; i++) {
		if (!strcmp(hook_defs[i].object, hook_defs[hook].object))
			return false;
	}
	return true;
}

int macro_use_read(const char *templates, enum macro_id macro, struct macro_use *out)
{
	*out = (struct macro_use){ 0 };
	for (enum hr_hook hook = 0; hook < HOOK__COUNT; hook++) {
		const char *object = hook_defs[hook].object;
		bool is_used;
		int err;

		if (!is_first_hook_of_object(hook))
			continue;
		err = search_object(templates, macro_defs[macro].name, object, &is_used);
		if (err)
			return err;
		if (is_used)
			out->objects[out->count++] = object;
	}
	return 0;
}
