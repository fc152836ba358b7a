/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel's verifier writes: its figures, and of a refusal the end and the source line. Formats:
 * print_verification_stats() and verbose_linfo() of kernel/bpf/verifier.c and log.c, 5.10 to 6.18.
 */
#ifndef HR_COMPILER_VERIFY_LOG_H
#define HR_COMPILER_VERIFY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VERIFY_LOG_TAIL_LINES 24
#define VERIFY_LOG_TAIL_BYTES 4096
#define VERIFY_STACK_TEXT_MAX 128
#define VERIFY_SOURCE_MAX 256

struct verify_stats {
	uint64_t processed; /* instructions that the verifier went through; paths count each time */
	uint64_t total_states, peak_states;
	uint64_t time_us;
	char stack
		[VERIFY_STACK_TEXT_MAX]; /* bytes, one number per function: "96+0"; "" when not told */
};

/* Reads the figures out of a log of BPF_LOG_STATS. False when there are none; *out is zeroed then. */
bool verify_log_stats(const char *log, struct verify_stats *out);

/* The last lines without the figures; the caller frees *out. Control characters become '.'. 0 or -ENOMEM. */
int verify_log_tail(const char *log, char **out);

/*
 * The source line of the last instruction that was looked at ("return *p;", from 6.9 on with " @ file:line"
 * behind it), or "" when the program has no line information.
 */
void verify_log_source(const char *log, char out[VERIFY_SOURCE_MAX]);

#endif
