#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2317,SC2031,SC2016 # functions that ok calls by name; on is a subshell; "bash -c"
#
# hrinstall monitor on a node: drops and traces as they happen, filters, JSON, one listener at a time, and what is
# left when it is stopped, killed or too slow.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up
lab_router_learns_pods

bundle=$(bundle_of vxlan) || {
	fail "the example compiles"
	done_testing
}
for node in node1 node2; do ok "$node takes the bundle" node_apply "$node" "$bundle"; done

pins() { on node1 ls /sys/fs/bpf/hostroute; }
listens() { on node1 bpftool -j map dump pinned /sys/fs/bpf/hostroute/hr_monitor | tr -d ' \n' | grep -c '"0x01"'; }
wait_for() {
	local tries=100
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}
is_on() { [ "$(listens)" = 1 ]; }
is_off() { [ "$(listens)" = 0 ]; }

# monitor_start OPTION...: listens in the background; output in events and events.err.
monitor_start() {
	on node1 "$hrinstall" monitor "$@" >"$tap_dir/events" 2>"$tap_dir/events.err" &
	monitor=$!
	wait_for is_on
}
monitor_pid() { pgrep -P "$monitor" hrinstall || echo "$monitor"; }
monitor_stop() {
	kill -INT "$(monitor_pid)"
	wait "$monitor"
}
ping_one() { on node1-client ping -n -q -c 1 -W 2 "$@"; }
spoof() {
	on node1-client ip addr add 10.233.64.94/32 dev eth0
	ping_one -I 10.233.64.94 "${lab_addr[node2-server]}" >/dev/null
	on node1-client ip addr del 10.233.64.94/32 dev eth0
}

ok "nobody listens at first" is_off
ok "a monitor listens" monitor_start
ok "a ping while it does" ping_one "${lab_addr[node1-server]}"
spoof
ok "it ends cleanly by SIGINT" monitor_stop
like "the ping is a trace, with its way, addresses and type" "$(cat "$tap_dir/events")" \
	"-> endpoint \(to-pod-peer\) flow 0x[0-9a-f]{8} ifindex [0-9]+ \(lxc_client\) from_container identity [0-9]+->[0-9]+ length 98: ${lab_addr[node1-client]} -> ${lab_addr[node1-server]} icmp type 8 code 0"
like "the spoofed packet is a drop with its reason" "$(cat "$tap_dir/events")" \
	'^xx drop \(invalid-source\) .*10\.233\.64\.94 -> '
like "it says how many it showed and lost" "$(cat "$tap_dir/events.err")" '[0-9]+ events shown, 0 lost'
ok "nobody listens then" is_off

ok "one that filters by reason" monitor_start --reason invalid-source
ok "a ping" ping_one "${lab_addr[node1-server]}"
spoof
ok "ends" monitor_stop
is "sees only that" "$(grep -vc invalid-source "$tap_dir/events"):$(grep -c invalid-source "$tap_dir/events")" 0:1

ok "one that filters by pod" monitor_start --ip "${lab_addr[node1-server]}" --format json
ok "a ping to it" ping_one "${lab_addr[node1-server]}"
ok "and one to another" ping_one "${lab_addr[node2-server]}"
ok "ends" monitor_stop
is "every line is an event as JSON" \
	"$(grep -vcE '^\{.*"schema": ?"hostroute\.event/1".*\}$' "$tap_dir/events")" 0
unlike "none is of another pod" "$(cat "$tap_dir/events")" "${lab_addr[node2-server]}"

ok "a remote pod's packets" monitor_start --ip "${lab_addr[node2-server]}" --type trace
ok "are sent" ping_one "${lab_addr[node2-server]}"
ok "ends" monitor_stop
like "and shown inside their tunnel" "$(cat "$tap_dir/events")" \
	"-> overlay \(to-overlay\).*${lab_addr[node1-client]} -> ${lab_addr[node2-server]} icmp type 8"

ok "one that filters by pod" monitor_start --ip "${lab_addr[node1-client]}" --reason masqueraded
ok "a ping to the world" ping_one "${lab_addr[internet]}"
ok "ends" monitor_stop
like "sees it leave with the node's address, and whose it was" "$(cat "$tap_dir/events")" \
	"-> network \(masqueraded\) .* orig-ip ${lab_addr[node1-client]}: ${lab_addr[node1]} -> ${lab_addr[internet]} icmp type 8"

