// SPDX-License-Identifier: BSD-2-Clause
/* The option table and what its rows mean in one release. Knows nothing of where a text came from. */
#include "config/options.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "config/option_types.h"

#define ALL RELEASES_ALL
#define IN(first, last) RELEASES_IN(CILIUM_##first, CILIUM_##last)
#define SINCE(first) RELEASES_SINCE(CILIUM_##first)
#define UNTIL(last) RELEASES_UNTIL(CILIUM_##last)

const struct option_def option_defs[] = {
#define OPTION(id, name_, type_, dflts_, releases_, scope_, help_) \
	[OPT_##id] = {                                             \
		.name = name_,                                     \
		.type = OPTION_##type_,                            \
		.dflts = dflts_,                                   \
		.releases = releases_,                             \
		.scope = OPTION_##scope_,                          \
		.help = help_,                                     \
	},
#include "config/options.def"
#undef OPTION
};
_Static_assert(ARRAY_SIZE(option_defs) == OPT__COUNT, "one row per option");

/* From a release on, what of a row no longer holds. */
struct change {
	enum option_id id;
	enum cilium_release since;
	int value; /* enum option_type or enum option_scope */
};

static const struct change type_changes[] = {
#define TYPE_CHANGE(id, since, type) { OPT_##id, CILIUM_##since, OPTION_##type },
#define SCOPE_CHANGE(id, since, scope)
#include "config/options-changes.def"
#undef TYPE_CHANGE
#undef SCOPE_CHANGE
};

static const struct change scope_changes[] = {
#define TYPE_CHANGE(id, since, type)
#define SCOPE_CHANGE(id, since, scope) { OPT_##id, CILIUM_##since, OPTION_##scope },
#include "config/options-changes.def"
#undef TYPE_CHANGE
#undef SCOPE_CHANGE
};

static const char *const scope_names[] = {
	[OPTION_DATAPATH] = "datapath",
	[OPTION_AGENT] = "agent",
	[OPTION_OTHER] = "other",
};
_Static_assert(ARRAY_SIZE(scope_names) == OPTION_SCOPE__COUNT, "name every scope");

/* The value that the latest change up to a release gave, or the row's own. */
static int value_at(const struct change *changes, size_t count, enum option_id id,
		    enum cilium_release release, int value)
{
	for (size_t i = 0; i < count; i++) {
		if (changes[i].id == id && changes[i].since <= release)
			value = changes[i].value;
	}
	return value;
}

/* The release at the head of a part of a defaults notation, "1.12+: b"; *text moves behind it. */
static enum cilium_release part_release(const char **text)
{
	struct cilium_version version = { .release = CILIUM__COUNT };
	size_t len = strcspn(*text, "+");
	char name[8];

	if (strncmp(*text + len, "+: ", 3) || len >= sizeof(name))
		return CILIUM__COUNT;
	memcpy(name, *text, len);
	name[len] = '\0';
	release_parse(name, &version);
	*text += len + 3;
	return version.release;
}

/* A copy of the default for a release out of "a | 1.12+: b | 1.15+: c". NULL without memory. */
static char *default_at(const char *notation, enum cilium_release release)
{
	static const char bar[] = " | ";
	const char *text = notation, *end = strstr(text, bar);
	size_t len = end ? (size_t)(end - text) : strlen(text);

	while (end) {
		const char *part = end + strlen(bar);
		enum cilium_release since = part_release(&part);

		assert(since < CILIUM__COUNT);
		if (since > release)
			break;
		text = part;
		end = strstr(text, bar);
		len = end ? (size_t)(end - text) : strlen(text);
	}
	return strndup(text, len);
}

bool option_exists(enum option_id id, enum cilium_release release)
{
	return releases_have(option_defs[id].releases, release);
}

enum option_type option_type_at(enum option_id id, enum cilium_release release)
{
	return (enum option_type)value_at(type_changes, ARRAY_SIZE(type_changes), id, release,
					  (int)option_defs[id].type);
}

enum option_scope option_scope_at(enum option_id id, enum cilium_release release)
{
	return (enum option_scope)value_at(scope_changes, ARRAY_SIZE(scope_changes), id, release,
					   (int)option_defs[id].scope);
}

int options_init(struct options *opts, enum cilium_release release)
{
	*opts = (struct options){ .release = release };
	for (enum option_id id = 0; id < OPT__COUNT; id++) {
		struct option_value *value = &opts->values[id];
		int err;

		value->text = default_at(option_defs[id].dflts, release);
		if (!value->text) {
			options_fini(opts);
			return -ENOMEM;
		}
		err = option_type_parse(option_type_at(id, release), GO_STRICT, value->text, value);
		assert(!err || err == -ENOMEM);
		if (err) {
			options_fini(opts);
			return err;
		}
	}
	return 0;
}

void options_fini(struct options *opts)
{
	for (enum option_id id = 0; id < OPT__COUNT; id++)
		free(opts->values[id].text);
	*opts = (struct options){ 0 };
}

int option_set(struct options *opts, enum option_id id, const char *text, struct pos pos,
	       const char **why)
{
	struct option_value value = { .is_set = true, .pos = pos };
	enum option_type type = option_type_at(id, opts->release);
	_cleanup_free_ char *own = option_trim(text);
	int err;

	if (!own)
		return -ENOMEM;
	err = option_type_parse(type, option_grammar(opts->release), own, &value);
	if (err == -ENOMEM)
		return err;
	if (err) {
		*why = err == -ERANGE ? "too large" : option_type_complaint(type);
		return -EINVAL;
	}
	free(opts->values[id].text);
	value.text = TAKE_PTR(own);
	opts->values[id] = value;
	return 0;
}

int option_set_unchecked(struct options *opts, enum option_id id, const char *text, struct pos pos)
{
	const char *why = NULL;
	int err = option_set(opts, id, text, pos, &why);

	if (err != -EINVAL)
		return err;
	return option_set(opts, id, option_type_zero(option_type_at(id, opts->release)), pos, &why);
}

int options_set_env(struct options *opts, const char *name, const char *value)
{
	static const char prefix[] = "CILIUM_";
	enum option_id id;
	char key[128];
	size_t len;

	if (strncmp(name, prefix, strlen(prefix)) || !*value)
		return 0;
	name += strlen(prefix);
	len = strlen(name);
	if (len >= sizeof(key))
		return 0;
	for (size_t i = 0; i <= len; i++) {
		if (name[i] >= 'a' && name[i] <= 'z')
			return 0;
		key[i] = name[i] == '_' ? '-' : name[i];
	}
	id = option_find_folded(key);
	if (id == OPT__COUNT || !option_exists(id, opts->release))
		return 0;
	return option_set_unchecked(opts, id, value, (struct pos){ .file = name - strlen(prefix) });
}

const char *option_scope_name(enum option_scope scope)
{
	return scope_names[scope];
}
