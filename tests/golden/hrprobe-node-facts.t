#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hrprobe about a node in a file: verdict, audit and exit status come from the file alone, on any machine and
# without privilege, and a file that is wrong is refused with the place.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

# node KERNEL [AUDIT]: a node of the example's cluster, with these members of "kernel" and "audit".
node() {
	local audit=
	[ $# -lt 2 ] || audit=", \"audit\": { $2 }"
	cat <<-EOF
		{ "schema": "hostroute.node/1", "node_ip": "192.168.64.8", "pod_cidr": "10.233.64.0/24",
		  "devices": [ { "name": "enp0s2", "ifindex": 2, "mac": "02:00:00:00:00:08", "mtu": 1500,
		                 "flags": ["up"], "ip4": ["192.168.64.8/24"], "default_route": ["ipv4"],
		                 "unicast_route": ["ipv4"] } ],
		  "sysctl": { "net.ipv4.ip_local_port_range": "32768 60999",
		              "net.ipv4.ip_local_reserved_ports": "" },
		  "kernel": { $1 }$audit }
	EOF
}

# probe NAME [OPTION...]: hrprobe about the node in $tap_dir/NAME.
probe() {
	local name=$1
	shift
	run "$hrprobe" --config "$example" --node-facts "$tap_dir/$name" "$@" </dev/null
}

node '"release": "6.1.0", "base": "all"' >"$tap_dir/capable"
probe capable
is "a node that can is BPF" "$status" 0
like "with its device and pod CIDR" "$(cat "$tap_out")" '^Masquerading: +BPF \[enp0s2\] 10.233.64.0/24'
unlike "and without an audit no section for the node" "$(cat "$tap_out")" '^Node:'
is "nothing is said on stderr" "$(cat "$tap_err")" ""

node '"release": "5.4.0", "base": "all", "missing_helpers": [["sched_cls", "redirect_peer"]]' >"$tap_dir/old"
probe old
is "a kernel without a helper is legacy" "$status" $legacy
like "for that helper" "$(cat "$tap_out")" 'helper/sched_cls/redirect_peer +no, .*\(file\)'

node '"release": "6.1.0"' >"$tap_dir/unasked"
probe unasked
is "what the file does not say is unknown" "$status" $undetermined

node '"release": "6.1.0", "base": "all"' \
	'"rules": [ { "family": "ipv4", "priority": 50, "table": 77, "selector": "fwmark 0x1/0x1" } ],
	 "bpffs_mounts": 2, "cgroup2": "/sys/fs/cgroup"' >"$tap_dir/audited"
probe audited
is "findings about the node leave the verdict alone" "$status" 0
like "but are listed" "$(cat "$tap_out")" 'NODE-IP-RULES-MARK: warning: .*\(50: fwmark 0x1/0x1 lookup 77\)'
like "with what they would do" "$(cat "$tap_out")" 'in BPF mode: '

probe audited --record-node-facts "$tap_dir/copy" --quiet
is "a node that was read can be recorded" "$status" 0
probe audited --format json
cp "$tap_out" "$tap_dir/want"
probe copy --format json
is_file "and says the same again" "$tap_out" "$tap_dir/want"

probe no-such-file
is "a file that does not exist" "$status" $input
node '"base": "most"' >"$tap_dir/wrong"
probe wrong
is "a value that cannot be" "$status" $input
like "is named with its place" "$(cat "$tap_err")" 'wrong: kernel.base: not "all" or "none"$'
sed 's/"mtu"/"mut"/' "$tap_dir/capable" >"$tap_dir/typo"
probe typo
like "a key that is unknown is a warning" "$(cat "$tap_err")" 'warning: .*devices\[0\].mut: not a key'
run "$hrprobe" --config - --node-facts - </dev/null
is "two files cannot both be stdin" "$status" $usage
done_testing