ok "a first monitor" monitor_start
run on node1 "$hrinstall" monitor --duration 1
is "a second one is refused" "$status" 4
like "with its reason" "$(cat "$tap_err")" 'another hrinstall monitor is running'
kill -KILL "$(monitor_pid)"
wait "$monitor" 2>/dev/null
ok "one that is killed leaves events on" is_on
node_status node1 >/dev/null
ok "the next status switches them off" is_off

ok "one that is too slow" monitor_start --type drop
kill -STOP "$(monitor_pid)"
ok "does not slow or stop traffic" on node1-client ping -n -q -f -c 20000 "${lab_addr[node1-server]}"
kill -CONT "$(monitor_pid)"
ok "ends" monitor_stop
like "and says what it lost" "$(cat "$tap_dir/events.err")" ' [1-9][0-9]* lost'
like "so do the metrics" "$(on node1 "$hrinstall" status --format prometheus)" \
	$'hostroute_events_lost_total [1-9]'
like "and the status" "$(on node1 "$hrinstall" status)" 'Events lost: +[1-9]'
ok "the node itself reaches a pod" on node1 ping -n -q -c 1 -W 2 "${lab_addr[node1-server]}"
on node1 "$hrinstall" status --format json >"$tap_dir/status.json"
like "also as JSON" "$(cat "$tap_dir/status.json")" '"events_lost": [1-9]'
is "where counters have the direction that a pod sees" \
	"$(grep -A1 '"program": "\(from\|to\)_' "$tap_dir/status.json" | tr -d ' ",\n' |
		grep -oE '(from|to)_[a-z]+direction:(e|in)gress' | sed 's/direction//' | sort -u | tr '\n' ' ')" \
	"from_container:egress from_host:egress from_netdev:ingress to_netdev:egress "
like "and so has the text" "$(on node1 "$hrinstall" status)" 'from_container +egress +drop +invalid-source +[1-9]'
run on node1 "$hrinstall" endpoint list --format prometheus
is "no other command has metrics" "$status" 2
run on node1 "$hrinstall" monitor --duration 1
is "a duration ends it" "$status" 0
# slow_reader: 16 KB a second, much less than what is told.
slow_reader() { while IFS= read -r -N 4096 _; do sleep 0.25; done; }
on node1-client ip addr add 10.233.64.94/32 dev eth0
on node1-client bash -c '
	for i in {1..40}; do ping -n -q -i 0.0002 -w 120 -I "$0" "$1" & done
	trap "kill $(jobs -p | tr "\n" " ")" TERM
	wait' 10.233.64.94 "${lab_addr[node2-server]}" >/dev/null &
flood=$!
on node1 timeout 100 "$hrinstall" monitor --duration 2 > >(slow_reader) 2>"$tap_dir/events.err"
is "also when more happens than its reader takes" "$?:$(kill -0 "$flood" && echo "still going on")" "0:still going on"
kill "$flood"
wait "$flood"
on node1-client ip addr del 10.233.64.94/32 dev eth0
on node1 "$hrinstall" monitor --duration 60 >/dev/full 2>"$tap_dir/events.err" &
monitor=$!
ok "one that cannot write listens" wait_for is_on
ok "until a ping" ping_one "${lab_addr[node1-server]}"
ok "or another" ping_one "${lab_addr[node2-server]}"
not_ok "ends it with an error" wait "$monitor"
is "that is told once" "$(cat "$tap_dir/events.err")" \
	"hrinstall: error: write to standard output: Input/output error"
{ on node1 timeout 30 "$hrinstall" monitor 2>"$tap_dir/events.err"; echo $? >"$tap_dir/events.status"; } |
	head -n 1 >"$tap_dir/events" &
monitor=$!
ok "one whose reader wants a single line listens" wait_for is_on
ok "to a ping" ping_one "${lab_addr[node1-server]}"
ok "and ends with its reader" wait_for test -s "$tap_dir/events.status"
wait "$monitor"
like "without an error" "$(cat "$tap_dir/events.status" "$tap_dir/events.err" | tr '\n' ' ')" '^0 hrinstall: [0-9]+ events shown, 0 lost $'
ok "and nobody listens then" is_off
run on node1 "$hrinstall" monitor --reason no-such
is "a reason that does not exist is misuse" "$status" 2
ok "everything goes away" on node1 "$hrinstall" remove
not_ok "pins included" pins
done_testing
