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
sleep 13
ok "when the old flows have expired, new ones find ports again" udp_flow 20005
sleep 13

# Everything that is left has expired, but for a connection that has been answered.
collects_under_it() {
	sleep 5
	run on node1 "$hrinstall" gc
	printf '%s\n' "$status" >"$lab_scratch/gc.status"
	cp "$tap_out" "$lab_scratch/gc.out"
}
ok "a connection outlives the time of an unanswered one, and gc" \
	masq_across node1-client internet collects_under_it
is "gc succeeds" "$(cat "$lab_scratch/gc.status")" 0
like "it has deleted what had expired and left the connection's two entries" "$(cat "$lab_scratch/gc.out")" \
	'^[0-9]+ scanned, [1-9][0-9]* deleted, 2 alive$'
run on node1 "$hrinstall" gc --format json
like "as JSON" "$(cat "$tap_out")" '"schema": "hostroute.gc/1"'
ok "remove" on node1 "$hrinstall" remove
run on node1 "$hrinstall" gc
is "with nothing installed gc has nothing to do" "$status:$(cat "$tap_out")" "0:0 scanned, 0 deleted, 0 alive"
like "and says why" "$(cat "$tap_err")" 'there is no map hr_nat4$'
done_testing
