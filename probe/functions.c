// SPDX-License-Identifier: BSD-2-Clause
/* Symbols say where functions are, relocations which instruction refers to which. */
#include "probe/functions.h"

#include <errno.h>
#include <gelf.h>
#include <string.h>

#include "probe/bpf_uapi.h"

#define INSN_SIZE sizeof(struct bpf_insn)

static int place_compare(const struct code_place *a, const struct code_place *b)
{
	if (a->section != b->section)
		return a->section < b->section ? -1 : 1;
	return a->insn < b->insn ? -1 : a->insn > b->insn;
}

static int function_compare(const void *a, const void *b)
{
	return place_compare(&((const struct function *)a)->start,
			     &((const struct function *)b)->start);
}

static int reference_compare(const void *a, const void *b)
{
	return place_compare(&((const struct code_reference *)a)->from,
			     &((const struct code_reference *)b)->from);
}

/* Of a place and a function: 0 when the place is in the function. */
static int place_in_function(const void *key, const void *element)
{
	const struct code_place *place = key;
	const struct function *function = element;

	if (place->section == function->start.section && place->insn >= function->start.insn &&
	    place->insn - function->start.insn < function->insn_count)
		return 0;
	return place_compare(place, &function->start);
}

static int place_of_reference(const void *key, const void *element)
{
	return place_compare(key, &((const struct code_reference *)element)->from);
}

/* A section of instructions, with its header; NULL for any other index. */
static Elf_Scn *code_section(Elf *elf, size_t index, GElf_Shdr *header)
{
	Elf_Scn *scn = elf_getscn(elf, index);

	if (!scn || !gelf_getshdr(scn, header) || header->sh_type != SHT_PROGBITS ||
	    !(header->sh_flags & SHF_EXECINSTR))
		return NULL;
	return scn;
}

static Elf_Data *symbol_table(Elf *elf, GElf_Shdr *header)
{
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
		if (gelf_getshdr(scn, header) && header->sh_type == SHT_SYMTAB)
			return elf_getdata(scn, NULL);
	}
	return NULL;
}

/* Nothing for a symbol that is no function of the object. */
static int add_function(struct functions *f, const GElf_Sym *symbol, size_t strings)
{
	struct function *function = &f->items[f->count];
	size_t section_names;
	GElf_Shdr header;
	Elf_Scn *scn = GELF_ST_TYPE(symbol->st_info) == STT_FUNC
			       ? code_section(f->elf, symbol->st_shndx, &header)
			       : NULL;
	Elf_Data *code;

	if (!scn)
		return 0;
	code = elf_getdata(scn, NULL);
	if (!code || !code->d_buf || elf_getshdrstrndx(f->elf, &section_names) ||
	    !symbol->st_size || symbol->st_size % INSN_SIZE || symbol->st_value % INSN_SIZE ||
	    symbol->st_value > code->d_size || symbol->st_size > code->d_size - symbol->st_value)
		return -EINVAL;
	*function = (struct function){
		.start = { symbol->st_shndx, symbol->st_value / INSN_SIZE },
		.name = elf_strptr(f->elf, strings, symbol->st_name),
		.section = elf_strptr(f->elf, section_names, header.sh_name),
		.insns = (const char *)code->d_buf + symbol->st_value,
		.insn_count = symbol->st_size / INSN_SIZE,
	};
	if (!function->name || !function->section)
		return -EINVAL;
	f->count++;
	return 0;
}

static int add_functions(struct functions *f, Elf_Data *symbols, const GElf_Shdr *header)
{
	size_t count = symbols->d_size / sizeof(Elf64_Sym);
	GElf_Sym symbol;
	int err = 0;

	f->items = calloc(count + 1, sizeof(*f->items));
	f->reached = calloc(count + 1, sizeof(*f->reached));
	if (!f->items || !f->reached)
		return -ENOMEM;
	for (size_t i = 0; i < count && !err; i++)
		err = gelf_getsym(symbols, (int)i, &symbol)
			      ? add_function(f, &symbol, header->sh_link)
			      : -EINVAL;
	qsort(f->items, f->count, sizeof(*f->items), function_compare);
	return err;
}

/* Nothing for a relocation that refers to data: a map, a constant. */
static int add_reference(struct functions *f, size_t section, const GElf_Rel *relocation,
			 Elf_Data *symbols)
{
	GElf_Shdr header;
	GElf_Sym symbol;

	if (!gelf_getsym(symbols, (int)GELF_R_SYM(relocation->r_info), &symbol))
		return -EINVAL;
	if (symbol.st_shndx != SHN_UNDEF && !code_section(f->elf, symbol.st_shndx, &header))
		return 0;
	if (symbol.st_value % INSN_SIZE || relocation->r_offset % INSN_SIZE)
		return -EINVAL;
	f->references[f->reference_count++] = (struct code_reference){
		.from = { section, relocation->r_offset / INSN_SIZE },
		.base = { symbol.st_shndx, symbol.st_value / INSN_SIZE },
		.is_outside = symbol.st_shndx == SHN_UNDEF,
	};
	return 0;
}

