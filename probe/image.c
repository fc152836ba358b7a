// SPDX-License-Identifier: BSD-2-Clause
/* Which kind of image a file is and where its payload lies; what is in there is image_scan.c's. */
#include "probe/image.h"

#include <endian.h>
#include <errno.h>
#include <gelf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "probe/features.h"
#include "probe/image_scan.h"
#include "probe/unpack.h"

/* x86 setup header, offsets from the start of the file. */
#define SETUP_SECTS 0x1f1
#define SETUP_MAGIC 0x202 /* "HdrS" */
#define SETUP_PROTOCOL 0x206
#define SETUP_VERSION 0x20e /* where the version's text is, less 0x200 */
#define SETUP_PAYLOAD 0x248 /* offset from the protected-mode code */
#define SETUP_PAYLOAD_LEN 0x24c
#define SETUP_END 0x250
#define SECTOR 512

#define ZBOOT_MAGIC 4 /* "zimg", behind "MZ" and two zeros */
#define ZBOOT_PAYLOAD 8
#define ZBOOT_PAYLOAD_LEN 12

struct span {
	const unsigned char *data;
	size_t len;
};

static void elf_release(Elf *elf)
{
	elf_end(elf);
}

DEFINE_CLEANUP(elf, Elf *, elf_release)

static uint32_t le32_at(const unsigned char *data, size_t at)
{
	uint32_t value;

	memcpy(&value, data + at, sizeof(value));
	return le32toh(value);
}

static size_t le16_at(const unsigned char *data, size_t at)
{
	return (size_t)(data[at] | data[at + 1] << 8);
}

static bool has_text(struct span s, size_t at, const char *text)
{
	return s.len >= at + strlen(text) && !memcmp(s.data + at, text, strlen(text));
}

static int span_cut(struct span whole, size_t at, size_t len, struct span *out)
{
	if (at > whole.len || len > whole.len - at || !len)
		return -EINVAL;
	*out = (struct span){ whole.data + at, len };
	return 0;
}

/* Up to the first space; the rest is who built it. */
static void setup_release(struct span file, char *out, size_t size)
{
	size_t at = le16_at(file.data, SETUP_VERSION) + SECTOR, len = 0;
	unsigned int major, minor;

	while (at + len < file.len && len < size - 1 && file.data[at + len] > ' ' &&
	       file.data[at + len] < 0x7f)
		len++;
	if (at + len > file.len)
		return;
	snprintf(out, size, "%.*s", (int)len, (const char *)file.data + at);
	if (kernel_release_parse(out, &major, &minor))
		*out = '\0';
}

static int bzimage_payload(struct span file, struct span *out)
{
	size_t sectors = file.data[SETUP_SECTS] ? file.data[SETUP_SECTS] : 4;

	if (le16_at(file.data, SETUP_PROTOCOL) < 0x208)
		return -EINVAL;
	return span_cut(file, (sectors + 1) * SECTOR + (size_t)le32_at(file.data, SETUP_PAYLOAD),
			le32_at(file.data, SETUP_PAYLOAD_LEN), out);
}

static bool is_bzimage(struct span file)
{
	return file.len >= SETUP_END && has_text(file, SETUP_MAGIC, "HdrS");
}

static bool is_zboot(struct span file)
{
	return has_text(file, 0, "MZ") && has_text(file, ZBOOT_MAGIC, "zimg") && file.len >= 16;
}

static int locate(struct span file, struct kernel_image *image, struct span *payload)
{
	*payload = file;
	if (is_bzimage(file)) {
		setup_release(file, image->release, sizeof(image->release));
		return bzimage_payload(file, payload);
	}
	if (is_zboot(file))
		return span_cut(file, le32_at(file.data, ZBOOT_PAYLOAD),
				le32_at(file.data, ZBOOT_PAYLOAD_LEN), payload);
	return 0;
}

static int scan_more(void *ctx, const unsigned char *data, size_t len, bool is_last)
{
	return image_scan_more(ctx, data, len, is_last);
}

/* Hands what was found to the image; scan has nothing left to release. */
static void take_found(struct image_scan *scan, struct span data, struct kernel_image *out)
{
	out->has_btf = scan->has_btf;
	if (scan->has_btf) {
		out->enums = scan->enums;
		scan->enums = (struct kernel_enums){ 0 };
		memcpy(out->witnesses, scan->witnesses, sizeof(out->witnesses));
	}
	if (!out->release[0])
		memcpy(out->release, scan->release, sizeof(out->release));
	if (!out->has_config)
		out->has_config = !image_scan_config(scan, data.data, data.len, &out->config);
}

static int read_payload(struct span payload, struct kernel_image *out)
{
	_cleanup_image_scan_ struct image_scan scan = { 0 };
	const struct unpack_sink sink = { .more = scan_more, .ctx = &scan };
	_cleanup_unpacked_ struct unpacked unpacked = { 0 };
	int err;

	/* A release from the setup header need not be looked for. */
	memcpy(scan.release, out->release, sizeof(scan.release));
	if (unpack_detect(payload.data, payload.len) != UNPACK_NONE) {
		err = unpack(payload.data, payload.len, IMAGE_MAX_UNPACKED, &sink, &unpacked);
		if (err)
			return err;
		payload = (struct span){ unpacked.data, unpacked.len };
	} else {
		image_scan_more(&scan, payload.data, payload.len, true);
	}
	take_found(&scan, payload, out);
	return out->has_btf || out->release[0] ? 0 : -ENODATA;
}

