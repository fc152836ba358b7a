#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Services for those outside, packet by packet: a host on the internet asks node1, whose backends are here and there, with the nodes' stack in between.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/nodeport.sh
. "$(dirname -- "$0")/nodeport.sh"

nodeport_test legacy node1-gateway vxlan legacy
done_testing
