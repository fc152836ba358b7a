#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The traffic matrix with the example as: native auto-routes, and the NIC with strict reverse path filtering.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/traffic.sh
. "$(dirname -- "$0")/traffic.sh"
lab_rp_filter=1
traffic_test bpf "native auto-routes"
done_testing
