// SPDX-License-Identifier: BSD-2-Clause
/* Walks the type section of a BTF blob once, and keeps the names of five enums. */
#include "probe/kernel_enums.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"

#define NAMES_MAX (1u << 20) /* bytes per enum; the kernel's largest takes 6 KiB */

/* prefix "": whatever the others do not claim. Order is that of enum kernel_enum. */
static const struct {
	const char *name;
	const char *prefix;
} wanted[] = {
	{ "bpf_func_id", "BPF_FUNC_" },	     { "bpf_prog_type", "BPF_PROG_TYPE_" },
	{ "bpf_map_type", "BPF_MAP_TYPE_" }, { "xfrm_attr_type_t", "XFRMA_" },
	{ "bpf_attach_type", "" },
};
_Static_assert(ARRAY_SIZE(wanted) == KERNEL_ENUM__COUNT, "one row per enum");

struct blob {
	const unsigned char *types;
	size_t types_len;
	const char *strings;
	size_t strings_len;
};

static int blob_open(const void *data, size_t len, struct blob *out)
{
	const unsigned char *bytes = data;
	struct btf_header h;
	size_t body;

	if (len < sizeof(h))
		return -EINVAL;
	memcpy(&h, bytes, sizeof(h));
	if (h.magic != BTF_MAGIC || h.version != BTF_VERSION || h.hdr_len < sizeof(h) ||
	    h.hdr_len > len)
		return -EINVAL;
	body = len - h.hdr_len;
	if (h.type_off > body || h.type_len > body - h.type_off || h.str_off > body ||
	    h.str_len > body - h.str_off || !h.str_len)
		return -EINVAL;
	*out = (struct blob){
		.types = bytes + h.hdr_len + h.type_off,
		.types_len = h.type_len,
		.strings = (const char *)bytes + h.hdr_len + h.str_off,
		.strings_len = h.str_len,
	};
	/* With the last byte NUL, every offset inside the section starts a terminated string. */
	return out->strings[out->strings_len - 1] ? -EINVAL : 0;
}

static const char *blob_string(const struct blob *b, uint32_t offset)
{
	return offset < b->strings_len ? b->strings + offset : NULL;
}

/* Bytes that follow a struct btf_type, or -EINVAL for a kind whose size we do not know. */
static ssize_t members_size(uint32_t info)
{
	size_t vlen = BTF_INFO_VLEN(info);

	switch (BTF_INFO_KIND(info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
		return sizeof(uint32_t);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return (ssize_t)(vlen * sizeof(struct btf_member));
	case BTF_KIND_ENUM:
		return (ssize_t)(vlen * sizeof(struct btf_enum));
	case BTF_KIND_ENUM64:
		return (ssize_t)(vlen * sizeof(struct btf_enum64));
	case BTF_KIND_FUNC_PROTO:
		return (ssize_t)(vlen * sizeof(struct btf_param));
	case BTF_KIND_VAR:
		return sizeof(struct btf_var);
	case BTF_KIND_DATASEC:
		return (ssize_t)(vlen * sizeof(struct btf_var_secinfo));
	case BTF_KIND_DECL_TAG:
		return sizeof(struct btf_decl_tag);
	default:
		return -EINVAL;
	}
}

static struct buf *wanted_enum(const struct blob *b, const struct btf_type *type,
			       struct kernel_enums *out)
{
	const char *name = blob_string(b, type->name_off);

	if (!name || BTF_INFO_KIND(type->info) != BTF_KIND_ENUM)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (!strcmp(name, wanted[i].name))
			return &out->names[i];
	}
	return NULL;
}

static int enumerators_keep(const struct blob *b, const unsigned char *members, size_t count,
			    struct buf *names)
{
	for (size_t i = 0; i < count; i++) {
		struct btf_enum member;
		const char *name;

		memcpy(&member, members + i * sizeof(member), sizeof(member));
		name = blob_string(b, member.name_off);
		if (!name)
			return -EINVAL;
		if (strlen(name) > NAMES_MAX - names->len - 1)
			return -E2BIG;
		buf_append(names, name, strlen(name) + 1);
	}
	return names->err;
}

