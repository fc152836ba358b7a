// SPDX-License-Identifier: BSD-2-Clause
/* SHA-256 of byte strings and files. */
#include "common/digest.h"

#include <sha2.h>

#include "common/cleanup.h"
#include "common/file.h"

void digest_data(const void *data, size_t len, char out[DIGEST_TEXT_MAX])
{
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, data, len);
	SHA256End(&ctx, out);
}

uint64_t digest_number(const void *data, size_t len)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	uint64_t number = 0;
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, data, len);
	SHA256Final(digest, &ctx);
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | digest[i];
	return number;
}

int digest_file(const char *path, size_t max, char out[DIGEST_TEXT_MAX])
{
	_cleanup_free_ char *data = NULL;
	size_t len;
	int err;

	err = file_read(path, max, &data, &len);
	if (err)
		return err;
	digest_data(data, len, out);
	return 0;
}
