#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Masquerading with the ip-masq-agent's exceptions: its file, and the file read again.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/masquerade.sh
. "$(dirname -- "$0")/masquerade.sh"

masq_up vxlan ip-masq-agent || {
	done_testing
}
lab_router_learns_pods
bundle=$(bundle_of vxlan ip-masq-agent)
file=$lab_scratch/ip-masq-agent
pod=node1-client

# seen_as NAME TITLE: the host outside knows the pod by the address of NAME.
seen_as() {
	like "$2" "$(masq_peer "$pod" internet)" "^${lab_addr[$1]}:"
}

reload() {
	run on node1 "$hrinstall" ip-masq-agent reload "$@"
}

like "status says so" "$(node_status node1)" '^Masquerading: +BPF \(ip-masq-agent\) \[enp0s2\] 10\.233\.64\.0/24 \['
seen_as "$pod" "without a file the defaults count, which exempt the host outside"

printf 'nonMasqueradeCIDRs: []\n' >"$file"
run node_apply node1 "$bundle" --ip-masq-agent-config-path "$file"
like "apply reads another file and changes the difference" "$(cat "$tap_out")" 'write map hr_ipmasq4: 11 removed'
seen_as node1 "an empty list exempts nothing"
run node_apply node1 "$bundle" --ip-masq-agent-config-path "$file"
like "a second apply has nothing to do" "$(cat "$tap_out")" '[Nn]othing to do'

printf 'nonMasqueradeCIDRs:\n- 198.51.100.0/24\n- 198.51.100.7/24\n' >"$file"
reload
is "the file is read again, from where the last apply had it" "$status:$(cat "$tap_out")" "0:hr_ipmasq4: 1 added"
seen_as "$pod" "and exempts the host outside"

printf 'nonMasqueradeCIDRs:\n- 198.51.100.0/24\n- 2001:db8::/32\n' >"$file"
reload
is "a file with a mistake is refused, by exit status" "$status" 3
like "with its position" "$(cat "$tap_err")" "$file:3:3: error: 2001:db8::/32 is not an IPv4 CIDR"
seen_as "$pod" "and what was exempt stays so"

printf '{"nonMasqueradeCIDRs": ["192.0.2.0/24"]}\n' >"$file.json"
reload --ip-masq-agent-config-path "$file.json"
is "another file can be read" "$status" 0
seen_as node1 "which exempts something else"
reload --ip-masq-agent-config-path "$file.json"
is "and a second time there is nothing to do" "$(cat "$tap_out")" "nothing to do"

ok "remove" on node1 "$hrinstall" remove
reload
is "with nothing installed a reload fails" "$status" 4
done_testing
