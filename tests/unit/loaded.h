/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One ConfigMap read for a test, and what the tests ask of its diagnostics. Texts are read as
 * standard input, so that no test needs a file of its own. Include cmocka.h first.
 */
#ifndef HR_TESTS_UNIT_LOADED_H
#define HR_TESTS_UNIT_LOADED_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/configmap.h"

#define HEAD "kind: ConfigMap\nmetadata:\n  name: cilium-config\ndata:\n"

/* One ConfigMap as read. */
struct loaded {
	struct configmap cm;
	struct diag_list diags;
	bool bad_value;
	int err;
};

static inline void loaded_fini(struct loaded *l)
{
	diag_fini(&l->diags);
	configmap_fini(&l->cm);
}

#define _cleanup_loaded_ __attribute__((cleanup(loaded_fini)))

static inline struct loaded *load_path(struct loaded *l, const char *path, bool strict)
{
	struct config_source source = { .path = path,
					.strict = strict,
					.releases = RELEASES_IN(CILIUM_1_12, CILIUM_1_12) };

	l->bad_value = true;
	l->err = configmap_read(&source, &l->cm, &l->diags, &l->bad_value);
	assert_true((l->err == 0) == (l->diags.errors == 0));
	return l;
}

/* Reads bytes as standard input. */
static inline struct loaded *load_bytes(struct loaded *l, const char *text, size_t len, bool strict)
{
	FILE *file = tmpfile();
	int saved = dup(STDIN_FILENO);

	assert_true(file && fwrite(text, 1, len, file) == len);
	rewind(file);
	dup2(fileno(file), STDIN_FILENO);
	fclose(file);
	load_path(l, "-", strict);
	dup2(saved, STDIN_FILENO);
	close(saved);
	return l;
}

static inline struct loaded *load(struct loaded *l, const char *text)
{
	return load_bytes(l, text, strlen(text), false);
}

static inline void assert_diag(const struct loaded *l, size_t i, enum diag_severity severity,
			       size_t line, const char *text)
{
	assert_true(i < l->diags.count);
	assert_string_equal(l->diags.items[i].text, text);
	assert_int_equal(l->diags.items[i].severity, severity);
	assert_int_equal(l->diags.items[i].pos.line, line);
}

/* One error and nothing else. */
static inline void assert_only_error(const struct loaded *l, size_t line, const char *text)
{
	assert_int_equal(l->diags.count, 1);
	assert_diag(l, 0, DIAG_ERROR, line, text);
	assert_int_equal(l->err, -EINVAL);
	assert_false(l->bad_value);
}

#endif
