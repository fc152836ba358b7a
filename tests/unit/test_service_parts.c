// SPDX-License-Identifier: BSD-2-Clause
/*
 * Parts of the kube-proxy replacement by mode, release, keys and what the kernel lacks, row by row, as section D of
 * the reference has them; the header's macros say the same.
 */
#include "tests/unit/verdict_fixture.h"

#include "compiler/macros.h"
#include "probe/service_parts.h"

/* One letter per part, in the order of enum service_part. */
static const char letters[] = "NEHRTUhABG";
_Static_assert(sizeof(letters) - 1 == SERVICE_PART__COUNT, "a letter for every part");

/* Parts that are on; then, behind a slash, those that something turned off. */
static const char *parts_text(const struct service_parts *parts)
{
	static char text[2 * SERVICE_PART__COUNT + 2];
	size_t len = 0;

	for (size_t i = 0; i < SERVICE_PART__COUNT; i++)
		if (parts->on[i])
			text[len++] = letters[i];
	text[len++] = '/';
	for (size_t i = 0; i < SERVICE_PART__COUNT; i++)
		if (parts->off_by[i] != RULE__COUNT)
			text[len++] = letters[i];
	text[len] = '\0';
	return text;
}

#define MISSING 2

struct row {
	enum cilium_release release;
	const char *kpr;
	const char *keys; /* that are true, separated by blanks; "-key" is false */
	enum feature_id
		missing[MISSING]; /* 0 is none: every kernel of a row can load a classifier */
	const char *parts; /* or "refused" */
	const char *rule; /* that turned the first part off; NULL when none did */
};

#define FIB FEATURE_HELPER_SCHED_ACT_FIB_LOOKUP
#define FIB_CLS FEATURE_HELPER_SCHED_CLS_FIB_LOOKUP
#define NEIGH FEATURE_HELPER_SCHED_CLS_REDIRECT_NEIGH
#define COOKIE FEATURE_HELPER_SOCK_ADDR_NETNS_COOKIE
#define PEER FEATURE_ATTACH_GETPEERNAME4
#define CONNECT FEATURE_ATTACH_CONNECT4
#define RECVMSG FEATURE_ATTACH_RECVMSG4
#define LRU FEATURE_MAP_LRU_HASH
#define LPM FEATURE_MAP_LPM_TRIE