/* One type after the other. */
struct walk {
	struct blob blob;
	size_t at; /* of the next type */
	struct btf_type type;
	const unsigned char *members; /* of type */
};

/* 1 with the next type, 0 at the end, -EINVAL. */
static int walk_next(struct walk *w)
{
	const struct blob *b = &w->blob;
	ssize_t members;

	if (w->at >= b->types_len)
		return 0;
	if (b->types_len - w->at < sizeof(w->type))
		return -EINVAL;
	memcpy(&w->type, b->types + w->at, sizeof(w->type));
	w->at += sizeof(w->type);
	members = members_size(w->type.info);
	if (members < 0 || (size_t)members > b->types_len - w->at)
		return -EINVAL;
	w->members = b->types + w->at;
	w->at += (size_t)members;
	return 1;
}

int kernel_enums_parse(const void *data, size_t len, struct kernel_enums *out)
{
	struct walk w = { 0 };
	int err;

	*out = (struct kernel_enums){ 0 };
	err = blob_open(data, len, &w.blob);
	while (!err && (err = walk_next(&w)) > 0) {
		struct buf *names = wanted_enum(&w.blob, &w.type, out);

		err = names ? enumerators_keep(&w.blob, w.members, BTF_INFO_VLEN(w.type.info),
					       names)
			    : 0;
	}
	return err;
}

size_t kernel_btf_size(const void *data, size_t len)
{
	size_t types_end, strings_end;
	struct btf_header h;

	if (len < sizeof(h))
		return 0;
	memcpy(&h, data, sizeof(h));
	if (h.magic != BTF_MAGIC || h.version != BTF_VERSION || h.hdr_len != sizeof(h))
		return 0;
	types_end = (size_t)h.type_off + h.type_len;
	strings_end = (size_t)h.str_off + h.str_len;
	return sizeof(h) + (types_end > strings_end ? types_end : strings_end);
}

int kernel_functions_find(const void *data, size_t len, const char *const *names, size_t count,
			  bool *found)
{
	struct walk w = { 0 };
	int err;

	memset(found, 0, count * sizeof(*found));
	err = blob_open(data, len, &w.blob);
	while (!err && (err = walk_next(&w)) > 0) {
		const char *name = blob_string(&w.blob, w.type.name_off);

		err = 0;
		if (!name || BTF_INFO_KIND(w.type.info) != BTF_KIND_FUNC)
			continue;
		for (size_t i = 0; i < count; i++)
			found[i] = found[i] || !strcmp(name, names[i]);
	}
	return err;
}

int kernel_enums_read(const char *path, struct kernel_enums *out)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *data = NULL;
	struct stat st;
	size_t len;
	void *map;
	int err;

	*out = (struct kernel_enums){ 0 };
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > (off_t)KERNEL_ENUMS_MAX_BTF)
		return -EFBIG;
	/*
	 * sysfs maps it since 6.16, which is several times faster than copying it out page by page.
	 */
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map != MAP_FAILED) {
		err = kernel_enums_parse(map, (size_t)st.st_size, out);
		munmap(map, (size_t)st.st_size);
		return err;
	}
	err = file_read(path, KERNEL_ENUMS_MAX_BTF, &data, &len);
	return err ? err : kernel_enums_parse(data, len, out);
}

int kernel_enums_has(const struct kernel_enums *enums, const char *enumerator)
{
	const struct buf *names;
	const char *end;
	size_t i = 0;

	while (strncmp(enumerator, wanted[i].prefix, strlen(wanted[i].prefix)))
		i++;
	names = &enums->names[i];
	if (!names->len)
		return -ENODATA;
	end = names->data + names->len;
	for (const char *p = names->data; p < end; p += strlen(p) + 1) {
		if (!strcmp(p, enumerator))
			return 1;
	}
	return 0;
}

void kernel_enums_fini(struct kernel_enums *enums)
{
	for (size_t i = 0; i < KERNEL_ENUM__COUNT; i++)
		buf_fini(&enums->names[i]);
}
