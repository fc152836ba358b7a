// SPDX-License-Identifier: BSD-2-Clause
/* install/{service,service_store}: services written and read again. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "install/service_store.h"

static char dir[] = "/tmp/test-service-store.XXXXXX";

static const char yaml[] =
	"services:\n"
	"- {name: \"default/web:http\", protocol: TCP, cluster-ip: 10.96.0.1, node-port: 30080, "
	"host-port: 8080, host-ip: 192.0.2.9, port: 80, external-ips: [192.0.2.1, 192.0.2.3], "
	"load-balancer-ips: [192.0.2.2], external-traffic-policy: Local, "
	"internal-traffic-policy: Local, session-affinity: 60, "
	"source-ranges: [198.51.100.0/24, 203.0.113.0/24], "
	"backends: [{ip: 10.0.0.1, port: 1}, {ip: 10.0.0.2, port: 2, state: terminating}]}\n"
	"- {name: \"a\\\"b\\\\c#{d}\", protocol: UDP, node-port: 53}\n";

struct world {
	struct install_paths paths;
	struct node_state state;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	_cleanup_diag_ struct diag_list diags = { 0 };
	char run[64];

	assert_non_null(w);
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	assert_non_null(mkdtemp(dir));
	snprintf(run, sizeof(run), "%s/run", dir);
	assert_int_equal(mkdir(run, 0700), 0);
	assert_int_equal(paths_init(&w->paths, "/bpf", run), 0);
	assert_int_equal(state_parse_services("f", yaml, strlen(yaml), &w->state, &diags), 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	state_fini(&w->state);
	free(w);
	return dir_remove(dir);
}

static char *format(const struct service *services, size_t count)
{
	struct buf text = { 0 };
	char *out;

	buf_puts(&text, "services:\n");
	for (size_t i = 0; i < count; i++)
		service_format(&services[i], &text);
	assert_int_equal(buf_take(&text, &out), 0);
	return out;
}

static void a_service_is_written_as_it_was_read(void **state)
{
	struct world *w = *state;
	_cleanup_free_ char *text = format(w->state.services, w->state.service_count);

	assert_string_equal(text, yaml);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct service *)a)->name, ((const struct service *)b)->name);
}

static void assert_stored(struct world *w)
{
	_cleanup_state_ struct node_state got = { 0 };
	_cleanup_free_ char *text = NULL, *want = NULL;

	assert_int_equal(service_store_read(&w->paths, &got), 0);
	assert_true(got.has_services);
	assert_int_equal(got.service_count, w->state.service_count);
	qsort(got.services, got.service_count, sizeof(*got.services), by_name);
	qsort(w->state.services, w->state.service_count, sizeof(*got.services), by_name);
	text = format(got.services, got.service_count);
	want = format(w->state.services, w->state.service_count);
	assert_string_equal(text, want);
}

static void what_is_stored_is_read_again(void **state)
{
	struct world *w = *state;
	struct node_state none = { 0 };

	assert_int_equal(service_store_read(&w->paths, &none), -ENOENT);
	assert_int_equal(service_store_write(&w->paths, w->state.services, 2), 0);
	assert_stored(w);
	service_fini(&w->state.services[1]);
	w->state.service_count = 1;
	assert_int_equal(service_store_write(&w->paths, w->state.services, 1), 0);
	assert_stored(w);
}

static void one_service_is_found_and_written_among_others(void **state)
{
	_cleanup_state_ struct node_state some = { 0 };
	struct world *w = *state;
	const char *name = "default/web:http";

	assert_int_equal(service_store_write(&w->paths, w->state.services, 2), 0);
	assert_int_equal(service_store_read_file(&w->paths, service_store_file(name), &some), 0);
	assert_int_equal(some.service_count, 1);
	assert_string_equal(some.services[0].name, name);
	some.services[0].affinity = w->state.services[0].affinity = 7;
	assert_int_equal(
		service_store_write_file(&w->paths, service_store_file(name), some.services, 1), 0);
	assert_stored(w);
	assert_int_equal(service_store_write_file(&w->paths, service_store_file(name), NULL, 0), 0);
	state_fini(&some);
	assert_int_equal(service_store_read_file(&w->paths, service_store_file(name), &some), 0);
	assert_int_equal(some.service_count, 0);
}

static void a_change_that_did_not_end_is_known(void **state)
{
	_cleanup_state_ struct node_state some = { 0 };
	struct world *w = *state;

	assert_false(service_store_is_changing(&w->paths));
	assert_int_equal(service_store_begin(&w->paths), 0);
	assert_int_equal(service_store_begin(&w->paths), 0);
	assert_true(service_store_is_changing(&w->paths));
	assert_int_equal(service_store_read(&w->paths, &some), -EAGAIN);
	assert_int_equal(service_store_end(&w->paths), 0);
	assert_int_equal(service_store_read(&w->paths, &some), -ENOENT);
}

static void nothing_stays_of_a_store_that_is_removed(void **state)
{
	_cleanup_state_ struct node_state some = { 0 };
	struct world *w = *state;

	assert_int_equal(service_store_write(&w->paths, w->state.services, 2), 0);
	assert_int_equal(service_store_remove(&w->paths), 0);
	assert_int_equal(service_store_read(&w->paths, &some), -ENOENT);
	assert_int_equal(service_store_remove(&w->paths), 0);
}

static void a_damaged_file_is_named_and_refused(void **state)
{
	_cleanup_state_ struct node_state some = { 0 };
	struct world *w = *state;
	char path[600];

	assert_int_equal(service_store_write(&w->paths, w->state.services, 2), 0);
	snprintf(path, sizeof(path), "%s/services/00.yaml", w->paths.run);
	unlink(path);
	assert_int_equal(file_write_new(path, "services: 7\n", 12), 0);
	assert_int_equal(service_store_read(&w->paths, &some), -EINVAL);
	assert_false(some.has_services);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_service_is_written_as_it_was_read),
		TEST(what_is_stored_is_read_again),
		TEST(one_service_is_found_and_written_among_others),
		TEST(a_change_that_did_not_end_is_known),
		TEST(nothing_stays_of_a_store_that_is_removed),
		TEST(a_damaged_file_is_named_and_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
