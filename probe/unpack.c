// SPDX-License-Identifier: BSD-2-Clause
/* Four decompressors behind one loop: each is asked for the next piece of output until its stream ends. */
#include "probe/unpack.h"

#include <endian.h>
#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>
#include <zstd.h>

#include "common/cleanup.h"

#define STEP (1u << 20) /* output between two looks of the sink */
#define HUGE_PAGE (2u << 20)
#define XZ_MEMORY (192u << 20) /* kernels are packed with dictionaries of 32 to 128 MiB */
#define ZSTD_WINDOW_LOG 27 /* 128 MiB, what the kernel's build asks for */
#define LZ4_LEGACY_MAGIC 0x184C2102u
#define LZ4_LEGACY_BLOCK (8u << 20) /* uncompressed, fixed by the format */

/* One decompressor at work. step() fills out with at most *room bytes and sets *room to what it wrote. */
struct stream {
	const unsigned char *in;
	size_t left;
	bool is_watched; /* by a sink that may stop before the checksum comes, so that none is calculated */
	union {
		z_stream gzip;
		lzma_stream xz;
		ZSTD_DStream *zstd;
	} u;
};

/* step: 0 to go on, 1 at the end of the stream, negative errno. */
struct codec {
	const char *name;
	const char *magic;
	size_t magic_len;
	int (*open)(struct stream *s);
	int (*step)(struct stream *s, unsigned char *out, size_t *room);
	void (*close)(struct stream *s);
};

static int gzip_open(struct stream *s)
{
	return inflateInit2(&s->u.gzip, 16 + MAX_WBITS) == Z_OK ? 0 : -ENOMEM;
}

static int gzip_step(struct stream *s, unsigned char *out, size_t *room)
{
	z_stream *z = &s->u.gzip;
	int ret;

	z->next_in = (unsigned char *)s->in;
	z->avail_in = s->left > UINT32_MAX ? UINT32_MAX : (uInt)s->left;
	z->next_out = out;
	z->avail_out = (uInt)*room;
	ret = inflate(z, Z_NO_FLUSH);
	s->left -= (size_t)(z->next_in - s->in);
	s->in = z->next_in;
	*room -= z->avail_out;
	if (ret == Z_STREAM_END)
		return 1;
	if (ret == Z_MEM_ERROR)
		return -ENOMEM;
	return ret == Z_OK ? 0 : -EINVAL;
}

static void gzip_close(struct stream *s)
{
	inflateEnd(&s->u.gzip);
}

/* A dictionary of 32 MiB, touched once from end to end: thousands of page faults less in large pages. */
static void *xz_alloc(void *opaque, size_t count, size_t size)
{
	void *at;

	(void)opaque;
	if (__builtin_mul_overflow(count, size, &size))
		return NULL;
	if (size < 2 * HUGE_PAGE)
		return malloc(size);
	if (posix_memalign(&at, HUGE_PAGE, size))
		return NULL;
	madvise(at, size, MADV_HUGEPAGE);
	return at;
}

static void xz_free(void *opaque, void *at)
{
	(void)opaque;
	free(at);
}

static int xz_open(struct stream *s)
{
	static const lzma_allocator allocator = { .alloc = xz_alloc, .free = xz_free };
	uint32_t flags = s->is_watched ? LZMA_IGNORE_CHECK : 0;

	s->u.xz = (lzma_stream)LZMA_STREAM_INIT;
	s->u.xz.allocator = &allocator;
	return lzma_stream_decoder(&s->u.xz, XZ_MEMORY, flags) == LZMA_OK ? 0 : -ENOMEM;
}

static int xz_step(struct stream *s, unsigned char *out, size_t *room)
{
	lzma_stream *x = &s->u.xz;
	lzma_ret ret;

	x->next_in = s->in;
	x->avail_in = s->left;
	x->next_out = out;
	x->avail_out = *room;
	ret = lzma_code(x, LZMA_RUN);
	s->in = x->next_in;
	s->left = x->avail_in;
	*room -= x->avail_out;
	switch (ret) {
	case LZMA_OK:
		return 0;
	case LZMA_STREAM_END:
		return 1;
	case LZMA_MEM_ERROR:
		return -ENOMEM;
	case LZMA_MEMLIMIT_ERROR:
		return -EFBIG;
	default:
		return -EINVAL;
	}
}

static void xz_close(struct stream *s)
{
	lzma_end(&s->u.xz);
}

