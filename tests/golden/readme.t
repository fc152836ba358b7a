#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016 # backquotes in single quotes are README's
#
# README.md against the tree: what it names exists, what exists is named, and it has no numbers that go stale.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

hrinstall=$(readlink -f -- "${O:-build}/hrinstall")
built "$hrinstall"
for tool in hrprobe hrcompile hrinstall; do "${!tool}" --help; done >"$tap_dir/help"
structure=$(sed -n '/^## The source tree/,/^## /p' README.md)

# words REGEX: what of the text on standard input matches, once each.
words() { grep -oE -- "$1" | sort -u; }

is "its first two commands run the main job and pass the tests" \
	"$(grep -m 2 -oE '^    sudo make [a-z]+' README.md)" $'    sudo make demo\n    sudo make check'
is "every option that it names is some tool's" \
	"$(comm -23 <(words '--[a-z][a-z-]+' <README.md) <(words '--[a-z][a-z-]+' <"$tap_dir/help"))" ""
is "every target that it names is the Makefile's" \
	"$(comm -23 <(words '\bmake [a-z][a-z-]+' <README.md | sed 's/make //' | sort) \
		<(sed -n 's/^\.PHONY: //p' Makefile | tr ' ' '\n' | sort))" ""
is "every file that it names is there" \
	"$(words '`(common|config|probe|compiler|install|tests|examples|bpf-templates)/[a-z/._]+`' <README.md | tr -d '`' |
		while read -r file; do [ -e "$file" ] || echo "$file"; done)" ""
for room in */; do
	[ -n "$(find "$room" -maxdepth 1 -name '*.[ch]')" ] || continue
	like "the room $room is in the structure table" "$structure" "^\| \`$room\` \|"
done
for room in tests/*/; do
	room=${room#tests/}
	like "so is tests/$room" "$structure" "\`$room\`"
done
is "every schema that it names is written, every schema of a document is named" \
	"$(words 'hostroute\.[a-z]+/1' <README.md)" \
	"$(cat {probe,compiler}/*.[ch] install/{steps,status,endpoint_list,gc,event}*.[ch] | words 'hostroute\.[a-z]+/1')"
is "sample output has no counts, times or digests of one build" \
	"$(grep -nE '\b[0-9]+ (instructions|bpf\(\)|`bpf\(\)` calls|seconds|minutes|ms|s)\b|sha256 [0-9a-f]{6}' README.md)" ""
for n in 0 2 3 4 10 11 12 13 14 20; do
	like "exit status $n is in the table" "$(cat README.md)" "^\| $n \|"
done
done_testing
