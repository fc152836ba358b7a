// SPDX-License-Identifier: BSD-2-Clause
/* Which files make up an offline target, and whether they belong together. Answers are features_offline.c's. */
#include "probe/offline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"

static int read_image(const char *path, struct kernel_image *out)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err = fd < 0 ? -errno : 0;

	return err ? log_err(err, "%s", path) : image_read(fd, path, out);
}

static int set_path(char out[ROOT_KERNEL_PATH_MAX], const char *path)
{
	int err = path_format(out, ROOT_KERNEL_PATH_MAX, "%s", path);

	return err ? log_err(err, "%s", path) : 0;
}

static int read_root_image(const struct offline_request *r, const struct root_kernel *kernel,
			   struct offline *o)
{
	_cleanup_close_ int fd = rootfs_openat(&o->root, kernel->image, O_RDONLY | O_NONBLOCK);
	char name[2 * ROOT_KERNEL_PATH_MAX];

	snprintf(name, sizeof(name), "%.255s/%s", r->root, kernel->image);
	if (fd < 0)
		return log_err(fd, "%s", name);
	snprintf(o->release, sizeof(o->release), "%s", kernel->release);
	snprintf(o->kernel_path, sizeof(o->kernel_path), "%s", kernel->image);
	return image_read(fd, name, &o->image);
}

static int read_root(const struct offline_request *r, struct offline *o)
{
	_cleanup_free_ struct root_kernels *kernels = calloc(1, sizeof(*kernels));
	const struct root_kernel *kernel;
	int err;

	if (!kernels)
		return log_err(-ENOMEM, "%s", r->root);
	err = rootfs_open(r->root, &o->root);
	if (!err)
		err = root_kernels_list(&o->root, kernels);
	if (err)
		return log_err(err, "%s", r->root);
	kernel = root_kernels_pick(kernels, r->release, r->root);
	return kernel ? read_root_image(r, kernel, o) : -ENOENT;
}

/* A root's directory names it as uname -r will; otherwise the image does, and last whoever asks. */
static int settle_release(const struct offline_request *r, struct offline *o)
{
	const char *told = o->image.release[0] ? o->image.release : o->btf.release;

	if (!o->release[0])
		snprintf(o->release, sizeof(o->release), "%s", told);
	o->target.release_source = SOURCE_BANNER;
	if (!o->release[0] && r->release) {
		snprintf(o->release, sizeof(o->release), "%s", r->release);
		o->target.release_source = SOURCE_ASSUMED;
	}
	if (r->release && strcmp(o->release, r->release))
		return log_fail(-EINVAL, "--release %s: the kernel is %s", r->release, o->release);
	return 0;
}

static int parse_config(const char *name, const char *data, size_t len, struct offline *o)
{
	int err = kconfig_read(data, len, &o->kconfig);

	if (err == -EINVAL)
		return log_fail(err, "%s: not a kernel configuration", name);
	return err ? log_err(err, "%s", name) : 0;
}

static int read_given_config(const char *path, struct offline *o)
{
	_cleanup_free_ char *data = NULL;
	size_t len;
	int err;

	err = file_read(path, KCONFIG_MAX, &data, &len);
	if (err)
		return log_err(err, "%s", path);
	err = parse_config(path, data, len, o);
	return err ? err : set_path(o->kconfig_path, path);
}

/* None in the root is no error. */
static int read_root_config(struct offline *o)
{
	static const char *const patterns[] = {
		"boot/config-%s",
		"lib/modules/%s/config",
		"usr/lib/modules/%s/config",
	};

	for (size_t i = 0; o->release[0] && i < ARRAY_SIZE(patterns); i++) {
		_cleanup_free_ char *data = NULL;
		char path[ROOT_KERNEL_PATH_MAX];
		size_t len;
		int err;

		snprintf(path, sizeof(path), patterns[i], o->release);
		err = rootfs_read(&o->root, path, KCONFIG_MAX, &data, &len);
		if (err == -ENOENT || err == -ENOTDIR)
			continue;
		if (err)
			return log_err(err, "%s", path);
		err = parse_config(path, data, len, o);
		return err ? err : set_path(o->kconfig_path, path);
	}
	return 0;
}

/* A configuration of another kernel would give wrong answers with great confidence. */
static int check_config_version(const struct offline *o)
{
	unsigned int of_config[2], of_kernel[2];

	if (kernel_release_parse(o->kconfig.version, &of_config[0], &of_config[1]) ||
	    kernel_release_parse(o->release, &of_kernel[0], &of_kernel[1]) ||
	    !memcmp(of_config, of_kernel, sizeof(of_config)))
		return 0;
	return log_fail(-EINVAL, "%s: configuration of Linux %s, but the kernel is %s",
			o->kconfig_path, o->kconfig.version, o->release);
}

static int read_config(const struct offline_request *r, struct offline *o)
{
	int err = 0;

	if (r->kconfig) {
		err = read_given_config(r->kconfig, o);
	} else if (o->image.has_config) {
		o->kconfig = o->image.config;
		err = set_path(o->kconfig_path, "IKCONFIG");
	} else if (o->root.fd >= 0) {
		err = read_root_config(o);
	}
	if (err || !o->kconfig_path[0])
		return err;
	o->target.kconfig = &o->kconfig;
	if (!o->release[0]) {
		snprintf(o->release, sizeof(o->release), "%s", o->kconfig.version);
		o->target.release_source = SOURCE_KCONFIG;
	}
	return check_config_version(o);
}

static int read_modules(struct offline *o)
{
	int err;

	if (o->root.fd < 0)
		return 0;
	err = modules_read(&o->root, o->release, &o->modules);
	if (err)
		return log_err(err, "%s", o->modules.dir);
	o->target.modules = &o->modules;
	return 0;
}

static int read_kernel(const struct offline_request *r, struct offline *o)
{
	int err = 0;

	if (r->root)
		err = read_root(r, o);
	else if (r->kernel)
		err = read_image(r->kernel, &o->image);
	if (!err && r->kernel)
		err = set_path(o->kernel_path, r->kernel);
	if (!err && r->btf)
		err = read_image(r->btf, &o->btf);
	if (!err && r->btf && !o->btf.has_btf)
		err = log_fail(-EINVAL, "%s: has no BTF", r->btf);
	return err;
}

int offline_read(const struct offline_request *request, struct offline *out)
{
	int err;

	*out = (struct offline){ .root.fd = -1 };
	err = read_kernel(request, out);
	if (!err)
		err = settle_release(request, out);
	if (!err)
		err = read_config(request, out);
	if (!err)
		err = read_modules(out);
	if (err)
		return err;
	out->target.release = out->release;
	if (out->btf.has_btf)
		out->target.btf = &out->btf;
	else if (out->image.has_btf)
		out->target.btf = &out->image;
	for (enum kconfig_need need = 0; need < NEED__COUNT; need++)
		out->needs[need] = offline_need(&out->target, need);
	return 0;
}

void offline_fini(struct offline *offline)
{
	image_fini(&offline->image);
	image_fini(&offline->btf);
	modules_fini(&offline->modules);
	rootfs_close(&offline->root);
}
