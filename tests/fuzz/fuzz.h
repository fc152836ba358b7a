/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzz targets share. A target is one fuzz_<reader>.c with the function that libFuzzer calls
 * (llvm.org/docs/LibFuzzer.html); it is linked twice: with libFuzzer for `make check-long`, and with
 * replay.c, which feeds it the corpus, for `make check`.
 */
#ifndef HR_TESTS_FUZZ_H
#define HR_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Reads one input. Always 0; what is wrong with the reader ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Name of a file with this content, for readers that take a file; good until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/* Where to print what only has to be printable. */
FILE *fuzz_sink(void);

/* What must hold after any input. Not assert(): NDEBUG must not take it away. */
#define FUZZ_REQUIRE(condition)                                                                 \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

#endif