/* A section's bytes; *out stays empty when there is none of that name. 0 or -EINVAL. */
static int elf_section(Elf *elf, const char *name, size_t max, struct span *out)
{
	Elf_Scn *scn = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return -EINVAL;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *found;
		Elf_Data *data;
		GElf_Shdr sh;

		if (!gelf_getshdr(scn, &sh))
			return -EINVAL;
		found = elf_strptr(elf, names, sh.sh_name);
		if (!found || strcmp(found, name) || sh.sh_type == SHT_NOBITS)
			continue;
		data = sh.sh_size <= max ? elf_rawdata(scn, NULL) : NULL;
		if (!data || !data->d_buf)
			return -EINVAL;
		*out = (struct span){ data->d_buf, data->d_size };
		return 0;
	}
	return 0;
}

static int read_elf(Elf *elf, struct kernel_image *out)
{
	_cleanup_image_scan_ struct image_scan scan = { 0 };
	struct span btf = { 0 }, rodata = { 0 };
	int err;

	if (!elf || elf_kind(elf) != ELF_K_ELF)
		return -EINVAL;
	err = elf_section(elf, ".BTF", KERNEL_ENUMS_MAX_BTF, &btf);
	if (!err)
		err = elf_section(elf, ".rodata", IMAGE_MAX_FILE, &rodata);
	if (!err && btf.len)
		err = image_scan_btf(&scan, btf.data, btf.len);
	if (err)
		return err;
	if (rodata.len)
		image_scan_more(&scan, rodata.data, rodata.len, true);
	take_found(&scan, rodata, out);
	return out->has_btf || out->release[0] ? 0 : -ENODATA;
}

static int stop_at_once(void *ctx, const unsigned char *data, size_t len, bool is_last)
{
	(void)ctx;
	(void)data;
	(void)is_last;
	return len >= SETUP_END;
}

/* Is it a compressed file whose content has a payload of its own, once more compressed? */
static bool is_wrapped(struct span file)
{
	const struct unpack_sink sink = { .more = stop_at_once };
	_cleanup_unpacked_ struct unpacked head = { 0 };
	struct span inner;

	if (unpack_detect(file.data, file.len) == UNPACK_NONE ||
	    unpack(file.data, file.len, IMAGE_MAX_FILE, &sink, &head))
		return false;
	inner = (struct span){ head.data, head.len };
	return is_bzimage(inner) || is_zboot(inner);
}

static int read_located(struct span file, struct kernel_image *out)
{
	struct span payload;
	int err = locate(file, out, &payload);

	return err ? err : read_payload(payload, out);
}

static int read_wrapped(struct span file, struct kernel_image *out)
{
	_cleanup_unpacked_ struct unpacked inner = { 0 };
	int err = unpack(file.data, file.len, IMAGE_MAX_FILE, NULL, &inner);

	return err ? err : read_located((struct span){ inner.data, inner.len }, out);
}

static int read_bytes(struct span file, struct kernel_image *out)
{
	if (has_text(file, 0, ELFMAG)) {
		_cleanup_(elf) Elf *elf = elf_memory((char *)file.data, file.len);

		return read_elf(elf, out);
	}
	return is_wrapped(file) ? read_wrapped(file, out) : read_located(file, out);
}

static int say(int err, const char *name)
{
	switch (err) {
	case 0:
		return 0;
	case -ENODATA:
		return log_fail(-EINVAL,
				"%s: neither a kernel image nor a kernel's BTF of this "
				"machine's byte order",
				name);
	case -EINVAL:
		return log_fail(err, "%s: kernel image is damaged or cut short", name);
	case -EFBIG:
		return log_fail(err, "%s: too large for a kernel image", name);
	case -EOPNOTSUPP:
		return log_fail(
			err, "%s: compressed with %s, which is not read (unpack it, or use --btf)",
			name, unpack_format_name(UNPACK_OTHER));
	default:
		return log_err(err, "%s", name);
	}
}

static int read_open(int fd, struct kernel_image *out)
{
	_cleanup_free_ char *data = NULL;
	char magic[SELFMAG];
	struct stat st;
	size_t len;
	int err;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -ENODATA;
	if (pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
	    !memcmp(magic, ELFMAG, SELFMAG)) {
		_cleanup_(elf) Elf *elf = elf_begin(fd, ELF_C_READ, NULL);

		return read_elf(elf, out);
	}
	err = file_read_fd(fd, IMAGE_MAX_FILE, &data, &len);
	return err ? err : read_bytes((struct span){ (unsigned char *)data, len }, out);
}

void image_fini(struct kernel_image *image)
{
	kernel_enums_fini(&image->enums);
}

int image_parse(const void *data, size_t len, const char *name, struct kernel_image *out)
{
	*out = (struct kernel_image){ 0 };
	elf_version(EV_CURRENT);
	return say(read_bytes((struct span){ data, len }, out), name);
}

int image_read(int fd, const char *name, struct kernel_image *out)
{
	*out = (struct kernel_image){ 0 };
	elf_version(EV_CURRENT);
	return say(read_open(fd, out), name);
}
