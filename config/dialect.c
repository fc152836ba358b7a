// SPDX-License-Identifier: BSD-2-Clause
/*
 * Counts, release by release, the entries that do not fit. Knows what a key or value says about releases,
 * not what it does.
 */
#include "config/dialect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "config/option_types.h"

#define SINCE(first) RELEASES_SINCE(CILIUM_##first)
#define UNTIL(last) RELEASES_UNTIL(CILIUM_##last)

static const struct {
	enum option_id id;
	const char *value;
	uint32_t releases;
} values[] = {
#define VALUE(id, value, releases) { OPT_##id, value, releases },
#include "config/dialect.def"
#undef VALUE
};

/* What one entry says. */
struct clue {
	uint32_t key; /* releases that have the key */
	uint32_t fits; /* those of them that take the value */
	enum option_scope scope;
};

static uint32_t listed_releases(enum option_id id, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		if (values[i].id == id && !strcmp(values[i].value, text))
			return values[i].releases;
	}
	return RELEASES_ALL;
}

static bool type_takes(enum option_id id, enum cilium_release release, const char *text)
{
	struct option_value value;

	return !option_type_parse(option_type_at(id, release), option_grammar(release), text,
				  &value);
}

/* False for an entry that says nothing. */
static int read_clue(const struct entry *entry, struct clue *out, bool *says)
{
	enum option_id id = option_find(entry->key);
	_cleanup_free_ char *text = option_trim(entry->text);

	if (!text)
		return -ENOMEM;
	*says = id != OPT__COUNT;
	if (!*says)
		return 0;
	*out = (struct clue){ .key = option_defs[id].releases, .scope = option_defs[id].scope };
	for (enum cilium_release release = 0; release < CILIUM__COUNT; release++) {
		if (type_takes(id, release, text))
			out->fits |= UINT32_C(1) << release;
	}
	out->fits &= out->key & listed_releases(id, text);
	return 0;
}

static int count_misfits(const struct entry *entries, size_t count, size_t misfits[CILIUM__COUNT])
{
	for (size_t i = 0; i < count; i++) {
		struct clue clue;
		bool says;
		int err = read_clue(&entries[i], &clue, &says);

		if (err)
			return err;
		for (enum cilium_release release = 0; release < CILIUM__COUNT; release++)
			misfits[release] += says && !releases_have(clue.fits, release);
	}
	return 0;
}

static void choose(const size_t misfits[CILIUM__COUNT], uint32_t candidates, struct dialect *out)
{
	*out = (struct dialect){ .misfits = SIZE_MAX };
	for (enum cilium_release release = 0; release < CILIUM__COUNT; release++) {
		if (!releases_have(candidates, release) || misfits[release] > out->misfits)
			continue;
		if (misfits[release] < out->misfits)
			out->possible = 0;
		out->possible |= UINT32_C(1) << release;
		out->misfits = misfits[release];
		out->release = release;
	}
}

/* A value says more than a key that may be a leftover, and a key of the datapath more than another. */
static int weight(const struct clue *clue, enum cilium_release release)
{
	if (releases_have(clue->key, release))
		return 3;
	return clue->scope == OPTION_DATAPATH ? 2 : 1;
}

/*
 * The entry that fits the choice and speaks most clearly against `other`. -ENOENT when none does.
 */
static int find_witness(const struct entry *entries, size_t count, enum cilium_release choice,
			enum cilium_release other, struct entry *out)
{
	int best = 0;

	for (size_t i = 0; i < count; i++) {
		struct clue clue = { 0 };
		bool says;
		int err = read_clue(&entries[i], &clue, &says);

		if (err)
			return err;
		if (!says || !releases_have(clue.fits, choice) || releases_have(clue.fits, other) ||
		    weight(&clue, other) <= best)
			continue;
		best = weight(&clue, other);
		*out = entries[i];
		if (best < 3)
			out->text = NULL;
	}
	return best ? 0 : -ENOENT;
}

static void write_reason(const struct entry *witness, const char *verb, struct dialect *out)
{
	_cleanup_free_ char *value = witness->text ? option_trim(witness->text) : NULL;

	snprintf(out->reason, sizeof(out->reason), "%.64s%s%.48s %s %s", witness->key,
		 value ? ": " : "", value ? value : "", verb, release_name(out->release));
}

/* Why not the next release, or when there is none, why not the one before. */
static int explain(const struct entry *entries, size_t count, uint32_t candidates,
		   struct dialect *out)
{
	enum cilium_release oldest = out->release;
	struct entry witness = { 0 };
	int err = -ENOENT;

	if (!(candidates & (candidates - 1))) {
		snprintf(out->reason, sizeof(out->reason), "as given");
		return 0;
	}
	while (oldest > CILIUM_OLDEST && releases_have(out->possible, oldest - 1))
		oldest--;
	if (out->release < CILIUM_NEWEST && releases_have(candidates, out->release + 1))
		err = find_witness(entries, count, out->release, out->release + 1, &witness);
	if (!err) {
		write_reason(&witness, "ends with", out);
		return 0;
	}
	if (err == -ENOENT && oldest > CILIUM_OLDEST)
		err = find_witness(entries, count, out->release, oldest - 1, &witness);
	if (!err) {
		struct dialect first = { .release = oldest };

		write_reason(&witness, "begins with", &first);
		memcpy(out->reason, first.reason, sizeof(out->reason));
		return 0;
	}
	if (err == -ENOENT)
		snprintf(out->reason, sizeof(out->reason), "no key tells it from an older one");
	return err == -ENOENT ? 0 : err;
}

int dialect_guess(const struct entry *entries, size_t count, uint32_t candidates,
		  struct dialect *out)
{
	size_t misfits[CILIUM__COUNT] = { 0 };
	int err;

	err = count_misfits(entries, count, misfits);
	if (err)
		return err;
	choose(misfits, candidates, out);
	return explain(entries, count, candidates, out);
}
