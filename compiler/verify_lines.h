/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a source line is that a verifier log quotes: kernels before 6.9 give its text only. Layout of the line
 * information: Documentation/bpf/btf.rst (.BTF.ext section).
 */
#ifndef HR_COMPILER_VERIFY_LINES_H
#define HR_COMPILER_VERIFY_LINES_H

#include <stddef.h>

/*
 * Puts "file:line: " before a quoted line (in a buffer of size bytes), when the object's line information has that
 * text in one place only. Leaves it alone otherwise, and when the quotation has " @ file:line" already, which
 * moves to the front.
 */
void verify_lines_place(const char *object, char *quoted, size_t size);

#endif
