// SPDX-License-Identifier: BSD-2-Clause
/* Which clang: where it is, what it says of itself, and whether that is known from an earlier run. */
#include "compiler/clang.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "common/parse.h"
#include "compiler/child.h"
#include "compiler/file_id.h"

#define VERSION_MARK "clang version "
#define INSTALLED_MARK "\nInstalledDir: "
#define DEFAULT_PATH "/usr/bin:/bin"
#define HINT "install clang or give --clang PATH"

static void cleanup_child(struct child *child)
{
	child_fini(child);
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Relative directories of PATH are passed over: clang runs in another directory than we do. */
static int search_path(const char *name, char out[PATH_MAX])
{
	const char *path = getenv("PATH") ?: DEFAULT_PATH;
	size_t len;

	for (;; path += len + 1) {
		len = strcspn(path, ":");
		if (*path == '/' &&
		    path_format(out, PATH_MAX, "%.*s/%s", (int)len, path, name) == 0 &&
		    is_program(out))
			return 0;
		if (!path[len])
			return -ENOENT;
	}
}

static int set_program(const char *program, char out[PATH_MAX])
{
	char here[PATH_MAX];

	if (!strchr(program, '/'))
		return search_path(program, out);
	if (*program == '/')
		return path_format(out, PATH_MAX, "%s", program);
	if (!getcwd(here, sizeof(here)))
		return -errno;
	return path_format(out, PATH_MAX, "%s/%s", here, program);
}

static void describe_file(const char *path, struct buf *out)
{
	char real[PATH_MAX], id[FILE_ID_MAX];
	struct stat st;

	if (!realpath(path, real) || stat(real, &st) < 0) {
		buf_printf(out, "%s: absent\n", path);
		return;
	}
	file_id_text(&st, id);
	buf_printf(out, "%s: %s\n", real, id);
}

static int parse_version(const char *output, char out[CLANG_VERSION_MAX])
{
	const char *version = strstr(output, VERSION_MARK);
	int len;

	if (!version)
		return -EINVAL;
	version += strlen(VERSION_MARK);
	len = (int)strspn(version, "0123456789.abcdefghijklmnopqrstuvwxyz-+~");
	if (len == 0 || len > CLANG_VERSION_MAX - (int)sizeof("clang "))
		return -EINVAL;
	snprintf(out, CLANG_VERSION_MAX, "clang %.*s", len, version);
	return 0;
}

/* What a clang says of itself; in the cache a line each, then what describe_file() said of the second. */
struct answer {
	char version[CLANG_VERSION_MAX];
	char real[PATH_MAX]; /* the compiler behind a wrapper or link; "" when it does not say */
};

/* A wrapper script starts a compiler elsewhere, which says where. */
static void parse_installed(const char *output, char out[PATH_MAX])
{
	const char *dir = strstr(output, INSTALLED_MARK);

	*out = '\0';
	if (!dir)
		return;
	dir += strlen(INSTALLED_MARK);
	if (path_format(out, PATH_MAX, "%.*s/clang", (int)strcspn(dir, "\n"), dir))
		*out = '\0';
}

static int ask(const char *program, struct answer *out)
{
	_cleanup_(child) struct child child = { .output_fd = -1 };
	_cleanup_free_ char *output = NULL;
	int err;

	err = child_start((const char *const[]){ program, "--version", NULL }, NULL, &child);
	if (err == -ENOENT)
		return log_fail(err, "%s: not found; " HINT, program);
	if (err)
		return log_err(err, "run %s (" HINT ")", program);
	err = children_wait(&child, 1);
	err = err ?: child_output(&child, &output);
	if (err)
		return log_err(err, "ask %s for its version", program);
	if (!child_has_succeeded(&child) || parse_version(output, out->version))
		return log_fail(-EINVAL, "%s: not a clang; " HINT, program);
	parse_installed(output, out->real);
	return 0;
}

/* The fields of a cache entry, if the compiler behind is still the one that it was written of. */
static int parse_entry(const char *text, size_t len, struct answer *out)
{
	int version = (int)strcspn(text, "\n"), real;
	_cleanup_buf_ struct buf now = { 0 };
	const char *rest;

	if (strlen(text) != len || version >= CLANG_VERSION_MAX || !text[version])
		return -EINVAL;
	rest = text + version + 1;
	real = (int)strcspn(rest, "\n");
	if (real >= PATH_MAX || !rest[real])
		return -EINVAL;
	snprintf(out->version, sizeof(out->version), "%.*s", version, text);
	snprintf(out->real, sizeof(out->real), "%.*s", real, rest);
	describe_file(out->real, &now);
	return now.err ?: strcmp(rest + real + 1, now.data) ? -ESTALE : 0;
}

/* Fills *out from the cache, or by asking, which is remembered. */
static int learn(const char *program, const char *key, struct cache *cache, struct answer *out)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_buf_ struct buf b = { 0 };
	size_t len;
	int err;

	if (cache_get(cache, key, &text, &len) == 0 && parse_entry(text, len, out) == 0)
		return 0;
	err = ask(program, out);
	if (err)
		return err;
	buf_printf(&b, "%s\n%s\n", out->version, out->real);
	describe_file(out->real, &b);
	if (!b.err)
		cache_put(cache, key, b.data, b.len);
	return 0;
}

static int check_version(const struct clang *clang)
{
	const char *number = clang->version + strlen("clang ");
	char major[16];
	uint32_t value;

	snprintf(major, sizeof(major), "%.*s", (int)strcspn(number, ".-+~"), number);
	if (parse_u32(major, &value))
		return log_fail(-EINVAL, "%s: what release is \"%s\"? " HINT, clang->program,
				number);
	if (value < CLANG_OLDEST)
		return log_fail(
			-EINVAL,
			"%s: %s is too old, " CLANG_TEXT(
				CLANG_OLDEST) " or newer is needed (tested: " CLANG_TESTED_TEXT
					      "); " HINT,
			clang->program, clang->version);
	if (value != CLANG_TESTED_FIRST && value != CLANG_TESTED_LAST)
		log_warn("%s: %s has not been tested (" CLANG_TESTED_TEXT " have)", clang->program,
			 clang->version);
	return 0;
}

int clang_find(const char *program, struct cache *cache, struct clang *out)
{
	_cleanup_buf_ struct buf files = { 0 };
	char key[DIGEST_TEXT_MAX];
	struct answer answer;
	int err;

	err = set_program(program ?: "clang", out->program);
	if (err == -ENOENT)
		return log_fail(err, "%s: not found; " HINT, program ?: "clang");
	if (err)
		return log_err(err, "find %s", program);
	buf_printf(&files, "clang\n%s\n", out->program);
	describe_file(out->program, &files);
	if (files.err)
		return log_err(files.err, "find %s", out->program);
	digest_data(files.data, files.len, key);
	err = learn(out->program, key, cache, &answer);
	if (err)
		return err;
	memcpy(out->version, answer.version, sizeof(out->version));
	buf_printf(&files, "%s\n", answer.version);
	describe_file(answer.real, &files);
	if (files.err)
		return log_err(files.err, "find %s", out->program);
	digest_data(files.data, files.len, out->identity);
	return check_version(out);
}
