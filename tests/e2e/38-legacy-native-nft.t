#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The traffic matrix with the example as: native auto-routes legacy, masqueraded by nftables.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/traffic.sh
. "$(dirname -- "$0")/traffic.sh"
# shellcheck source=tests/e2e/nft.sh
. "$(dirname -- "$0")/nft.sh"
nft_test "native auto-routes" 10.233.64.93
done_testing
