// SPDX-License-Identifier: BSD-2-Clause
/* Walks .BTF.ext of an object; libbpf reads it, and 1.1 shows it to nobody (declares what it does not export). */
#include "compiler/verify_lines.h"

#include <bpf/btf.h>
#include <fcntl.h>
#include <gelf.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"

#define SECTION ".BTF.ext"
#define LINE_SHIFT 10 /* of bpf_line_info.line_col: the line; below it the column */

DEFINE_CLEANUP(btf, struct btf *, btf__free)
DEFINE_CLEANUP(elf, Elf *, elf_end)

/* The head of .BTF.ext as the kernel documents it; libbpf's own declaration is private. */
struct ext_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len;
	uint32_t func_info_off, func_info_len;
	uint32_t line_info_off, line_info_len;
};

/* What is searched for, and what was found. */
struct search {
	const struct btf *btf;
	const char *text;
	const char *file; /* borrowed from btf; NULL: nowhere yet */
	unsigned int line;
	bool ambiguous;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void look_at(struct search *s, const struct bpf_line_info *info)
{
	const char *text = btf__name_by_offset(s->btf, info->line_off);
	const char *file = btf__name_by_offset(s->btf, info->file_name_off);
	unsigned int line = info->line_col >> LINE_SHIFT;

	if (!text || !file || strcmp(text + strspn(text, " \t"), s->text) != 0)
		return;
	s->ambiguous |= s->file && (s->line != line || strcmp(s->file, file) != 0);
	s->file = file;
	s->line = line;
}

/* Sections of records: { name, count, records }. */
static void walk(struct search *s, const unsigned char *data, size_t len, uint32_t record_size)
{
	struct btf_section {
		uint32_t name, count;
	} section;
	struct bpf_line_info info;

	while (len >= sizeof(section)) {
		memcpy(&section, data, sizeof(section));
		data += sizeof(section);
		len -= sizeof(section);
		for (uint32_t i = 0; i < section.count; i++) {
			if (len < record_size)
				return;
			memcpy(&info, data, sizeof(info));
			look_at(s, &info);
			data += record_size;
			len -= record_size;
		}
	}
}

static void search_lines(struct search *s, const unsigned char *raw, size_t size)
{
	struct ext_header header;
	uint32_t record_size;
	size_t at;

	if (size < sizeof(header))
		return;
	memcpy(&header, raw, sizeof(header));
	at = (size_t)header.hdr_len + header.line_info_off;
	if (header.line_info_len < sizeof(record_size) || at > size ||
	    header.line_info_len > size - at)
		return;
	memcpy(&record_size, raw + at, sizeof(record_size));
	if (record_size < sizeof(struct bpf_line_info))
		return;
	walk(s, raw + at + sizeof(record_size), header.line_info_len - sizeof(record_size),
	     record_size);
}

/* "text @ file:line" becomes "file:line: text". */
static bool move_place(char *quoted, size_t size)
{
	char *at = NULL, *text = quoted;
	char moved[512];

	for (char *p = quoted; (p = strstr(p, " @ ")); p++)
		at = p;
	if (!at || !strchr(at, ':') || strchr(at + 3, ' '))
		return false;
	*at = '\0';
	snprintf(moved, sizeof(moved), "%s: %s", base_name(at + 3), text);
	snprintf(quoted, size, "%s", moved);
	return true;
}

/* Searches .BTF.ext of an object. */
static void search_object(struct search *s, const char *object)
{
	_cleanup_close_ int fd = open(object, O_RDONLY | O_CLOEXEC);
	_cleanup_(elf) Elf *elf = NULL;
	size_t names;

	elf_version(EV_CURRENT);
	elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_getshdrstrndx(elf, &names))
		return;
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
		GElf_Shdr header;
		const char *name =
			gelf_getshdr(scn, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
		const Elf_Data *data =
			name && !strcmp(name, SECTION) ? elf_getdata(scn, NULL) : NULL;

		if (data && data->d_buf)
			search_lines(s, data->d_buf, data->d_size);
	}
}

void verify_lines_place(const char *object, char *quoted, size_t size)
{
	_cleanup_(btf) struct btf *btf = NULL;
	struct search s = { .text = quoted };
	char placed[512];

	if (!*quoted || move_place(quoted, size))
		return;
	btf = btf__parse(object, NULL);
	if (!btf)
		return;
	s.btf = btf;
	search_object(&s, object);
	if (!s.file || s.ambiguous)
		return;
	snprintf(placed, sizeof(placed), "%s:%u: %s", base_name(s.file), s.line, quoted);
	snprintf(quoted, size, "%s", placed);
}
