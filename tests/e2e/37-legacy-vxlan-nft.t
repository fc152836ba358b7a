#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The traffic matrix with the example as: vxlan legacy, masqueraded by nftables.

# shellcheck source=tests/e2e/e2e.sh
. "$(dirname -- "$0")/e2e.sh"
# shellcheck source=tests/e2e/traffic.sh
. "$(dirname -- "$0")/traffic.sh"
# shellcheck source=tests/e2e/nft.sh
. "$(dirname -- "$0")/nft.sh"
nft_test "vxlan" 192.168.64.8
done_testing
