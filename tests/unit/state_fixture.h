/* SPDX-License-Identifier: BSD-2-Clause */
/* A state file that is read, and what became of it. Include it behind cmocka.h. */
#ifndef HR_TESTS_UNIT_STATE_FIXTURE_H
#define HR_TESTS_UNIT_STATE_FIXTURE_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/parse.h"
#include "install/state.h"

/* Four lines. */
#define STATE_NODE                     \
	"node:\n"                      \
	"  ip: 192.168.64.8\n"         \
	"  pod-cidr: 10.233.64.0/24\n" \
	"  router-ip: 10.233.64.1\n"

static struct node_state state;
static struct diag_list diags;

static inline int setup(void **unused)
{
	(void)unused;
	state = (struct node_state){ 0 };
	diags = (struct diag_list){ 0 };
	return 0;
}

static inline int teardown(void **unused)
{
	(void)unused;
	diag_fini(&diags);
	state_fini(&state);
	return 0;
}

static inline uint32_t ip4(const char *text)
{
	uint32_t addr;

	assert_int_equal(parse_ipv4(text, &addr), 0);
	return addr;
}

static inline int parse(const char *text)
{
	return state_parse("state.yaml", text, strlen(text), &state, &diags);
}

static inline void assert_good(const char *text)
{
	int err;

	teardown(NULL);
	err = parse(text);
	if (err)
		diag_print(&diags, stdout);
	assert_int_equal(err, 0);
	assert_int_equal(diags.count, 0);
}

/* Exactly one error, at a place, with a text in it; nothing is left in state. */
static inline void assert_bad(const char *text, size_t line, size_t col, const char *needle)
{
	teardown(NULL);
	assert_int_equal(parse(text), -EINVAL);
	if (diags.count != 1 || !strstr(diags.items[0].text, needle) ||
	    diags.items[0].pos.line != line || diags.items[0].pos.col != col) {
		diag_print(&diags, stdout);
		fail_msg("expected one error at %zu:%zu with \"%s\"", line, col, needle);
	}
	assert_int_equal(state.remote_count, 0);
	assert_int_equal(state.endpoint_count, 0);
	assert_null(state.remotes);
	assert_null(state.endpoints);
	assert_null(state.services);
	teardown(NULL);
}

#endif
