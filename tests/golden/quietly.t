#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# tests/quietly: expected complaints are not shown, unexpected ones never lost.
# shellcheck disable=SC2016 # scripts for another shell

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

# quietly SCRIPT: a test that is this shell script.
quietly() {
	run "$top/tests/quietly" bash -c "$1"
}

quietly 'echo "ok 1"; echo complaint >&2'
is "a test that passes is silent on stderr" "$status:$(cat "$tap_out" "$tap_err")" "0:ok 1"

quietly 'echo "not ok 1"; echo one >&2; echo two >&2; exit 3'
is "all that a failed test said is shown, with its status" "$status:$(cat "$tap_err")" "3:one
two"

quietly 'echo last words >&2; kill -SEGV $$'
is "a crash is a failure" "$status" 139
like "and what was said before it is shown" "$(cat "$tap_err")" '^last words$'

quietly 'echo "a.c:1:2: runtime error: signed integer overflow" >&2'
is "a sanitizer is heard although the test passes" "$status:$(cat "$tap_err")" \
	"0:a.c:1:2: runtime error: signed integer overflow"

quietly 'echo said >&2; kill -TERM $PPID $$'
is "so are tests that are stopped" "$status:$(grep -c said "$tap_err")" 143:1

# The real thing: this test provokes errors of the library.
built "${O:-build}/tests/unit/test_rootfs.t"
run tests/quietly "${O:-build}/tests/unit/test_rootfs.t"
is "a unit test of errors is silent" "$status:$(cat "$tap_err")" 0:
done_testing
