/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small kernels made in memory: BTF by libbpf, code around it with banner and IKCONFIG, packed in every
 * format, inside the headers that boot loaders know.
 */
#ifndef HR_TESTS_KERNEL_FIXTURE_H
#define HR_TESTS_KERNEL_FIXTURE_H

#include <bpf/btf.h>
#include <elf.h>
#include <lz4.h>
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "probe/features.h"
#include "probe/kconfig.h"
#include "probe/unpack.h"

#define FIXTURE_RELEASE "6.1.0-18-amd64"
#define FIXTURE_CONFIG \
	"# Linux/x86 6.1.90 Kernel Configuration\nCONFIG_BPF_SYSCALL=y\nCONFIG_VXLAN=m\n"

static inline void fixture_enum(struct btf *btf, const char *name, const char *prefix,
				const char *without)
{
	btf__add_enum(btf, name, 4);
	for (size_t i = 0; i < FEATURE__COUNT; i++) {
		const char *text = feature_defs[i].enumerator;
		bool is_prefixed = strstr(text, "FUNC_") || strstr(text, "_TYPE_") ||
				   !strncmp(text, "XFRMA_", 6);

		if (!*text)
			continue;
		if (*prefix ? strncmp(text, prefix, strlen(prefix)) : is_prefixed)
			continue;
		if (!without || strcmp(text, without))
			btf__add_enum_value(btf, text, (int)feature_defs[i].value);
	}
}

/* A kernel's BTF that names every feature but one, and every witness but one; NULL: all of them. */
static inline void fixture_btf(struct buf *out, const char *without, const char *without_function)
{
	struct btf *btf = btf__new_empty();
	const void *raw;
	uint32_t size;

	fixture_enum(btf, "bpf_func_id", "BPF_FUNC_", without);
	fixture_enum(btf, "bpf_prog_type", "BPF_PROG_TYPE_", without);
	fixture_enum(btf, "bpf_map_type", "BPF_MAP_TYPE_", without);
	fixture_enum(btf, "bpf_attach_type", "", without);
	fixture_enum(btf, "xfrm_attr_type_t", "XFRMA_", without);
	btf__add_enum_value(btf, "XFRMA_UNSPEC", 0);
	btf__add_func_proto(btf, 0);
	for (size_t i = 0; i < NEED__COUNT; i++)
		if (!without_function || strcmp(kconfig_needs[i].witness, without_function))
			btf__add_func(btf, kconfig_needs[i].witness, BTF_FUNC_STATIC, 6);
	raw = btf__raw_data(btf, &size);
	assert_non_null(raw);
	buf_append(out, raw, size);
	btf__free(btf);
}

static inline void fixture_fill(struct buf *out, size_t len)
{
	uint32_t random = 1;

	for (size_t i = 0; i < len; i++) {
		random = random * 1103515245 + 12345;
		buf_append(out, i % 64 < 32 ? &((const char *)&random)[2] : "\x90", 1);
	}
}

static inline void fixture_gzip(struct buf *out, const void *data, size_t len)
{
	unsigned char *room = malloc(len + 4096);
	z_stream z = { .next_in = (unsigned char *)data, .avail_in = (uInt)len };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
	z.next_out = room;
	z.avail_out = (uInt)len + 4096;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_append(out, room, z.total_out);
	deflateEnd(&z);
	free(room);
}

static inline void fixture_lz4(struct buf *out, const void *data, size_t len)
{
	const size_t block = 8u << 20;
	char *room = malloc((size_t)LZ4_compressBound((int)block));

	buf_append(out, "\x02\x21\x4c\x18", 4);
	for (size_t at = 0; at < len; at += block) {
		size_t part = len - at < block ? len - at : block;
		uint32_t size = (uint32_t)LZ4_compress_default(
			(const char *)data + at, room, (int)part, LZ4_compressBound((int)block));

		buf_append(out, &size, sizeof(size));
		buf_append(out, room, size);
	}
	free(room);
}

static inline void fixture_xz(struct buf *out, const void *data, size_t len)
{
	size_t n = 0, size = lzma_stream_buffer_bound(len);
	unsigned char *room = malloc(size);

	assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, data, len, room, &n,
						 size),
			 LZMA_OK);
	buf_append(out, room, n);
	free(room);
}

static inline void fixture_zstd(struct buf *out, const void *data, size_t len)
{
	size_t n, size = ZSTD_compressBound(len);
	char *room = malloc(size);

	n = ZSTD_compress(room, size, data, len, 3);
	assert_false(ZSTD_isError(n));
	buf_append(out, room, n);
	free(room);
}