static int zstd_open(struct stream *s)
{
	s->u.zstd = ZSTD_createDStream();
	if (!s->u.zstd)
		return -ENOMEM;
	ZSTD_DCtx_setParameter(s->u.zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	return 0;
}

static int zstd_step(struct stream *s, unsigned char *out, size_t *room)
{
	ZSTD_inBuffer in = { .src = s->in, .size = s->left };
	ZSTD_outBuffer to = { .dst = out, .size = *room };
	size_t ret = ZSTD_decompressStream(s->u.zstd, &to, &in);

	s->in += in.pos;
	s->left -= in.pos;
	*room = to.pos;
	if (ZSTD_isError(ret))
		return -EINVAL;
	return !ret;
}

static void zstd_close(struct stream *s)
{
	ZSTD_freeDStream(s->u.zstd);
}

static int lz4_open(struct stream *s)
{
	s->in += sizeof(uint32_t);
	s->left -= sizeof(uint32_t);
	return 0;
}

static uint32_t read_le32(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

/* One block. The frame has no end mark: the input's end, or the size that a bzImage appends. */
static int lz4_step(struct stream *s, unsigned char *out, size_t *room)
{
	size_t limit = *room < LZ4_LEGACY_BLOCK ? *room : LZ4_LEGACY_BLOCK;
	uint32_t size;
	int n;

	*room = 0;
	if (s->left <= sizeof(size))
		return 1;
	size = read_le32(s->in);
	s->in += sizeof(size);
	s->left -= sizeof(size);
	if (size == LZ4_LEGACY_MAGIC)
		return 0;
	if (!size || size > s->left || size > LZ4_COMPRESSBOUND(LZ4_LEGACY_BLOCK))
		return -EINVAL;
	n = LZ4_decompress_safe((const char *)s->in, (char *)out, (int)size, (int)limit);
	if (n < 0)
		return limit < LZ4_LEGACY_BLOCK ? -EFBIG : -EINVAL;
	s->in += size;
	s->left -= size;
	*room = (size_t)n;
	return 0;
}

static void lz4_close(struct stream *s)
{
	(void)s;
}

#define CODEC(name_, magic_)                                                                  \
	{                                                                                     \
#name_, magic_, sizeof(magic_) - 1, name_##_open, name_##_step, name_##_close \
	}

static const struct codec codecs[UNPACK__COUNT] = {
	[UNPACK_NONE] = { .name = "none" },
	[UNPACK_GZIP] = CODEC(gzip, "\x1f\x8b\x08"),
	[UNPACK_XZ] = CODEC(xz, "\xfd\x37zXZ\0"),
	[UNPACK_ZSTD] = CODEC(zstd, "\x28\xb5\x2f\xfd"),
	[UNPACK_LZ4] = CODEC(lz4, "\x02\x21\x4c\x18"),
	[UNPACK_OTHER] = { .name = "bzip2, lzma or lzo" },
};

static const char other_magics[][5] = { "BZh", "\x5d\0\0\0", "\x89LZO" };

static bool has_magic(const void *data, size_t len, const char *magic, size_t magic_len)
{
	return magic_len && len >= magic_len && !memcmp(data, magic, magic_len);
}

enum unpack_format unpack_detect(const void *data, size_t len)
{
	for (enum unpack_format f = 0; f < UNPACK__COUNT; f++)
		if (has_magic(data, len, codecs[f].magic, codecs[f].magic_len))
			return f;
	for (size_t i = 0; i < ARRAY_SIZE(other_magics); i++)
		if (has_magic(data, len, other_magics[i], i ? 4 : 3))
			return UNPACK_OTHER;
	return UNPACK_NONE;
}

const char *unpack_format_name(enum unpack_format format)
{
	return (unsigned int)format < UNPACK__COUNT ? codecs[format].name : codecs[0].name;
}

static int look(const struct unpack_sink *sink, const struct unpacked *out, bool is_last)
{
	return sink ? sink->more(sink->ctx, out->data, out->len, is_last) : 0;
}

static int run(const struct codec *codec, struct stream *s, const struct unpack_sink *sink,
	       struct unpacked *out)
{
	bool is_lz4 = codec->step == lz4_step; /* takes whole blocks only */
	int end = 0, err = 0;

	while (!end && !err) {
		size_t left = s->left, room = out->size - out->len;

		if (room > STEP && !is_lz4)
			room = STEP;
		if (!room)
			return -EFBIG;
		end = codec->step(s, out->data + out->len, &room);
		if (end < 0)
			return end;
		out->len += room;
		if (!end && !room && left == s->left)
			return -EINVAL; /* input used up before the end of the stream */
		err = look(sink, out, end);
	}
	return err < 0 ? err : 0;
}

int unpack(const void *data, size_t len, size_t max, const struct unpack_sink *sink,
	   struct unpacked *out)
{
	const struct codec *codec = &codecs[unpack_detect(data, len)];
	struct stream s = { .in = data, .left = len, .is_watched = sink != NULL };
	void *map;
	int err;

	*out = (struct unpacked){ 0 };
	if (!codec->open)
		return -EOPNOTSUPP;
	/* One byte more than may come out: a stream that ends exactly there needs room to say so. */
	map = mmap(NULL, max + 1, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return -ENOMEM;
	*out = (struct unpacked){ .data = map, .size = max + 1 };
	madvise(map, max + 1, MADV_HUGEPAGE);
	err = codec->open(&s);
	if (err)
		return err;
	err = run(codec, &s, sink, out);
	codec->close(&s);
	return !err && out->len > max ? -EFBIG : err;
}

void unpacked_fini(struct unpacked *out)
{
	if (out->data)
		munmap(out->data, out->size);
	*out = (struct unpacked){ 0 };
}
