/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values as the Go agent reads them from a mounted ConfigMap: strconv.ParseBool, strconv.ParseInt with
 * base 0 (after viper's trim of a zero fraction), strconv.ParseFloat, time.ParseDuration, strings.Fields.
 * The agent trims white space around a file's content before any of this; callers pass trimmed text.
 * All return 0 or -EINVAL (-ERANGE when it does not fit, -ENOMEM), leaving *out alone on failure.
 */
#ifndef HR_CONFIG_GOVALUE_H
#define HR_CONFIG_GOVALUE_H

#include <stdbool.h>
#include <stdint.h>

/* Number grammars: the libraries behind the agent read numbers less strictly since Cilium 1.18. */
enum go_grammar {
	GO_STRICT,
	GO_LOOSE, /* an empty number is 0, an integer loses any decimal fraction: 5.9 is 5 */
};

/* Exactly: 1 t T TRUE true True / 0 f F FALSE false False. */
int go_parse_bool(const char *text, bool *out);

/*
 * 0x1f, 0o17, 017, 0b1, 1_000, +5, -5, 5.0 (zero fraction only). "08" and "5e5" are errors, and with
 * GO_STRICT so are "" and "5.".
 */
int go_parse_int(const char *text, enum go_grammar grammar, int64_t *out);

/* Decimal and hex floats, '_' between digits, NaN and Inf in Go's spellings. */
int go_parse_float(const char *text, enum go_grammar grammar, double *out);

/* "2h13m20s", "-1.5h", "300ms", "0"; a bare integer counts nanoseconds. Result in nanoseconds. */
int go_parse_duration(const char *text, int64_t *ns);

#endif
