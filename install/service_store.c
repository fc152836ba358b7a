// SPDX-License-Identifier: BSD-2-Clause
/* Files of services. */
#include "install/service_store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/digest.h"
#include "common/file.h"
#include "common/log.h"

#define FILE_MAX_BYTES (32u << 20)

unsigned int service_store_file(const char *name)
{
	return (unsigned int)(digest_number(name, strlen(name)) % SERVICE_STORE_FILES);
}

static int store_path(const struct install_paths *paths, unsigned int file, char out[PATH_MAX])
{
	int err = path_format(out, PATH_MAX, "%s/services/%02x.yaml", paths->run, file);

	return err ? log_err(err, "name a file in %s", paths->run) : 0;
}

static int take_over(struct node_state *from, struct node_state *to)
{
	struct service *services = reallocarray(
		to->services, to->service_count + from->service_count + 1, sizeof(*services));

	if (!services)
		return -ENOMEM;
	memcpy(services + to->service_count, from->services,
	       from->service_count * sizeof(*services));
	to->services = services;
	to->service_count += from->service_count;
	from->service_count = 0;
	return 0;
}

static int parse_file(const char *path, const char *text, size_t len, struct node_state *state)
{
	_cleanup_diag_ struct diag_list diags = { 0 };
	_cleanup_state_ struct node_state some = { 0 };

	if (state_parse_services(path, text, len, &some, &diags))
		return log_fail(-EINVAL,
				"%s is damaged: delete it, and run apply with a state that has "
				"services",
				path);
	return take_over(&some, state);
}

int service_store_read_file(const struct install_paths *paths, unsigned int file,
			    struct node_state *state)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	size_t len;
	int err = store_path(paths, file, path);

	if (err)
		return err;
	err = file_read(path, FILE_MAX_BYTES, &text, &len);
	if (err == -ENOENT)
		return 0;
	return err ? log_err(err, "read %s", path) : parse_file(path, text, len, state);
}

static bool store_exists(const struct install_paths *paths)
{
	char path[PATH_MAX];

	return !path_format(path, sizeof(path), "%s/services", paths->run) && !access(path, F_OK);
}

static int mark_path(const struct install_paths *paths, char out[PATH_MAX])
{
	int err = path_format(out, PATH_MAX, "%s/services/changing", paths->run);

	return err ? log_err(err, "name a file in %s", paths->run) : 0;
}

bool service_store_is_changing(const struct install_paths *paths)
{
	char path[PATH_MAX];

	return !mark_path(paths, path) && !access(path, F_OK);
}

int service_store_read(const struct install_paths *paths, struct node_state *state)
{
	int err = 0;

	if (!store_exists(paths))
		return -ENOENT;
	if (service_store_is_changing(paths))
		return log_fail(-EAGAIN, "the last change of services did not end: run apply with "
					 "a state that has services");
	for (unsigned int file = 0; !err && file < SERVICE_STORE_FILES; file++)
		err = service_store_read_file(paths, file, state);
	state->has_services = !err;
	return err;
}

int service_store_begin(const struct install_paths *paths)
{
	char path[PATH_MAX];
	int err = mark_path(paths, path);

	if (err)
		return err;
	err = dir_make_parents(path);
	if (!err)
		err = file_write_new(path, "", 0);
	return err && err != -EEXIST ? log_err(err, "write %s", path) : 0;
}

int service_store_end(const struct install_paths *paths)
{
	char path[PATH_MAX];
	int err = mark_path(paths, path);

	if (err)
		return err;
	if (unlink(path) && errno != ENOENT) {
		err = -errno;
		return log_err(err, "remove %s", path);
	}
	/* A first apply that was taken back leaves nothing. */
	*strrchr(path, '/') = '\0';
	rmdir(path);
	return 0;
}

/* 0 when it says so already. */
static int write_file(const struct install_paths *paths, unsigned int file, struct buf *text)
{
	_cleanup_free_ char *old = NULL;
	char path[PATH_MAX];
	size_t len = 0;
	int err = store_path(paths, file, path);

	if (err)
		return err;
	if (text->err)
		return log_err(text->err, "write %s", path);
	if (!text->len)
		return unlink(path) && errno != ENOENT ? log_err(-errno, "remove %s", path) : 0;
	if (!file_read(path, FILE_MAX_BYTES, &old, &len) && len == text->len &&
	    !memcmp(old, text->data, len))
		return 0;
	err = dir_make_parents(path);
	if (!err)
		err = file_write_atomic(path, text->data, text->len);
	return err ? log_err(err, "write %s", path) : 0;
}

static void add_service(struct buf *text, const struct service *service)
{
	if (!text->len)
		buf_puts(text, "services:\n");
	service_format(service, text);
}

int service_store_write(const struct install_paths *paths, const struct service *services,
			size_t count)
{
	struct buf *texts = calloc(SERVICE_STORE_FILES, sizeof(*texts));
	int err = texts ? 0 : log_err(-ENOMEM, "write services");

	for (size_t i = 0; !err && i < count; i++)
		add_service(&texts[service_store_file(services[i].name)], &services[i]);
	for (unsigned int file = 0; texts && file < SERVICE_STORE_FILES; file++) {
		if (!err)
			err = write_file(paths, file, &texts[file]);
		buf_fini(&texts[file]);
	}
	free(texts);
	return err;
}

int service_store_write_file(const struct install_paths *paths, unsigned int file,
			     const struct service *services, size_t count)
{
	_cleanup_buf_ struct buf text = { 0 };

	for (size_t i = 0; i < count; i++)
		add_service(&text, &services[i]);
	return write_file(paths, file, &text);
}

int service_store_remove(const struct install_paths *paths)
{
	char path[PATH_MAX];
	int err = path_format(path, sizeof(path), "%s/services", paths->run);

	if (!err)
		err = dir_remove(path);
	return err ? log_err(err, "remove the services in %s", paths->run) : 0;
}
