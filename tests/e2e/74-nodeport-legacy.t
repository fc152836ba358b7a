#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Services for those outside, packet by packet, with the stack of the nodes in between (legacy host routing).

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/nodeport.sh
. "$(dirname -- "$0")/nodeport.sh"

nodeport_test legacy node1-gateway vxlan legacy
done_testing
