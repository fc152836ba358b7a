#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2154 # lab_* variables are those of tests/lab
#
# The users' first node: its status has the lines of their agent's status, because that is what is loaded.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
lab_up

bundle=$(bundle_of vxlan) || {
	fail "the example compiles"
	done_testing
}
ok "the bundle is applied" node_apply node1 "$bundle"
status=$(node_status node1)
for line in 'KubeProxyReplacement: +Probe \[enp0s2 192\.168\.64\.8\]' 'Host Routing: +BPF' \
	'Masquerading: +BPF \[enp0s2\] 10\.233\.64\.0/24 \[IPv4: Enabled, IPv6: Disabled\]'; do
	like "the line ${line%%:*}" "$status" "^$line\$"
done
done_testing
