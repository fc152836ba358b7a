#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The traffic matrix with the example as: native legacy.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/traffic.sh
. "$(dirname -- "$0")/traffic.sh"
traffic_test legacy "native legacy"
done_testing