static const struct row rows[] = {
	/* Everything, and in probe mode all but what kube-proxy may hold. */
	{ CILIUM_1_9, "strict", "", { 0 }, "NEHRTUAB/", NULL },
	{ CILIUM_1_9, "probe", "", { 0 }, "NEHRTUA/", NULL },
	{ CILIUM_1_12, "strict", "", { 0 }, "NEHRTUABG/", NULL },
	{ CILIUM_1_12, "probe", "", { 0 }, "NEHRTUAG/", NULL },
	{ CILIUM_1_12, "probe", "bpf-lb-sock-hostns-only", { 0 }, "NEHRTUhAG/", NULL },
	{ CILIUM_1_12, "strict", "-node-port-bind-protection", { 0 }, "NEHRTUAG/", NULL },
	{ CILIUM_1_12, "strict", "-enable-svc-source-range-check", { 0 }, "NEHTUABG/", NULL },
	{ CILIUM_1_12, "strict", "-enable-k8s-terminating-endpoint", { 0 }, "NEHRTUAB/", NULL },
	{ CILIUM_1_13, "strict", "", { 0 }, "NEHRTUABG/", NULL },
	{ CILIUM_1_14, "true", "", { 0 }, "NEHRTUABG/", NULL },
	{ CILIUM_1_15, "strict", "", { 0 }, "NEHRTUABG/", NULL },
	{ CILIUM_1_16, "true", "", { 0 }, "NEHRTUABG/", NULL },
	{ CILIUM_1_17, "true", "", { 0 }, "NEHRTUABG/", NULL },
	{ CILIUM_1_18, "true", "", { 0 }, "NEHRTUABG/", NULL },
	{ CILIUM_1_19, "true", "", { 0 }, "NEHRTUABG/", NULL },
	{ CILIUM_1_19, "1", "", { 0 }, "NEHRTUABG/", NULL },

	/* By their switches. External addresses and host ports are on by default up to 1.13. */
	{ CILIUM_1_12, "partial", "", { 0 }, "G/", NULL },
	{ CILIUM_1_12, "partial", "enable-session-affinity", { 0 }, "AG/", NULL },
	{ CILIUM_1_12, "partial", "enable-node-port", { 0 }, "NEHRG/", NULL },
	{ CILIUM_1_13, "partial", "enable-node-port -enable-host-port", { 0 }, "NERG/", NULL },
	{ CILIUM_1_13, "partial", "enable-node-port -enable-external-ips", { 0 }, "NHRG/", NULL },
	{ CILIUM_1_13, "partial", "bpf-lb-sock", { 0 }, "TUG/", NULL },
	{ CILIUM_1_13, "partial", "enable-node-port bpf-lb-sock", { 0 }, "NEHRTUBG/", NULL },
	{ CILIUM_1_14, "false", "enable-node-port", { 0 }, "NRG/", NULL },
	{ CILIUM_1_15, "partial", "enable-node-port enable-external-ips", { 0 }, "NERG/", NULL },
	{ CILIUM_1_16, "false", "enable-node-port enable-host-port", { 0 }, "NHRG/", NULL },
	{ CILIUM_1_17, "false", "enable-host-port enable-external-ips", { 0 }, "G/", NULL },
	{ CILIUM_1_18, "false", "enable-node-port", { 0 }, "NRAG/", NULL },
	{ CILIUM_1_19, "false", "bpf-lb-sock", { 0 }, "TUAG/", NULL },

	/* ClusterIPs alone. */
	{ CILIUM_1_9, "disabled", "enable-node-port", { 0 }, "/", NULL },
	{ CILIUM_1_12, "disabled", "enable-node-port bpf-lb-sock", { 0 }, "G/", NULL },
	{ CILIUM_1_15, "disabled", "enable-session-affinity", { 0 }, "AG/", NULL },

	/* Values of other releases. */
	{ CILIUM_1_12, "true", "", { 0 }, "refused", NULL },
	{ CILIUM_1_13, "probe", "", { 0 }, "refused", NULL },
	{ CILIUM_1_14, "True", "", { 0 }, "refused", NULL },
	{ CILIUM_1_16, "strict", "", { 0 }, "refused", NULL },
	{ CILIUM_1_16, "partial", "", { 0 }, "refused", NULL },
	{ CILIUM_1_16, "disabled", "", { 0 }, "refused", NULL },

	/* What the agent of the release misses: probe mode does with less, others do not start. */
	{ CILIUM_1_12, "probe", "", { FIB }, "TUAG/NEHR", "HR-FIB-LOOKUP-OFF" },
	{ CILIUM_1_9, "probe", "", { FIB }, "TUA/NEHR", "HR-FIB-LOOKUP-OFF" },
	{ CILIUM_1_12,
	  "probe",
	  "-enable-svc-source-range-check",
	  { FIB },
	  "TUAG/NEH",
	  "HR-FIB-LOOKUP-OFF" },
	{ CILIUM_1_12, "strict", "", { FIB }, "refused", NULL },
	{ CILIUM_1_12, "partial", "enable-node-port", { FIB }, "refused", NULL },
	{ CILIUM_1_12, "partial", "bpf-lb-sock", { FIB }, "TUG/", NULL },
	{ CILIUM_1_12, "disabled", "", { FIB }, "G/", NULL },
	{ CILIUM_1_14, "true", "", { FIB_CLS }, "refused", NULL },
	{ CILIUM_1_14, "true", "", { FIB }, "NEHRTUABG/", NULL },
	{ CILIUM_1_12, "probe", "", { CONNECT }, "NEHRUAG/T", "HR-SOCKET-LB-TCP-OFF" },
	{ CILIUM_1_12, "probe", "", { RECVMSG }, "NEHRTAG/U", "HR-SOCKET-LB-UDP-OFF" },
	{ CILIUM_1_12, "probe", "", { CONNECT, RECVMSG }, "NEHRAG/TU", "HR-SOCKET-LB-TCP-OFF" },
	{ CILIUM_1_12, "strict", "", { CONNECT }, "refused", NULL },
	{ CILIUM_1_12, "strict", "", { RECVMSG }, "refused", NULL },
	{ CILIUM_1_13, "partial", "bpf-lb-sock", { RECVMSG }, "refused", NULL },
	{ CILIUM_1_17, "false", "enable-node-port", { CONNECT }, "NRG/", NULL },
	{ CILIUM_1_17, "true", "", { CONNECT }, "refused", NULL },
	{ CILIUM_1_12, "probe", "", { LRU }, "NEHRTUG/A", "HR-SESSION-AFFINITY-OFF" },
	{ CILIUM_1_12, "strict", "", { LRU }, "refused", NULL },
	{ CILIUM_1_12,
	  "disabled",
	  "enable-session-affinity",
	  { LRU },
	  "G/A",
	  "HR-SESSION-AFFINITY-OFF" },
	{ CILIUM_1_12, "probe", "", { LPM }, "NEHTUAG/R", "HR-SOURCE-RANGE-OFF" },
	{ CILIUM_1_12, "strict", "", { LPM }, "refused", NULL },

	/* What hostroute's programs miss. The agent starts without it; which modes get a bundle, plan.h says. */
	{ CILIUM_1_12, "probe", "", { NEIGH }, "TUAG/NEHR", "HR-OWN-NODEPORT" },
	{ CILIUM_1_12, "strict", "", { NEIGH }, "TUAG/NEHR", "HR-OWN-NODEPORT" },
	{ CILIUM_1_17, "true", "", { NEIGH }, "TUAG/NEHR", "HR-OWN-NODEPORT" },
	{ CILIUM_1_13, "partial", "enable-node-port", { NEIGH }, "G/NEHR", "HR-OWN-NODEPORT" },
	{ CILIUM_1_13, "partial", "bpf-lb-sock", { NEIGH }, "TUG/", NULL },
	{ CILIUM_1_12, "disabled", "", { NEIGH }, "G/", NULL },
	{ CILIUM_1_19, "true", "", { NEIGH }, "refused", NULL },
	{ CILIUM_1_12, "probe", "", { FIB, NEIGH }, "TUAG/NEHR", "HR-FIB-LOOKUP-OFF" },
	{ CILIUM_1_12, "probe", "", { COOKIE }, "NEHRAG/TU", "HR-OWN-SOCKET-LB" },
	{ CILIUM_1_12, "strict", "", { PEER }, "NEHRAG/TU", "HR-OWN-SOCKET-LB" },
	{ CILIUM_1_15,
	  "true",
	  "",
	  { FEATURE_HELPER_SOCK_NETNS_COOKIE },
	  "NEHRAG/TU",
	  "HR-OWN-SOCKET-LB" },
	{ CILIUM_1_12,
	  "strict",
	  "bpf-lb-sock-hostns-only",
	  { COOKIE },
	  "NEHRAG/TUh",
	  "HR-OWN-SOCKET-LB" },
};

