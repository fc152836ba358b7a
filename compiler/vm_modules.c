// SPDX-License-Identifier: BSD-2-Clause
/* From the kernel functions of objects to module files, in the order in which they load. */
#include "compiler/vm_modules.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/vm_cpio.h"
#include "compiler/vm_layout.h"
#include "probe/rootfs.h"
#include "probe/unpack.h"

#define LIST_MAX_BYTES (16u << 20)
#define MODULE_MAX_BYTES (64u << 20)
#define MAX_MODULES 64

static const struct kfunc_home {
	const char *prefix, *module;
} homes[] = {
#define KFUNC(prefix, module) { prefix, module },
#include "compiler/vm_modules.def"
#undef KFUNC
};

/* One call of vm_modules_add(). */
struct job {
	const struct vm_request *request;
	struct rootfs root; /* the directory of modules; not open without one */
	char *dep, *builtin; /* modules.dep, modules.builtin; owned; NULL where there is none */
	struct buf *archive;
	char *added[MAX_MODULES]; /* paths; owned */
	size_t count;
};

static void job_fini(struct job *job)
{
	for (size_t i = 0; i < job->count; i++)
		free(job->added[i]);
	free(job->dep);
	free(job->builtin);
	if (job->root.fd >= 0)
		rootfs_close(&job->root);
}

static const char *module_of(const char *kfunc)
{
	for (size_t i = 0; i < ARRAY_SIZE(homes); i++) {
		if (!strncmp(kfunc, homes[i].prefix, strlen(homes[i].prefix)))
			return homes[i].module;
	}
	return NULL;
}

/* Is path "kernel/net/netfilter/nf_nat.ko", compressed or not? Files have '-' where names have '_'. */
static bool names_module(const char *path, size_t len, const char *module)
{
	const char *slash = memrchr(path, '/', len), *base = slash ? slash + 1 : path;
	size_t i;

	for (i = 0; module[i] && base + i < path + len; i++) {
		if (base[i] != module[i] && !(base[i] == '-' && module[i] == '_'))
			return false;
	}
	return !module[i] && (size_t)(path + len - base) >= i + 3 && !memcmp(base + i, ".ko", 3);
}

/* The line of a list whose path, up to ':' if there is one, is the module's; NULL: none. */
static const char *find_line(const char *list, const char *module)
{
	while (list && *list) {
		size_t len = strcspn(list, "\n");

		if (names_module(list, strcspn(list, ":\n"), module))
			return list;
		list += len + (list[len] == '\n');
	}
	return NULL;
}

static bool is_added(const struct job *job, const char *path)
{
	for (size_t i = 0; i < job->count; i++) {
		if (!strcmp(job->added[i], path))
			return true;
	}
	return false;
}

static int add_data(struct job *job, const char *path, const char *data, size_t len)
{
	_cleanup_unpacked_ struct unpacked plain = { 0 };
	char name[64];
	int err;

	snprintf(name, sizeof(name), VM_MODULES "/%03zu.ko", job->count);
	if (unpack_detect(data, len) == UNPACK_NONE) {
		cpio_file(job->archive, name, 0644, data, len);
		return 0;
	}
	err = unpack(data, len, MODULE_MAX_BYTES, NULL, &plain);
	if (err)
		return log_err(err, "decompress module %s", path);
	cpio_file(job->archive, name, 0644, plain.data, plain.len);
	return 0;
}

static int add_file(struct job *job, const char *path)
{
	_cleanup_free_ char *data = NULL;
	size_t len;
	int err;

	if (is_added(job, path))
		return 0;
	if (job->count == MAX_MODULES)
		return log_fail(-E2BIG, "%s: too many modules", path);
	err = rootfs_read(&job->root, path, MODULE_MAX_BYTES, &data, &len);
	err = err ? log_err(err, "read module %s/%s", job->request->modules, path)
		  : add_data(job, path, data, len);
	if (err)
		return err;
	job->added[job->count] = strdup(path);
	if (!job->added[job->count])
		return log_err(-ENOMEM, "read modules");
	job->count++;
	return 0;
}

/* "a.ko: b.ko c.ko": c before b before a. */
static int add_line(struct job *job, const char *line)
{
	size_t len = strcspn(line, "\n");
	_cleanup_free_ char *text = strndup(line, len);
	int err = 0;

	if (!text)
		return log_err(-ENOMEM, "read modules.dep");
	for (char *p = text; *p; p++) {
		if (*p == ':')
			*p = ' ';
	}
	while (!err && *text) {
		char *space = strrchr(text, ' ');
		const char *path = space ? space + 1 : text;

		if (*path)
			err = add_file(job, path);
		*(space ?: text) = '\0';
	}
	return err;
}

static int add_need(struct job *job, const char *object, const char *kfunc)
{
	const char *module = module_of(kfunc), *line;

	if (!module || find_line(job->builtin, module))
		return 0;
	line = find_line(job->dep, module);
	if (line)
		return add_line(job, line);
	if (job->request->modules)
		log_warn("%s calls %s of module %s, which %s does not have", object, kfunc, module,
			 job->request->modules);
	else
		log_warn("%s calls %s of module %s: where that is not built in, give --modules DIR",
			 object, kfunc, module);
	return 0;
}

static int add_object(struct job *job, const char *file)
{
	_cleanup_free_ struct object_needs *needs = calloc(1, sizeof(*needs));
	char path[PATH_MAX];
	int err;

	if (!needs)
		return log_err(-ENOMEM, "read %s", file);
	err = path_format(path, sizeof(path), "%s/%s", job->request->bundle, file);
	err = err ? log_err(err, "read %s", file) : needs_read(path, needs);
	for (size_t i = 0; !err && i < needs->count; i++) {
		if (needs->needs[i].kind == NEED_KFUNC)
			err = add_need(job, file, needs->needs[i].name);
	}
	return err;
}

static int open_modules(struct job *job)
{
	const char *dir = job->request->modules;
	size_t len;
	int err = rootfs_open(dir, &job->root);

	if (err) {
		job->root.fd = -1;
		return log_err(err, "open --modules %s", dir);
	}
	err = rootfs_read(&job->root, "modules.dep", LIST_MAX_BYTES, &job->dep, &len);
	if (err)
		return log_err(err, "--modules %s: read modules.dep (depmod writes it)", dir);
	err = rootfs_read(&job->root, "modules.builtin", LIST_MAX_BYTES, &job->builtin, &len);
	return err && err != -ENOENT ? log_err(err, "read %s/modules.builtin", dir) : 0;
}

int vm_modules_add(const struct vm_request *request, struct buf *archive)
{
	__attribute__((cleanup(job_fini))) struct job job = { .request = request,
							      .root.fd = -1,
							      .archive = archive };
	int err = request->modules ? open_modules(&job) : 0;

	for (size_t i = 0; !err && i < request->manifest->object_count; i++)
		err = add_object(&job, request->manifest->objects[i].file);
	return err;
}
