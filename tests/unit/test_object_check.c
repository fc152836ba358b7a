// SPDX-License-Identifier: BSD-2-Clause
/* Objects whose BTF would lead libbpf astray, made with libelf and libbpf's BTF writer. */
#include "probe/object_check.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"

DEFINE_CLEANUP(btf, struct btf *, btf__free)

static const char section_names[] = "\0.BTF\0.shstrtab";
#define NAME_BTF 1
#define NAME_SHSTRTAB 6

static void add_section(Elf *elf, uint32_t name, uint32_t type, const void *bytes, size_t len)
{
	Elf_Scn *scn = elf_newscn(elf);
	Elf_Data *data = elf_newdata(scn);
	Elf64_Shdr *header = elf64_getshdr(scn);

	data->d_buf = (void *)bytes;
	data->d_size = len;
	data->d_align = 8;
	data->d_version = EV_CURRENT;
	header->sh_name = name;
	header->sh_type = type;
}

/* The caller frees it. */
static char *make_elf(const void *btf, size_t btf_len, unsigned int machine, size_t *len)
{
	_cleanup_close_ int fd = memfd_create("object", MFD_CLOEXEC);
	Elf64_Ehdr *header;
	char *image;
	Elf *elf;

	assert_true(fd >= 0);
	assert_int_not_equal(elf_version(EV_CURRENT), EV_NONE);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	assert_non_null(elf);
	header = elf64_newehdr(elf);
	header->e_ident[EI_DATA] = ELFDATA2LSB;
	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		header->e_ident[EI_DATA] = ELFDATA2MSB;
	header->e_type = ET_REL;
	header->e_machine = (Elf64_Half)machine;
	header->e_version = EV_CURRENT;
	header->e_shstrndx = 2;
	add_section(elf, NAME_BTF, SHT_PROGBITS, btf, btf_len);
	add_section(elf, NAME_SHSTRTAB, SHT_STRTAB, section_names, sizeof(section_names));
	*len = (size_t)elf_update(elf, ELF_C_WRITE);
	elf_end(elf);
	image = malloc(*len);
	assert_non_null(image);
	assert_int_equal(pread(fd, image, *len, 0), *len);
	return image;
}

static int check_machine(struct btf *btf, unsigned int machine)
{
	_cleanup_free_ char *image = NULL;
	const void *raw;
	uint32_t size;
	size_t len;

	raw = btf__raw_data(btf, &size);
	assert_non_null(raw);
	image = make_elf(raw, size, machine, &len);
	return object_check(image, len);
}

static int check(struct btf *btf)
{
	return check_machine(btf, EM_BPF);
}

/* Type 1 is an int, type 2 a pointer to it. */
static struct btf *make_btf(void)
{
	struct btf *btf = btf__new_empty();

	assert_non_null(btf);
	assert_int_equal(btf__add_int(btf, "int", 4, BTF_INT_SIGNED), 1);
	assert_int_equal(btf__add_ptr(btf, 1), 2);
	return btf;
}

static void coherent_btf_passes(void **state)
{
	_cleanup_(btf) struct btf *btf = make_btf();

	(void)state;
	btf__add_struct(btf, "list", 8);
	btf__add_field(btf, "next", 4, 0, 0);
	btf__add_ptr(btf, 3); /* list -> pointer -> list is a circle that C has */
	assert_int_equal(check(btf), 0);
}

static void a_type_beyond_the_last_is_refused(void **state)
{
	(void)state;
	for (int kind = 0; kind < 6; kind++) {
		_cleanup_(btf) struct btf *btf = make_btf();

		if (kind == 0)
			btf__add_ptr(btf, 99);
		else if (kind == 1)
			btf__add_array(btf, 99, 1, 1);
		else if (kind == 2)
			btf__add_array(btf, 1, 99, 1);
		else if (kind == 3)
			btf__add_func_proto(btf, 99);
		else if (kind == 4)
			btf__add_var(btf, "v", BTF_VAR_STATIC, 99);
		else
			btf__add_typedef(btf, "t", 99);
		assert_int_equal(check(btf), -EINVAL);
	}
}

static void a_member_or_parameter_beyond_the_last_is_refused(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		_cleanup_(btf) struct btf *btf = make_btf();

		if (kind == 0) {
			btf__add_struct(btf, "s", 4);
			btf__add_field(btf, "a", 99, 0, 0);
		} else if (kind == 1) {
			btf__add_func_proto(btf, 1);
			btf__add_func_param(btf, "p", 99);
		} else {
			btf__add_datasec(btf, ".maps", 4);
			btf__add_datasec_var_info(btf, 99, 0, 4);
		}
		assert_int_equal(check(btf), -EINVAL);
	}
}

static void circular_types_are_refused(void **state)
{
	_cleanup_(btf) struct btf *typedefs = make_btf(), *arrays = make_btf();

	(void)state;
	btf__add_typedef(typedefs, "a", 4);
	btf__add_const(typedefs, 3);
	assert_int_equal(check(typedefs), -EINVAL);
	btf__add_array(arrays, 1, 3, 1);
	assert_int_equal(check(arrays), -EINVAL);
}

static void names_outside_the_strings_are_refused(void **state)
{
	_cleanup_(btf) struct btf *btf = make_btf();

	(void)state;
	btf__add_enum(btf, "e", 4);
	btf__add_enum_value(btf, "A", 0);
	btf_enum(btf__type_by_id(btf, 3))->name_off = 1 << 20;
	assert_int_equal(check(btf), -EINVAL);
}

static void what_is_not_btf_is_refused(void **state)
{
	_cleanup_free_ char *image = NULL;
	size_t len;

	(void)state;
	image = make_elf("not BTF", 8, EM_BPF, &len);
	assert_int_equal(object_check(image, len), -EINVAL);
}

static void an_object_for_another_machine_is_refused(void **state)
{
	_cleanup_(btf) struct btf *btf = make_btf();

	(void)state;
	assert_int_equal(check_machine(btf, EM_X86_64), -EINVAL);
}

static void what_is_not_elf_is_refused(void **state)
{
	char text[] = "apiVersion: v1\n";

	(void)state;
	assert_int_equal(object_check(text, sizeof(text)), -EINVAL);
	assert_int_equal(object_check(text, 0), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coherent_btf_passes),
		cmocka_unit_test(a_type_beyond_the_last_is_refused),
		cmocka_unit_test(a_member_or_parameter_beyond_the_last_is_refused),
		cmocka_unit_test(circular_types_are_refused),
		cmocka_unit_test(names_outside_the_strings_are_refused),
		cmocka_unit_test(what_is_not_btf_is_refused),
		cmocka_unit_test(an_object_for_another_machine_is_refused),
		cmocka_unit_test(what_is_not_elf_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