static void set_keys(const char *keys)
{
	char copy[128], *rest = copy;

	snprintf(copy, sizeof(copy), "%s", keys);
	for (char *key; (key = strsep(&rest, " ")) && *key;)
		set(*key == '-' ? key + 1 : key, *key == '-' ? "false" : "true");
}

/* Nothing else of a row may get in the way. */
static void decide_row(const struct row *row)
{
	capable_at(row->release);
	set("kube-proxy-replacement", row->kpr);
	set("enable-bpf-masquerade", "false");
	set_keys(row->keys);
	for (size_t i = 0; i < MISSING && row->missing[i]; i++)
		answer(row->missing[i], ANSWER_NO);
	decide();
}

static enum rule_id first_off(const struct service_parts *parts)
{
	for (size_t i = 0; i < SERVICE_PART__COUNT; i++)
		if (parts->off_by[i] != RULE__COUNT)
			return parts->off_by[i];
	return RULE__COUNT;
}

static void check_row(const struct row *row)
{
	struct service_parts parts;
	const char *text, *rule;
	enum rule_id off;

	service_parts_decide(&opts, &v, &parts);
	text = v.mode == VERDICT_REFUSED ? "refused" : parts_text(&parts);
	off = first_off(&parts);
	rule = v.mode == VERDICT_REFUSED || off == RULE__COUNT ? "" : rule_defs[off].name;
	if (strcmp(text, row->parts) || strcmp(rule, row->rule ?: ""))
		fail_msg("%s %s \"%s\" without %s: %s by \"%s\", not %s by \"%s\"",
			 release_name(row->release), row->kpr, row->keys,
			 row->missing[0] ? feature_defs[row->missing[0]].name : "nothing", text,
			 rule, row->parts, row->rule ?: "");
}

