#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Masquerading in BPF below legacy host routing: the node's stack forwards, the NIC's programs translate.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/masquerade.sh
. "$(dirname -- "$0")/masquerade.sh"

masq_up vxlan legacy || {
	done_testing
}
status=$(node_status node1)
like "host routing is legacy" "$status" '^Host Routing: +Legacy$'
like "and masquerading is not" "$status" '^Masquerading: +BPF \[enp0s2\] '
masq_basics
masq_collisions
masq_errors
masq_halves
like "another node sees a pod with the node's address" "$(masq_peer node1-client node2)" \
	"^${lab_addr[node1]}:"
done_testing