/* UNPACK_NONE: as it is. */
static inline void fixture_pack(enum unpack_format format, struct buf *out, const struct buf *in)
{
	switch (format) {
	case UNPACK_GZIP:
		fixture_gzip(out, in->data, in->len);
		break;
	case UNPACK_XZ:
		fixture_xz(out, in->data, in->len);
		break;
	case UNPACK_ZSTD:
		fixture_zstd(out, in->data, in->len);
		break;
	case UNPACK_LZ4:
		fixture_lz4(out, in->data, in->len);
		break;
	default:
		buf_append(out, in->data, in->len);
	}
}

/* An ELF file with .BTF and .rodata. */
static inline void fixture_elf(struct buf *out, const struct buf *btf, const struct buf *rodata)
{
	static const char names[] = "\0.BTF\0.rodata\0.shstrtab";
	Elf64_Ehdr eh = { .e_type = ET_EXEC,
			  .e_machine = EM_X86_64,
			  .e_version = EV_CURRENT,
			  .e_ehsize = sizeof(eh),
			  .e_shentsize = sizeof(Elf64_Shdr),
			  .e_shnum = 4,
			  .e_shstrndx = 3 };
	size_t at = sizeof(eh);
	Elf64_Shdr sh[4] = {
		[1] = { 1, SHT_PROGBITS, 0, 0, at, btf->len, 0, 0, 4, 0 },
		[2] = { 6, SHT_PROGBITS, 0, 0, at + btf->len, rodata->len, 0, 0, 1, 0 },
		[3] = { 14, SHT_STRTAB, 0, 0, at + btf->len + rodata->len, sizeof(names), 0, 0, 1,
			0 },
	};

	memcpy(eh.e_ident, ELFMAG, SELFMAG);
	eh.e_ident[EI_CLASS] = ELFCLASS64;
	eh.e_ident[EI_DATA] = __BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
	eh.e_ident[EI_VERSION] = EV_CURRENT;
	eh.e_shoff = (at + btf->len + rodata->len + sizeof(names) + 7) & ~7ul;
	buf_append(out, &eh, sizeof(eh));
	buf_append(out, btf->data, btf->len);
	buf_append(out, rodata->data, rodata->len);
	buf_append(out, names, sizeof(names));
	while (out->len < eh.e_shoff)
		buf_append(out, "", 1);
	buf_append(out, sh, sizeof(sh));
}

/* What a kernel is once unpacked: code, the banner, IKCONFIG, BTF, more code. */
static inline void fixture_code(struct buf *out, const char *banner, size_t padding)
{
	fixture_fill(out, padding);
	buf_printf(out, "Linux version %%s (%%s)%cLinux version %s (a@b) #1", 0, banner);
	buf_append(out, "\0IKCFG_ST", 9);
	fixture_gzip(out, FIXTURE_CONFIG, strlen(FIXTURE_CONFIG));
	buf_puts(out, "IKCFG_ED");
	while (out->len % 8)
		buf_append(out, "", 1);
	fixture_btf(out, NULL, NULL);
	fixture_fill(out, padding);
}

static inline void fixture_put32(struct buf *b, size_t at, uint32_t value)
{
	memcpy(b->data + at, &value, sizeof(value));
}

/* Documentation/arch/x86/boot.rst: two sectors of setup, payload 16 bytes into the code, size behind it. */
static inline void fixture_bzimage(struct buf *out, const struct buf *payload, const char *version)
{
	uint32_t unpacked = 12345678;
	size_t header = 3 * 512;

	for (size_t i = 0; i < header + 16; i++)
		buf_append(out, "", 1);
	out->data[0x1f1] = 2;
	memcpy(out->data + 0x202, "HdrS", 4);
	out->data[0x206] = 0x0f;
	out->data[0x207] = 2;
	if (version) {
		fixture_put32(out, 0x20e, 0x300);
		memcpy(out->data + 0x500, version, strlen(version));
	}
	fixture_put32(out, 0x248, 16);
	fixture_put32(out, 0x24c, (uint32_t)(payload->len + sizeof(unpacked)));
	buf_append(out, payload->data, payload->len);
	buf_append(out, &unpacked, sizeof(unpacked));
}

/* drivers/firmware/efi/libstub/zboot-header.S: the payload's place and size, and how it was packed. */
static inline void fixture_zboot(struct buf *out, const struct buf *gzipped)
{
	buf_append(out, "MZ\0\0zimg\0\0\0\0\0\0\0\0gzip\0\0\0\0", 24);
	fixture_put32(out, 8, 24);
	fixture_put32(out, 12, (uint32_t)gzipped->len);
	buf_append(out, gzipped->data, gzipped->len);
}

#endif
