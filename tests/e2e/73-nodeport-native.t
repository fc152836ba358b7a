#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Services for those outside, packet by packet, where the network routes between the nodes.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/nodeport.sh
. "$(dirname -- "$0")/nodeport.sh"

nodeport_test bpf node1 native auto-routes
done_testing
