# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# First thing in every end-to-end test: puts the script into the lab's namespaces, with the TAP helpers. Where
# that cannot be done the script skips, or fails under STRICT=1.

e2e_lab=$(dirname -- "${BASH_SOURCE[0]}")/../lab
# shellcheck source=tests/lab/lab.sh
. "$e2e_lab/lab.sh"
# shellcheck source=tests/lab/measure.sh
. "$e2e_lab/measure.sh"
# shellcheck source=tests/lab/snapshot.sh
. "$e2e_lab/snapshot.sh"
# shellcheck source=tests/lab/tools.sh
. "$e2e_lab/tools.sh"
if e2e_reason=$(lab_missing); then
	# shellcheck source=tests/tap.sh
	. "$e2e_lab/../tap.sh"
	skip_all "$e2e_reason"
fi
lab_enter "$0" "$@"
# shellcheck source=tests/tap.sh
. "$e2e_lab/../tap.sh"

# Before 5.14 only the kernel's first network namespace is known as a node's, and the lab's nodes have others.
node_is_known() {
	[ "$(printf '%s\n' 5.14 "$(uname -r)" | sort -V | head -n 1)" = 5.14 ]
}
