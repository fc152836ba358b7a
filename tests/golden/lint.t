#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# .ci/lint: a rule that is broken fails the run. Its tools are played by programs that find nothing.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

tree=$tap_dir/tree
mkdir -p "$tap_dir/bin" "$tree"/{.ci,common,config,probe,compiler,install,bpf-templates/lib} &&
	cp "$top/.ci/lint" "$tree/.ci/" && : >"$tree/compiler/macros.def" && git init -q "$tree" || exit 1
for tool in clang-format shellcheck cppcheck; do cp /bin/true "$tap_dir/bin/$tool"; done

lint() {
	run env PATH="$tap_dir/bin:$PATH" "$tree/.ci/lint"
}

# broken RULE LINE...: a file of those lines breaks it.
broken() {
	printf '%s\n' "${@:2}" >"$tree/common/broken.c"
	lint
	is "broken is '$1'" "$status:$(grep '^FAIL' "$tap_out")" "1:FAIL  $1"
	like "and the place is said" "$(cat "$tap_out")" 'common/broken\.c'
	rm "$tree/common/broken.c"
}

licence='/* SPDX-License-Identifier: BSD-2-Clause */'
lint
is "a tree without faults passes" "$status:$(grep -c '^FAIL' "$tap_out")" 0:0
broken "every file names its licence" 'int i;'
broken "no unsafe calls" "$licence" 'int i = atoi("1");'
broken "includes follow the layer order" "$licence" '#include "install/plan.h"'
broken "files up to 700 lines" "$licence" "$(yes '' | head -n 700 | sed 's/$/;/')"

# shellcheck disable=SC2016 # expands in there
printf '#!/bin/sh\necho "$1:1: bad"\n' >"$tap_dir/bin/shellcheck"
lint
is "so does what a tool finds" "$status:$(grep '^FAIL' "$tap_out")" "1:FAIL  shellcheck"
done_testing