static void each_mode_has_its_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		decide_row(&rows[i]);
		check_row(&rows[i]);
	}
}

static void the_header_has_the_same_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct macro_values macros;
		struct service_parts parts;

		decide_row(&rows[i]);
		if (v.mode == VERDICT_REFUSED)
			continue;
		service_parts_decide(&opts, &v, &parts);
		macros_evaluate(&opts, &v, VXLAN_BY_DEFAULT, &macros);
		assert_int_equal(macros.ENABLE_NODEPORT, parts.on[SERVICE_NODEPORT]);
		assert_int_equal(macros.ENABLE_SOCKET_LB_TCP, parts.on[SERVICE_SOCKET_LB_TCP]);
		assert_int_equal(macros.ENABLE_SOCKET_LB_UDP, parts.on[SERVICE_SOCKET_LB_UDP]);
		assert_int_equal(macros.ENABLE_SOCKET_LB_HOST_ONLY,
				 parts.on[SERVICE_SOCKET_LB_HOST_ONLY]);
		assert_int_equal(macros.ENABLE_NODEPORT_BIND_PROTECTION,
				 parts.on[SERVICE_BIND_PROTECTION]);
		assert_int_equal(macros.ENABLE_PER_PACKET_LB,
				 !parts.on[SERVICE_SOCKET_LB_TCP] ||
					 !parts.on[SERVICE_SOCKET_LB_UDP] ||
					 parts.on[SERVICE_SOCKET_LB_HOST_ONLY]);
	}
}

/* The agent's status lines are the agent's: hostroute's own needs change none. */
static void the_agents_state_stays_the_agents(void **state)
{
	struct service_parts parts;

	(void)state;
	decide_row(&(struct row){ CILIUM_1_12, "strict", "", { NEIGH }, "", NULL });
	service_parts_decide(&opts, &v, &parts);
	assert_int_equal(v.mode, VERDICT_LEGACY);
	assert_true(v.nodeport);
	assert_false(parts.on[SERVICE_NODEPORT]);
}

static void what_is_unknown_is_not_turned_off(void **state)
{
	struct service_parts parts;

	(void)state;
	capable_at(CILIUM_1_12);
	set("enable-host-legacy-routing", "true");
	answer(NEIGH, ANSWER_UNKNOWN);
	decide();
	service_parts_decide(&opts, &v, &parts);
	assert_int_equal(v.mode, VERDICT_LEGACY);
	assert_true(parts.on[SERVICE_NODEPORT]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_mode_has_its_parts),
		TEST(the_header_has_the_same_parts),
		TEST(the_agents_state_stays_the_agents),
		TEST(what_is_unknown_is_not_turned_off),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	options_fini(&opts);
	return failed;
}
