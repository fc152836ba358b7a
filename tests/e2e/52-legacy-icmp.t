#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# ICMP errors, path MTUs and IP options with legacy host routing.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/traffic.sh
. "$(dirname -- "$0")/traffic.sh"
# shellcheck source=tests/e2e/icmp.sh
. "$(dirname -- "$0")/icmp.sh"
icmp_test legacy vxlan legacy
done_testing
