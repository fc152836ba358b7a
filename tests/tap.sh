# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A small TAP producer for shell tests: source it, test, end with done_testing. It knows nothing of the
# lab or of any tool. A failed assertion prints what differed. STRICT=1 turns a skip into a failure. A
# script that dies half-way prints no plan, and the harness counts that as a failure.
#
#   run CMD...                      run the thing under test: sets $status, fills $tap_out and $tap_err
#   ok TITLE CMD...                 CMD succeeds (its output is shown when it does not)
#   not_ok TITLE CMD...             CMD exits with 1 to 125: a crash or a missing program is not a refusal
#   is TITLE GOT WANT               two texts are equal, else their diff
#   is_file TITLE GOT WANT          two files are equal, else their diff
#   like TITLE TEXT REGEX           TEXT matches an extended regular expression
#   unlike TITLE TEXT REGEX         it does not
#   pass TITLE, fail TITLE [DIAG]   when the decision was taken elsewhere
#   skip TITLE REASON               one test that cannot run here
#   skip_all REASON                 the whole script cannot run here; exits
#   diag TEXT...                    lines for the reader
#   done_testing                    prints the plan, exits 1 when anything failed

tap_count=0
tap_failed=0
tap_dir=$(mktemp -d "${TMPDIR:-/tmp}/hr-tap.XXXXXX") || exit 1
tap_out=$tap_dir/stdout
tap_err=$tap_dir/stderr
status=0 # of the last run

# A script's own, so that none depends on what another one or the user has built.
export XDG_CACHE_HOME=$tap_dir/cache

# Scripts that need a trap of their own call tap_cleanup from it.
tap_cleanup() {
	rm -rf -- "$tap_dir"
}
trap tap_cleanup EXIT

diag() {
	printf '%s\n' "$*" | sed 's/^/# /' >&2
}

pass() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$1"
}

fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$1"
	shift
	if [ $# -gt 0 ]; then diag "$@"; fi
}

skip() {
	if [ "${STRICT:-0}" = 1 ]; then
		fail "$1" "STRICT=1 allows no skip: $2"
		return
	fi
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

skip_all() {
	if [ "${STRICT:-0}" = 1 ]; then
		fail "$(basename -- "$0") can run here" "STRICT=1 allows no skip: $1"
		done_testing
	fi
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

# shellcheck disable=SC2034 # status is for the caller
run() {
	status=0
	"$@" >"$tap_out" 2>"$tap_err" || status=$?
}

ok() {
	local title=$1 rc=0
	shift
	"$@" >"$tap_dir/ok" 2>&1 </dev/null || rc=$?
	if [ "$rc" -eq 0 ]; then
		pass "$title"
	else
		fail "$title" "exit status $rc of: $*"
		sed 's/^/# /' "$tap_dir/ok" >&2
	fi
}

not_ok() {
	local title=$1 rc=0
	shift
	"$@" >"$tap_dir/ok" 2>&1 </dev/null || rc=$?
	if [ "$rc" -ge 1 ] && [ "$rc" -le 125 ]; then
		pass "$title"
	else
		fail "$title" "exit status $rc, wanted a refusal, of: $*"
		sed 's/^/# /' "$tap_dir/ok" >&2
	fi
}

is_file() {
	if [ -r "$2" ] && [ -r "$3" ] && cmp -s -- "$2" "$3"; then
		pass "$1"
	else
		fail "$1" "- wanted, + got"
		diff -u -L wanted -L got -- "$3" "$2" 2>&1 | head -n 60 | sed 's/^/# /' >&2
	fi
}

is() {
	printf '%s\n' "$2" >"$tap_dir/got"
	printf '%s\n' "$3" >"$tap_dir/wanted"
	is_file "$1" "$tap_dir/got" "$tap_dir/wanted"
}

like() {
	if grep -Eq -- "$3" <<<"$2"; then
		pass "$1"
	else
		fail "$1" "does not match /$3/:
$2"
	fi
}

unlike() {
	if grep -Eq -- "$3" <<<"$2"; then
		fail "$1" "matches /$3/:
$2"
	else
		pass "$1"
	fi
}

done_testing() {
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ] && [ "$tap_count" -gt 0 ]
	exit
}
