// SPDX-License-Identifier: BSD-2-Clause
/*
 * ELF header and BTF references of an object. What the programs in it do is the verifier's
 * business.
 */
#include "probe/object_check.h"

#include <bpf/btf.h>
#include <errno.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/cleanup.h"

#define MAX_CHAIN 32 /* modifiers, typedefs and array dimensions on top of each other */
#define MAX_BTF_TYPES (1u << 20)

DEFINE_CLEANUP(elf, Elf *, elf_end)
DEFINE_CLEANUP(btf, struct btf *, btf__free)

/* For one type: may the ids and names in it be followed? */
static bool id_ok(const struct btf *btf, uint32_t id)
{
	return id < btf__type_cnt(btf);
}

static bool name_ok(const struct btf *btf, uint32_t offset)
{
	return btf__str_by_offset(btf, offset) != NULL;
}

static bool members_ok(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_member *m = btf_members(t);

	for (unsigned int i = 0; i < btf_vlen(t); i++, m++) {
		if (!id_ok(btf, m->type) || !name_ok(btf, m->name_off))
			return false;
	}
	return true;
}

static bool params_ok(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_param *p = btf_params(t);

	for (unsigned int i = 0; i < btf_vlen(t); i++, p++) {
		if (!id_ok(btf, p->type) || !name_ok(btf, p->name_off))
			return false;
	}
	return id_ok(btf, t->type);
}

static bool variables_ok(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_var_secinfo *v = btf_var_secinfos(t);

	for (unsigned int i = 0; i < btf_vlen(t); i++, v++) {
		if (!id_ok(btf, v->type))
			return false;
	}
	return true;
}

static bool enumerators_ok(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_enum *e = btf_enum(t);

	for (unsigned int i = 0; i < btf_vlen(t); i++, e++) {
		if (!name_ok(btf, e->name_off))
			return false;
	}
	return true;
}

static bool enumerators64_ok(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_enum64 *e = btf_enum64(t);

	for (unsigned int i = 0; i < btf_vlen(t); i++, e++) {
		if (!name_ok(btf, e->name_off))
			return false;
	}
	return true;
}

static bool references_ok(const struct btf *btf, const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
	case BTF_KIND_TYPE_TAG:
		return id_ok(btf, t->type);
	case BTF_KIND_ARRAY:
		return id_ok(btf, btf_array(t)->type) && id_ok(btf, btf_array(t)->index_type);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return members_ok(btf, t);
	case BTF_KIND_FUNC_PROTO:
		return params_ok(btf, t);
	case BTF_KIND_DATASEC:
		return variables_ok(btf, t);
	case BTF_KIND_ENUM:
		return enumerators_ok(btf, t);
	case BTF_KIND_ENUM64:
		return enumerators64_ok(btf, t);
	default:
		return true;
	}
}

/*
 * Ends within MAX_CHAIN at a type that stands for itself. All references have been found good
 * before.
 */
static bool chain_ends(const struct btf *btf, uint32_t id)
{
	for (int depth = 0; depth < MAX_CHAIN; depth++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (btf_is_mod(t) || btf_is_typedef(t))
			id = t->type;
		else if (btf_is_array(t))
			id = btf_array(t)->type;
		else
			return true;
	}
	return false;
}

static int types_check(const Elf_Data *data)
{
	_cleanup_(btf) struct btf *btf = NULL;
	uint32_t count;

	if (!data || !data->d_buf || data->d_size > UINT32_MAX)
		return -EINVAL;
	btf = btf__new(data->d_buf, (uint32_t)data->d_size);
	if (!btf)
		return -EINVAL;
	count = btf__type_cnt(btf);
	if (count > MAX_BTF_TYPES)
		return -EINVAL;
	for (uint32_t id = 1; id < count; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);

		if (!name_ok(btf, t->name_off) || !references_ok(btf, t))
			return -EINVAL;
	}
	for (uint32_t id = 1; id < count; id++) {
		if (!chain_ends(btf, id))
			return -EINVAL;
	}
	return 0;
}

static bool header_ok(Elf *elf)
{
	const unsigned char host =
		(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) ? ELFDATA2LSB : ELFDATA2MSB;
	GElf_Ehdr h;

	return elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &h) && h.e_type == ET_REL &&
	       h.e_machine == EM_BPF && h.e_ident[EI_CLASS] == ELFCLASS64 &&
	       h.e_ident[EI_DATA] == host;
}

int object_check(char *image, size_t len)
{
	_cleanup_(elf) Elf *elf = NULL;
	Elf_Scn *scn = NULL;
	size_t names;
	int err = 0;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return -EINVAL;
	elf = elf_memory(image, len);
	if (!elf || !header_ok(elf) || elf_getshdrstrndx(elf, &names))
		return -EINVAL;
	while (!err && (scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;
		const char *name;

		if (!gelf_getshdr(scn, &header))
			return -EINVAL;
		name = elf_strptr(elf, names, header.sh_name);
		if (!name)
			return -EINVAL;
		if (!strcmp(name, ".BTF"))
			err = types_check(elf_getdata(scn, NULL));
	}
	return err;
}
