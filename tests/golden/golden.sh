# shellcheck shell=bash disable=SC2034 # names for those who source this
# SPDX-License-Identifier: BSD-2-Clause
#
# The head of every golden test: TAP, the top of the tree as the working directory ($top), the tools under test
# by absolute path, and names for exit statuses. A tool that is not built is the only failure then.

# shellcheck source=tests/tap.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../tap.sh"
cd "$(dirname -- "${BASH_SOURCE[0]}")/../.." || exit 1

top=$PWD
example=$top/examples/cilium-config.yaml
hrprobe=$(readlink -f -- "${O:-build}/hrprobe")
hrcompile=$(readlink -f -- "${O:-build}/hrcompile")
usage=2 input=3 environment=4 legacy=10 refused=11 rejected=14 undetermined=20 # common/cli.h

# built PROGRAM...: can all be run?
built() {
	local program
	for program; do
		[ -x "$program" ] || {
			fail "${O:-build}/${program##*/} is built"
			done_testing
		}
	done
}
built "$hrprobe" "$hrcompile"