static int add_section_references(struct functions *f, size_t section, Elf_Data *relocations,
				  Elf_Data *symbols)
{
	size_t count = relocations->d_size / sizeof(Elf64_Rel);
	struct code_reference *bigger =
		realloc(f->references, (f->reference_count + count + 1) * sizeof(*f->references));
	GElf_Rel relocation;
	int err = 0;

	if (!bigger)
		return -ENOMEM;
	f->references = bigger;
	for (size_t i = 0; i < count && !err; i++)
		err = gelf_getrel(relocations, (int)i, &relocation)
			      ? add_reference(f, section, &relocation, symbols)
			      : -EINVAL;
	return err;
}

static int add_references(struct functions *f, Elf_Data *symbols)
{
	int err = 0;

	for (Elf_Scn *scn = NULL; !err && (scn = elf_nextscn(f->elf, scn));) {
		GElf_Shdr header, code;
		Elf_Data *data;

		if (!gelf_getshdr(scn, &header) || header.sh_type != SHT_REL ||
		    !code_section(f->elf, header.sh_info, &code))
			continue;
		data = elf_getdata(scn, NULL);
		err = data ? add_section_references(f, header.sh_info, data, symbols) : -EINVAL;
	}
	if (f->reference_count)
		qsort(f->references, f->reference_count, sizeof(*f->references), reference_compare);
	return err;
}

int functions_read(char *image, size_t len, struct functions *out)
{
	GElf_Shdr header;
	Elf_Data *symbols;
	int err;

	*out = (struct functions){ .elf = elf_memory(image, len) };
	symbols = out->elf ? symbol_table(out->elf, &header) : NULL;
	if (!symbols)
		return -EINVAL;
	err = add_functions(out, symbols, &header);
	return err ?: add_references(out, symbols);
}

void functions_fini(struct functions *f)
{
	free(f->items);
	free(f->references);
	free(f->reached);
	elf_end(f->elf);
	*f = (struct functions){ 0 };
}

/* An instruction counts from the symbol that it is relocated by; a call without one, from its own place. */
static int reach_place(struct functions *f, struct code_place place, int64_t offset)
{
	struct function *function;

	place.insn += (uint64_t)offset;
	function =
		f->count ? bsearch(&place, f->items, f->count, sizeof(*f->items), place_in_function)
			 : NULL;
	if (!function)
		return -EINVAL;
	if (!function->is_reached) {
		function->is_reached = true;
		f->reached[f->reached_count++] = function;
	}
	return 0;
}

static int follow(struct functions *f, struct code_place from, const struct bpf_insn *insn)
{
	const struct code_reference *reference;
	bool is_call = insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
	bool is_load = insn->code == (BPF_LD | BPF_IMM | BPF_DW);

	if (!is_call && !is_load)
		return 0;
	reference = f->reference_count ? bsearch(&from, f->references, f->reference_count,
						 sizeof(*f->references), place_of_reference)
				       : NULL;
	if (reference && reference->is_outside)
		return 0;
	if (is_call)
		return reach_place(f, reference ? reference->base : from, (int64_t)insn->imm + 1);
	return reference ? reach_place(f, reference->base, insn->imm / (int64_t)INSN_SIZE) : 0;
}

static int follow_all(struct functions *f, const struct function *function)
{
	struct code_place from = function->start;
	const char *bytes = function->insns;
	int err = 0;

	for (size_t i = 0; i < function->insn_count && !err; i++, from.insn++) {
		struct bpf_insn insn;

		memcpy(&insn, bytes + i * INSN_SIZE, sizeof(insn));
		err = follow(f, from, &insn);
	}
	return err;
}

static struct function *find_program(struct functions *f, const char *section, const char *name)
{
	for (size_t i = 0; i < f->count; i++) {
		if (!strcmp(f->items[i].name, name) && !strcmp(f->items[i].section, section))
			return &f->items[i];
	}
	return NULL;
}

int functions_reach(struct functions *f, const char *section, const char *name)
{
	struct function *program = find_program(f, section, name);
	size_t insns = 0;
	int err = 0;

	for (size_t i = 0; i < f->count; i++)
		f->items[i].is_reached = false;
	f->reached_count = 0;
	if (!program)
		return -EINVAL;
	program->is_reached = true;
	f->reached[f->reached_count++] = program;
	for (size_t i = 0; i < f->reached_count && !err; i++) {
		insns += f->reached[i]->insn_count;
		err = insns > FUNCTIONS_MAX_INSNS ? -E2BIG : follow_all(f, f->reached[i]);
	}
	return err;
}
