#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# In a test VM: what hrprobe says of the kernel that runs and of the same kernel as a file. What both know they
# must agree on; either may know less.

cd -- "$(dirname -- "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
hrprobe=${O:-build}/hrprobe
release=$(uname -r)

# answers ARGS...: "NAME 1" and "NAME 0" for what is known.
answers() {
	"$hrprobe" --format macros "$@" 2>"$tap_err" |
		sed -n 's/^#define \(HAVE_[A-Z0-9_]*\) \([01]\)$/\1 \2/p' | sort
}

# agrees TITLE ARGS...: most of the live answers are known as well, and none is another.
agrees() {
	local title=$1
	shift
	answers "$@" >"$tap_dir/offline"
	join "$tap_dir/live" "$tap_dir/offline" >"$tap_dir/both"
	ok "$title: it knows nine tenths of what the live probe knows" \
		test "$(wc -l <"$tap_dir/both")" -ge $((live * 9 / 10))
	is "$title: no answer contradicts" "$(awk '$2 != $3' "$tap_dir/both")" ""
	is "$title: it says the release" "$("$hrprobe" --format json "$@" |
		sed -n 's/^ *"release": "\(.*\)",$/\1/p' | head -n 1)" "$release"
}

answers >"$tap_dir/live"
live=$(wc -l <"$tap_dir/live")
ok "the live probe knows something" test "$live" -ge 20
agrees "the image" --kernel "/boot/vmlinuz-$release"
agrees "the image and its configuration" --kernel "/boot/vmlinuz-$release" --kconfig "/boot/config-$release"
agrees "the root directory" --root /
done_testing
