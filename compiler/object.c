// SPDX-License-Identifier: BSD-2-Clause
/* libbpf's linker and a look at ELF sections. */
#include "compiler/object.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"

DEFINE_CLEANUP(linker, struct bpf_linker *, bpf_linker__free)
DEFINE_CLEANUP(elf, Elf *, elf_end)

/* libbpf explains its errors in lines of its own; ours names the object, theirs are for --verbose. */
static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char line[512];
	int len = vsnprintf(line, sizeof(line), fmt, ap);

	line[strcspn(line, "\n")] = '\0';
	if (level == LIBBPF_WARN)
		log_debug("%s", line);
	return len;
}

int object_link(const char *from, const char *to)
{
	_cleanup_(linker) struct bpf_linker *linker = NULL;
	int err;

	libbpf_set_print(print_libbpf);
	linker = bpf_linker__new(to, NULL);
	if (!linker) {
		err = -errno;
		return log_err(err, "create %s", to);
	}
	err = bpf_linker__add_file(linker, from, NULL);
	err = err ?: bpf_linker__finalize(linker);
	/* libbpf's errno says little here: errors of libelf come out as whatever errno was. */
	return err ? log_fail(-ENOEXEC, "%s: libbpf cannot link it (--verbose shows why)", from)
		   : 0;
}

static bool has_section(Elf *elf, const char *name)
{
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
		GElf_Shdr header;
		const char *found;

		if (!gelf_getshdr(scn, &header))
			return false;
		found = elf_strptr(elf, names, header.sh_name);
		if (found && !strcmp(found, name) && header.sh_size)
			return true;
	}
	return false;
}

static int check_sections(const char *path)
{
	static const char *const wanted[][2] = {
		{ ".BTF", "type information (BTF)" },
		{ "license", "licence" },
	};
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_(elf) Elf *elf = NULL;
	int err;

	if (fd < 0) {
		err = -errno;
		return log_err(err, "open %s", path);
	}
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return log_fail(-ENOEXEC, "%s: not an ELF file: %s", path, elf_errmsg(-1));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (!has_section(elf, wanted[i][0]))
			return log_fail(-ENOEXEC, "%s: has no %s", path, wanted[i][1]);
	}
	return 0;
}

static bool has_program(const struct object_needs *needs, const char *name)
{
	for (size_t i = 0; i < needs->program_count; i++) {
		if (!strcmp(needs->programs[i].name, name))
			return true;
	}
	return false;
}

int object_verify(const char *path, const struct object_needs *needs, const char *const *programs,
		  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!has_program(needs, programs[i]))
			return log_fail(
				-ENOEXEC,
				"%s: has no program %s; are these templates for this hrcompile?",
				path, programs[i]);
	}
	return check_sections(path);
}
