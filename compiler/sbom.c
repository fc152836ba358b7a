// SPDX-License-Identifier: BSD-2-Clause
/* Writes SPDX. The names and fields are those of the specification's JSON schema. */
#include "compiler/sbom.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <sha1.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/file.h"
#include "common/jsonout.h"
#include "common/log.h"

#define OURS "BSD-2-Clause"
#define TEMPLATES "GPL-2.0-only OR BSD-2-Clause"
#define COPYRIGHT "The hostroute authors"
#define NAMESPACE "https://hostroute.example/spdx/bundle-"

/* SPDX identifiers of what every bundle has. */
#define ID_DOCUMENT "SPDXRef-DOCUMENT"
#define ID_BUNDLE "SPDXRef-Package-bundle"
#define ID_TEMPLATES "SPDXRef-Package-templates"
#define ID_COMPILER "SPDXRef-Package-compiler"
#define ID_LIBBPF "SPDXRef-Package-libbpf"
#define ID_FILE "SPDXRef-File-"

/* One file: SPDX asks for a SHA-1 beside whatever else there is. */
struct described {
	const struct manifest_file *file;
	char id[sizeof(ID_FILE) + sizeof(((struct manifest_file *)0)->file)];
	char sha1[SHA1_DIGEST_STRING_LENGTH];
};

struct sbom {
	const struct manifest *m;
	struct described files[MANIFEST_MAX_FILES];
};

static bool is_object(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->object_count; i++) {
		if (!strcmp(m->objects[i].file, name))
			return true;
	}
	return false;
}

/* Objects are made of the templates; everything else of the bundle is hrcompile's own text. */
static const char *licence_of(const struct manifest *m, const char *name)
{
	return is_object(m, name) ? TEMPLATES : OURS;
}

/* An SPDX identifier has letters, digits, dots and hyphens only. */
static void describe_id(struct described *d)
{
	snprintf(d->id, sizeof(d->id), ID_FILE "%s", d->file->file);
	for (char *p = d->id; *p; p++) {
		if (*p == '_')
			*p = '-';
	}
}

static int describe(const char *dir, const struct manifest_file *file, struct described *out)
{
	_cleanup_free_ char *data = NULL;
	char path[PATH_MAX];
	size_t len;
	int err;

	out->file = file;
	describe_id(out);
	err = path_format(path, sizeof(path), "%s/%s", dir, file->file);
	err = err ?: file_read(path, NEEDS_MAX_OBJECT_BYTES, &data, &len);
	if (err)
		return log_err(err, "read %s/%s", dir, file->file);
	SHA1Data((const uint8_t *)data, len, out->sha1);
	return 0;
}

static json_t *checksum(const char *algorithm, const char *value)
{
	return json_pack("{s:s, s:s}", "algorithm", algorithm, "checksumValue", value);
}

static json_t *file_json(const struct sbom *s, const struct described *d)
{
	const char *licence = licence_of(s->m, d->file->file);
	_cleanup_buf_ struct buf name = { 0 };

	buf_printf(&name, "./%s", d->file->file);
	return json_pack("{s:s, s:s, s:[s], s:[o, o], s:s, s:[s], s:s}", "fileName", name.data,
			 "SPDXID", d->id, "fileTypes",
			 is_object(s->m, d->file->file) ? "BINARY" : "SOURCE", "checksums",
			 checksum("SHA1", d->sha1), checksum("SHA256", d->file->sha256),
			 "licenseConcluded", licence, "licenseInfoInFiles", "NOASSERTION",
			 "copyrightText", COPYRIGHT);
}

static json_t *files_json(const struct sbom *s)
{
	json_t *out = json_array();

	for (size_t i = 0; i < s->m->file_count; i++)
		json_array_append_new(out, file_json(s, &s->files[i]));
	return out;
}

static int sha1_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Clause 7.9: the SHA-1 over the sorted SHA-1 of all files. */
static void verification_code(const struct sbom *s, char out[SHA1_DIGEST_STRING_LENGTH])
{
	char sums[MANIFEST_MAX_FILES][SHA1_DIGEST_STRING_LENGTH];
	SHA1_CTX ctx;

	for (size_t i = 0; i < s->m->file_count; i++)
		memcpy(sums[i], s->files[i].sha1, sizeof(sums[i]));
	qsort(sums, s->m->file_count, sizeof(sums[0]), sha1_compare);
	SHA1Init(&ctx);
	for (size_t i = 0; i < s->m->file_count; i++)
		SHA1Update(&ctx, (const uint8_t *)sums[i], strlen(sums[i]));
	SHA1End(&ctx, out);
}

/* What every package has; none was downloaded from a place that we could name. */
static json_t *package(const char *id, const char *name, const char *version, const char *licence,
		       const char *copyright)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s}", "name", name, "SPDXID", id,
			 "versionInfo", version, "downloadLocation", "NOASSERTION", "filesAnalyzed",
			 0, "licenseConcluded", licence, "licenseDeclared", licence,
			 "copyrightText", copyright);
}

