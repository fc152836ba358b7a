#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317 # functions that ok calls by name
#
# Masquerading when there is nothing left to translate to, and when flows grow old: four ports, short timeouts.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/masquerade.sh
. "$(dirname -- "$0")/masquerade.sh"

masq_up vxlan four-ports short-timeouts || {
	done_testing
}

# udp_flow SOURCE-PORT: one datagram that is answered.
udp_flow() {
	[ "$(echo x | on node1-client socat -t 0.5 - "UDP4:${lab_addr[internet]}:$lab_udp_port,sourceport=$1")" = x ]
}

for port in 20001 20002 20003 20004; do
	ok "a flow from port $port finds one of four ports" udp_flow "$port"
done
before=$(reason_count node1 nat-no-mapping)
not_ok "a fifth flow to the same server finds none" udp_flow 20005
like "and is counted as that" "$(($(reason_count node1 nat-no-mapping) - before))" '^[1-9]'
ok "a known flow goes on" udp_flow 20001
ok "the node's own traffic does, too" traffic_udp node1 "${lab_addr[internet]}"
sleep 4
ok "when the old flows have expired, new ones find ports again" udp_flow 20005
sleep 4
ok "a connection outlives the time that an unanswered one has" \
	masq_across node1-client internet sleep 5
done_testing
