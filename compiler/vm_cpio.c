// SPDX-License-Identifier: BSD-2-Clause
/* Records of a cpio archive. Knows nothing of what is in them. */
#include "compiler/vm_cpio.h"

#include <string.h>
#include <sys/stat.h>

#define ALIGNMENT 4

struct entry {
	const char *name;
	unsigned int mode;
	unsigned int major, minor; /* of a device */
	const void *data;
	size_t len;
};

static void align(struct buf *out, size_t start)
{
	static const char zeros[ALIGNMENT];
	size_t over = (out->len - start) % ALIGNMENT;

	if (over)
		buf_append(out, zeros, ALIGNMENT - over);
}

static void append(struct buf *out, const struct entry *e)
{
	size_t start = out->len;
	/* magic, inode, mode, uid, gid, links, time, size, device, device of the node, name's size, no checksum */
	static const char header[] = "070701"
				     "%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x";

	buf_printf(out, header, 0, e->mode, 0, 0, 1, 0, e->len, 0, 0, e->major, e->minor,
		   strlen(e->name) + 1, 0);
	buf_append(out, e->name, strlen(e->name) + 1);
	align(out, start);
	if (e->len)
		buf_append(out, e->data, e->len);
	align(out, start);
}

void cpio_directory(struct buf *out, const char *name)
{
	append(out, &(struct entry){ .name = name, .mode = S_IFDIR | 0755 });
}

void cpio_character_device(struct buf *out, const char *name, unsigned int major,
			   unsigned int minor)
{
	append(out, &(struct entry){
			    .name = name, .mode = S_IFCHR | 0600, .major = major, .minor = minor });
}

void cpio_file(struct buf *out, const char *name, unsigned int permissions, const void *data,
	       size_t len)
{
	append(out,
	       &(struct entry){
		       .name = name, .mode = S_IFREG | permissions, .data = data, .len = len });
}

void cpio_end(struct buf *out)
{
	append(out, &(struct entry){ .name = "TRAILER!!!" });
}