static json_t *bundle_json(const struct sbom *s)
{
	json_t *out = package(ID_BUNDLE, "hostroute-bundle", s->m->tool_version,
			      OURS " AND (" TEMPLATES ")", COPYRIGHT);
	char code[SHA1_DIGEST_STRING_LENGTH];

	verification_code(s, code);
	jsonout_put(out, "filesAnalyzed", json_true());
	jsonout_put(out, "licenseInfoFromFiles", json_pack("[s]", "NOASSERTION"));
	jsonout_put(out, "packageVerificationCode",
		    json_pack("{s:s, s:[s, s]}", "packageVerificationCodeValue", code,
			      "packageVerificationCodeExcludedFiles", "./" MANIFEST_FILE,
			      "./" SBOM_FILE));
	return out;
}

static json_t *templates_json(const struct sbom *s)
{
	json_t *out = package(ID_TEMPLATES, "hostroute-bpf-templates", s->m->tool_version,
			      TEMPLATES, COPYRIGHT);

	jsonout_put(out, "checksums", json_pack("[o]", checksum("SHA256", s->m->templates_sha256)));
	jsonout_put_text(out, "comment",
			 "checksum: of the list of the files' own checksums, as hrcompile digests "
			 "a directory of templates");
	return out;
}

/* "clang 14.0.6" is a name and a version. */
static json_t *compiler_json(const struct sbom *s)
{
	const char *space = strchr(s->m->compiler, ' ');
	char name[sizeof(s->m->compiler)];

	snprintf(name, sizeof(name), "%.*s",
		 space ? (int)(space - s->m->compiler) : (int)strlen(s->m->compiler),
		 s->m->compiler);
	return package(ID_COMPILER, name, space ? space + 1 : "NOASSERTION",
		       "Apache-2.0 WITH LLVM-exception", "NOASSERTION");
}

static json_t *packages_json(const struct sbom *s)
{
	const char *version = libbpf_version_string();

	return json_pack("[o, o, o, o]", bundle_json(s), templates_json(s), compiler_json(s),
			 package(ID_LIBBPF, "libbpf", *version == 'v' ? version + 1 : version,
				 "LGPL-2.1-only OR BSD-2-Clause", "NOASSERTION"));
}

static json_t *relationship(const char *from, const char *type, const char *to)
{
	return json_pack("{s:s, s:s, s:s}", "spdxElementId", from, "relationshipType", type,
			 "relatedSpdxElement", to);
}

static json_t *relationships_json(const struct sbom *s)
{
	json_t *out = json_pack("[o, o, o]", relationship(ID_DOCUMENT, "DESCRIBES", ID_BUNDLE),
				relationship(ID_COMPILER, "BUILD_TOOL_OF", ID_BUNDLE),
				relationship(ID_LIBBPF, "BUILD_TOOL_OF", ID_BUNDLE));

	for (size_t i = 0; i < s->m->file_count; i++) {
		const struct described *d = &s->files[i];

		json_array_append_new(out, relationship(ID_BUNDLE, "CONTAINS", d->id));
		if (is_object(s->m, d->file->file))
			json_array_append_new(out,
					      relationship(d->id, "GENERATED_FROM", ID_TEMPLATES));
	}
	return out;
}

static json_t *creation_json(const struct sbom *s)
{
	_cleanup_buf_ struct buf creator = { 0 };

	buf_printf(&creator, "Tool: hrcompile-%s", s->m->tool_version);
	return json_pack("{s:s, s:[s], s:s}", "created", "1970-01-01T00:00:00Z", "creators",
			 creator.data, "comment",
			 "The time is fixed, so that the same input gives the same bytes.");
}

/* Unique for what is described, and the same whenever that is the same. */
static int namespace_of(const struct sbom *s, char **out)
{
	_cleanup_buf_ struct buf all = { 0 }, uri = { 0 };
	char digest[DIGEST_TEXT_MAX];

	buf_printf(&all, "%s %s %s\n", s->m->tool_version, s->m->compiler, s->m->templates_sha256);
	for (size_t i = 0; i < s->m->file_count; i++)
		buf_printf(&all, "%s %s\n", s->m->files[i].sha256, s->m->files[i].file);
	if (all.err)
		return all.err;
	digest_data(all.data, all.len, digest);
	buf_printf(&uri, NAMESPACE "%s", digest);
	return buf_take(&uri, out);
}

static int document(const struct sbom *s, char **out)
{
	_cleanup_free_ char *namespace = NULL;
	_cleanup_(json) json_t *root = NULL;
	int err = namespace_of(s, &namespace);

	if (err)
		return err;
	root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "spdxVersion", "SPDX-2.3",
			 "dataLicense", "CC0-1.0", "SPDXID", ID_DOCUMENT, "name",
			 "hostroute-bundle", "documentNamespace", namespace, "creationInfo",
			 creation_json(s), "packages", packages_json(s), "files", files_json(s),
			 "relationships", relationships_json(s));
	return jsonout_text(root, 1, out);
}

int sbom_render(const char *dir, const struct manifest *m, char **out)
{
	struct sbom s = { .m = m };
	int err = 0;

	for (size_t i = 0; !err && i < m->file_count; i++)
		err = describe(dir, &m->files[i], &s.files[i]);
	if (err)
		return err;
	err = document(&s, out);
	return err ? log_err(err, "write the bill of materials") : 0;
}
