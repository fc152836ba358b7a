// SPDX-License-Identifier: BSD-2-Clause
/* Where distributions put kernels, and which one boots by default: the newest. */
#include "probe/root_kernels.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "probe/features.h"

static const char *const image_names[] = { "vmlinuz", "vmlinux", "Image", "bzImage", "kernel" };

static void dir_close(DIR *dir)
{
	closedir(dir);
}

DEFINE_CLEANUP(dir, DIR *, dir_close)

static bool is_release(const char *text)
{
	unsigned int major, minor;

	return strlen(text) < sizeof(((struct root_kernel *)0)->release) &&
	       !kernel_release_parse(text, &major, &minor);
}

static bool is_file(const struct rootfs *root, const char *path)
{
	_cleanup_close_ int fd = rootfs_openat(root, path, O_PATH);
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode);
}

/* An image of a release counts once: usrmerge shows the same directory under two names. */
static void add(struct root_kernels *out, const char *release, const char *image)
{
	struct root_kernel *kernel = NULL;

	for (size_t i = 0; *release && i < out->count; i++)
		if (!strcmp(out->items[i].release, release))
			kernel = &out->items[i];
	if (!kernel && out->count < ROOT_KERNELS_MAX) {
		kernel = &out->items[out->count++];
		snprintf(kernel->release, sizeof(kernel->release), "%s", release);
	}
	if (kernel && !kernel->image[0])
		snprintf(kernel->image, sizeof(kernel->image), "%s", image);
}

static void add_image(const struct rootfs *root, const char *release, const char *dir,
		      const char *name, struct root_kernels *out)
{
	char path[ROOT_KERNEL_PATH_MAX];

	if (!path_format(path, sizeof(path), "%s/%s", dir, name) && is_file(root, path))
		add(out, release, path);
}

/* "vmlinuz-6.1.0-18-amd64", "vmlinuz-lts", "vmlinuz" */
static void visit_boot(const struct rootfs *root, const char *name, struct root_kernels *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(image_names); i++) {
		size_t len = strlen(image_names[i]);
		const char *release = name + len + 1;

		if (strncmp(name, image_names[i], len) || (name[len] && name[len] != '-'))
			continue;
		add_image(root, name[len] && is_release(release) ? release : "", "boot", name, out);
		return;
	}
}

static void visit_modules(const struct rootfs *root, const char *parent, const char *release,
			  struct root_kernels *out)
{
	char dir[ROOT_KERNEL_PATH_MAX];

	if (!is_release(release) || path_format(dir, sizeof(dir), "%s/%s", parent, release))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(image_names); i++)
		add_image(root, release, dir, image_names[i], out);
	add(out, release, "");
}

static int visit_dir(const struct rootfs *root, const char *path, struct root_kernels *out)
{
	_cleanup_close_ int fd = rootfs_openat(root, path, O_RDONLY | O_DIRECTORY);
	_cleanup_(dir) DIR *dir = NULL;
	const struct dirent *entry;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	dir = fdopendir(fd);
	if (!dir)
		return -errno;
	(void)TAKE_FD(fd);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (!strcmp(path, "boot"))
			visit_boot(root, entry->d_name, out);
		else
			visit_modules(root, path, entry->d_name, out);
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct root_kernel *x = a, *y = b;
	int order = kernel_release_compare(x->release, y->release);

	return order ? order : strcmp(x->image, y->image);
}

int root_kernels_list(const struct rootfs *root, struct root_kernels *out)
{
	static const char *const dirs[] = { "boot", "lib/modules", "usr/lib/modules" };
	int err = 0;

	*out = (struct root_kernels){ 0 };
	for (size_t i = 0; !err && i < ARRAY_SIZE(dirs); i++)
		err = visit_dir(root, dirs[i], out);
	qsort(out->items, out->count, sizeof(out->items[0]), compare);
	return err;
}

/* "6.1.0-18-amd64 (modules only), 6.12.0-amd64" */
static void describe(const struct root_kernels *kernels, struct buf *b)
{
	for (size_t i = 0; i < kernels->count; i++) {
		const struct root_kernel *k = &kernels->items[i];

		buf_printf(b, "%s%s%s", i ? ", " : "", k->release[0] ? k->release : k->image,
			   k->image[0] ? "" : " (modules only)");
	}
	if (!kernels->count)
		buf_puts(b, "none");
}

const struct root_kernel *root_kernels_pick(const struct root_kernels *kernels, const char *release,
					    const char *dir)
{
	const struct root_kernel *best = NULL, *unnamed = NULL;
	_cleanup_buf_ struct buf found = { 0 };
	size_t unnamed_count = 0;

	for (size_t i = 0; i < kernels->count; i++) {
		const struct root_kernel *k = &kernels->items[i];

		if (!k->image[0])
			continue;
		if (!k->release[0]) {
			unnamed = k;
			unnamed_count++;
		} else if (!release || !strcmp(release, k->release)) {
			best = k;
		}
	}
	if (best)
		return best;
	if (unnamed_count == 1)
		return unnamed;
	describe(kernels, &found);
	log_fail(-ENOENT, "%s: no kernel image%s%s; kernels found: %s", dir,
		 release	 ? " of release "
		 : unnamed_count ? " that stands out (name it by --kernel)"
				 : "",
		 release ? release : "", found.data ? found.data : "");
	return NULL;
}

/* What stands at p, as a rank: a pre-release is before the end, the end before everything else. */
static int rank(const char *p)
{
	if (!strncmp(p, "-rc", 3) || *p == '~')
		return -1;
	return *p ? 1 + (unsigned char)*p : 0;
}

/* Digit runs by value: without leading zeros the longer is the greater. */
static int compare_numbers(const char **a, const char **b)
{
	size_t x, y;
	int order;

	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	x = strspn(*a, "0123456789");
	y = strspn(*b, "0123456789");
	order = x != y ? (x > y ? 1 : -1) : strncmp(*a, *b, x);
	*a += x;
	*b += y;
	return order;
}

int kernel_release_compare(const char *a, const char *b)
{
	while (*a || *b) {
		int order;

		if (*a >= '0' && *a <= '9' && *b >= '0' && *b <= '9')
			order = compare_numbers(&a, &b);
		else
			order = rank(a++) - rank(b++);
		if (order)
			return order;
	}
	return 0;
}
