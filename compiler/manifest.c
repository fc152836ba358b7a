// SPDX-License-Identifier: BSD-2-Clause
/* What a manifest owns, and whether the files beside it are the ones it speaks of. */
#include "compiler/manifest.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"

void manifest_fini(struct manifest *m)
{
	for (size_t i = 0; i < m->option_count; i++) {
		free(m->options[i].key);
		free(m->options[i].value);
		free(m->options[i].origin);
	}
	free(m->options);
	free(m->objects);
	*m = (struct manifest){ 0 };
}

int manifest_check_objects(const char *dir, const struct manifest *m)
{
	char path[PATH_MAX], digest[DIGEST_TEXT_MAX];
	int err;

	for (size_t i = 0; i < m->object_count; i++) {
		const struct manifest_object *object = &m->objects[i];

		err = path_format(path, sizeof(path), "%s/%s", dir, object->file);
		if (!err)
			err = digest_file(path, NEEDS_MAX_OBJECT_BYTES, digest);
		if (err)
			return log_err(err, "read %s/%s", dir, object->file);
		if (strcmp(digest, object->sha256) != 0)
			return log_fail(-EBADMSG,
					"%s is corrupted: its sha256 is not the manifest's; "
					"compile the bundle again",
					path);
	}
	return 0;
}
