#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2154,SC2317,SC2031 # variables of the files below; functions that ok calls by name; a key, no variable
#
# How long services remember: flows until their timeouts, clients of a service with affinity for its seconds, and a
# connection as long as it is used. And HostPorts, from outside and from a pod.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/nodeport.sh
. "$(dirname -- "$0")/nodeport.sh"
affinity=8 # seconds

sticky() {
	printf '  - name: default/sticky\n    port: 80\n    node-port: 30088\n    session-affinity: %s\n    backends:\n' "$affinity"
	printf '      - {ip: %s, port: %d}\n' "${lab_addr[node1-server]}" "$np_port" "${lab_addr[node2-server]}" "$np_port"
}

host_port() {
	printf '  - name: default/host-port\n    port: 80\n    host-port: 8080\n'
	printf '    backends: [{ip: %s, port: %d}]\n' "${lab_addr[node1-server]}" "$np_port"
}

more_services() {
	{ cat "$np_state" && sticky && host_port; } >"$tap_dir/more.yaml"
	on node1 "$hrinstall" apply "$np_bundle" --state "$tap_dir/more.yaml"
}

# asks N: the backends that answer as many connections of one client.
asks() {
	local i
	for ((i = 0; i < $1; i++)); do np_ask internet tcp "${lab_addr[node1]}" 30088; done | sort -u
}

keeps_for_its_time() {
	local first
	first=$(asks 1)
	is "a client keeps its backend" "$(asks 6)" "$first"
	sleep 3
	is "while it is not away for the timeout" "$(asks 1)" "$first"
	ok "after that it gets another one" finds_another "$first"
}

# Others take turns, too, so that who is not kept may meet the same one again.
finds_another() {
	local i
	for ((i = 0; i < 4; i++)); do
		sleep "$((affinity + 1))"
		if [ "$(asks 1)" != "$1" ]; then return; fi
	done
	return 1
}

# alive: entries that gc leaves, after deleting those that have expired.
alive() {
	on node1 "$hrinstall" gc | sed -n 's/.* \([0-9]*\) alive$/\1/p'
}

# alive_are N
alive_are() {
	[ "$(alive)" = "$1" ]
}

# Two halves of what the client knows, and two of what the backend does: all that is left when the other flows end.
outlives_gc() {
	local held held_PID
	coproc held { on internet socat -t 1 - "TCP4:${lab_addr[node1]}:30090,connect-timeout=5"; }
	np_word one "a connection to a backend on another node"
	np_ask internet udp "${lab_addr[node1]}" 30081 >/dev/null
	ok "gc finds it and a flow of datagrams" test "$(alive)" -ge 8
	ok "the datagrams' flow goes by the timeout of services, with both its pairs" lab_wait alive_are 4
	np_word two "the connection outlives that"
	kill "$held_PID"
	wait "$held_PID" 2>/dev/null
}

np_up vxlan short-service-timeouts || {
	fail "the example compiles"
	done_testing
}
ok "more services" more_services
like "outside -> HostPort" "$(np_ask internet tcp "${lab_addr[node1]}" 8080)" "^node1-server 198\.51\.100\.10\$"
is "it is one of TCP only" "$(np_ask internet udp "${lab_addr[node1]}" 8080)" ECONNREFUSED
like "pod -> HostPort of its node" "$(np_ask node1-client tcp "${lab_addr[node1]}" 8080)" \
	"^node1-server ${lab_addr[node1-client]}\$"
is "a HostPort is none of another node's" "$(np_ask internet tcp "${lab_addr[node2]}" 8080)" ECONNREFUSED
keeps_for_its_time
outlives_gc
done_testing
