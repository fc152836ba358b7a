// SPDX-License-Identifier: BSD-2-Clause
/* Externs from the object's BTF and symbols, relocations from .BTF.ext; layouts: Documentation/bpf/btf.rst. */
#include "probe/needs_externs.h"

#include <bpf/btf.h>
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "probe/bpf_uapi.h"

DEFINE_CLEANUP(elf, Elf *, elf_end)
DEFINE_CLEANUP(btf, struct btf *, btf__free)

/* Head of .BTF.ext; older objects end before core_relo_off, as header_len says. */
struct btf_ext_head {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t header_len;
	uint32_t func_info_off, func_info_len;
	uint32_t line_info_off, line_info_len;
	uint32_t core_relo_off, core_relo_len;
};

static int need_btf(struct object_needs *out)
{
	return need_add(out, (struct need){ .kind = NEED_BTF });
}

/* First section of a type, and of a name unless that is NULL; NULL when there is none. */
static Elf_Data *section_find(Elf *elf, unsigned int type, const char *name, GElf_Shdr *header)
{
	Elf_Scn *scn = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *found;

		if (!gelf_getshdr(scn, header) || header->sh_type != type)
			continue;
		found = elf_strptr(elf, names, header->sh_name);
		if (!name || (found && !strcmp(found, name)))
			return elf_getdata(scn, NULL);
	}
	return NULL;
}

/* A weak extern is the program's own question to the kernel: it loads either way. */
static bool is_weak(Elf *elf, const char *name)
{
	GElf_Shdr header;
	Elf_Data *symbols = section_find(elf, SHT_SYMTAB, NULL, &header);
	GElf_Sym symbol;

	for (int i = 0; symbols && gelf_getsym(symbols, i, &symbol); i++) {
		const char *found = elf_strptr(elf, header.sh_link, symbol.st_name);

		if (found && !strcmp(found, name))
			return GELF_ST_BIND(symbol.st_info) == STB_WEAK;
	}
	return false;
}

static int add_kfunc(struct object_needs *out, const char *name)
{
	struct need need = { .kind = NEED_KFUNC };

	if (!*name || strlen(name) >= sizeof(need.name))
		return -EINVAL;
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p > '~')
			return -EINVAL;
	snprintf(need.name, sizeof(need.name), "%s", name);
	return need_add(out, need) ?: need_btf(out);
}

static int add_extern(struct object_needs *out, const struct btf *btf, Elf *elf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const char *name = t ? btf__name_by_offset(btf, t->name_off) : NULL;

	if (!name)
		return -EINVAL;
	if (is_weak(elf, name))
		return 0;
	if (btf_is_func(t))
		return add_kfunc(out, name);
	/* Without a type it is an address, which /proc/kallsyms gives. */
	return btf_is_var(t) && t->type ? need_btf(out) : 0;
}

/* Not from libbpf's object: opening it has put variables in the place of functions. */
static int add_ksyms(struct object_needs *out, Elf *elf)
{
	_cleanup_(btf) struct btf *btf = NULL;
	const struct btf_var_secinfo *var;
	const struct btf_type *t;
	GElf_Shdr header;
	Elf_Data *data = section_find(elf, SHT_PROGBITS, ".BTF", &header);
	int32_t section;
	int err = 0;

	if (!data || !data->d_buf)
		return 0;
	btf = btf__new(data->d_buf, (uint32_t)data->d_size);
	if (!btf)
		return -EINVAL;
	section = btf__find_by_name_kind(btf, ".ksyms", BTF_KIND_DATASEC);
	if (section <= 0)
		return 0;
	t = btf__type_by_id(btf, (uint32_t)section);
	var = btf_var_secinfos(t);
	for (uint32_t i = 0; i < btf_vlen(t) && !err; i++)
		err = add_extern(out, btf, elf, var[i].type);
	return err;
}

static int add_relocations(struct object_needs *out, Elf *elf)
{
	GElf_Shdr header;
	Elf_Data *data = section_find(elf, SHT_PROGBITS, ".BTF.ext", &header);
	struct btf_ext_head head;

	if (!data || !data->d_buf || data->d_size < sizeof(head))
		return 0;
	memcpy(&head, data->d_buf, sizeof(head));
	return head.header_len >= sizeof(head) && head.core_relo_len ? need_btf(out) : 0;
}

/* These are loaded with the BTF id of a kernel function or struct. */
static int add_targets(struct object_needs *out)
{
	int err = 0;

	for (size_t i = 0; i < out->program_count && !err; i++) {
		unsigned int type = out->programs[i].prog_type;

		if (type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_LSM ||
		    type == BPF_PROG_TYPE_STRUCT_OPS)
			err = need_btf(out);
	}
	return err;
}

int needs_add_externs(struct object_needs *out, char *image, size_t len)
{
	_cleanup_(elf) Elf *elf = elf_memory(image, len);
	int err;

	if (!elf)
		return -EINVAL;
	err = add_ksyms(out, elf);
	err = err ?: add_relocations(out, elf);
	return err ?: add_targets(out);
}
