#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# How hrcompile builds: the same bytes everywhere, no compiler where nothing changed, never an old object where
# something did, and nothing left behind by runs that were killed.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

cd "$tap_dir" || exit 1
cp -r "$top/bpf-templates" templates
cp "$top/examples/cilium-config.yaml" config.yaml

# A clang that writes down when it compiles (c) or is asked for its version (v).
cat >clang <<-END
	#!/bin/sh
	case \$1 in --version) echo v ;; *) echo c ;; esac >>$tap_dir/started
	exec clang "\$@"
END
chmod +x clang
# What was written in the clock tick in which a run begins is not cached by it: let that pass.
settle() { sleep 0.1; }
settle

# Names, modes and contents of all files of a bundle.
digest() {
	(cd "$1" && stat -c '%a %n' . ./* && sha256sum ./*) | sha256sum
}

# build OUT [OPTION...]: with the recording clang; then $started says what it did: "v" and a "c" per object.
build() {
	local out=$1
	shift
	: >started
	run "$hrcompile" --quiet --clang ./clang --cache cache --templates templates -o "$out" "$@" config.yaml
	started=$(sort started | tr -d '\n')
}

# --- warm runs ----------------------------------------------------------------------------------------

build cold
is "a cold run asks the compiler once and starts it for each object" "$status:$started" 0:ccccv
build warm
is "a second run starts no compiler" "$status:$started" 0:
is "and writes the same bundle" "$(digest warm)" "$(digest cold)"

# --- a bundle that is there already -------------------------------------------------------------------

touch -d @1 warm/*
inode=$(stat -c %i warm)
build warm
is "a bundle that would be the same stays in its place" "$status:$(stat -c %i warm):$(echo warm?*)" "0:$inode:warm?*"
is "and is as new as one that was written" "$(find warm -not -newer config.yaml)" ""
for change in 'chmod 600 warm/node_config.h' 'touch warm/extra' 'rm warm/bpf_lxc.o' 'ln -sf ../cold/manifest.json warm' 'chmod 700 warm'; do
	$change
	build warm
	is "after $change it is written anew" "$status:$(digest warm)" "0:$(digest cold)"
done
build uncached --no-cache
is "--no-cache compiles all of it" "$status:$started" 0:ccccv
is "and writes the same bundle, too" "$(digest uncached)" "$(digest cold)"
rm -r cache
build uncached --no-cache
is "--no-cache makes no cache" "$status:$(find . -maxdepth 1 -name cache)" 0:

build warm
{
	echo '# moves every key'
	cat config.yaml
} >config.new && mv config.new config.yaml
build moved
is "keys in other lines start no compiler" "$status:$started" 0:
like "though the header names their places" "$(cat moved/node_config.h)" 'cilium-config|config.yaml:'
sed -i 's/^\(  preallocate-bpf-maps:\).*/\1 "true"/' config.yaml
grep -q '^  preallocate-bpf-maps: "true"' config.yaml || fail "the example sets preallocate-bpf-maps"
build preallocated
is "another value of a macro compiles" "$status:$started" 0:cccc
cp "$top/examples/cilium-config.yaml" config.yaml
build warm
is "the old value has not been forgotten" "$status:$started:$(digest warm)" "0::$(digest cold)"

# --- what changed is compiled -------------------------------------------------------------------------

echo '/* more */' >>templates/bpf_overlay.c
settle
build changed
is "a changed source compiles its object alone" "$status:$started" 0:c
echo '/* more */' >>templates/lib/verdict.h
settle
build changed
is "a changed header compiles what includes it" "$status:$started" 0:ccc
cp "$top"/bpf-templates/bpf_overlay.c templates/
cp "$top"/bpf-templates/lib/verdict.h templates/lib/
settle
build warm
is "changed back, nothing is to be done" "$status:$started:$(digest warm)" "0::$(digest cold)"
mkdir templates/linux && cp /usr/include/linux/tcp.h templates/linux/
settle
build changed
like "a header that is found before the system's is noticed" "$status:$started" '^0:c+$'
rm -r templates/linux

touch clang
build changed
is "another compiler is asked, and compiles" "$status:$started" 0:ccccv

if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
	build warm
	{ cat /usr/include/linux/tcp.h && echo '/* more */'; } >tcp.h
	# shellcheck disable=SC2016 # expanded in there
	run unshare -m sh -c 'mount --bind tcp.h /usr/include/linux/tcp.h && : >started &&
		"$1" --quiet --clang ./clang --cache cache --templates templates -o changed config.yaml' sh "$hrcompile"
	like "a changed system header is noticed" "$status:$(sort started | tr -d '\n')" '^0:c+$'
	# shellcheck disable=SC2016 # expanded in there
	run unshare -m sh -c 'mount -t tmpfs none /usr/local/include && mkdir /usr/local/include/linux && : >started &&
		cp /usr/include/linux/tcp.h /usr/local/include/linux &&
		"$1" --quiet --clang ./clang --cache cache --templates templates -o changed config.yaml' sh "$hrcompile"
	like "one that hides a system header is noticed" "$status:$(sort started | tr -d '\n')" '^0:c+$'
else
	skip "a changed system header is noticed" "needs root"
	skip "one that hides a system header is noticed" "needs root"
fi
build warm
build warm
is "afterwards all is as before" "$status:$started:$(digest warm)" "0::$(digest cold)"

# --- caches that are not as they should be ------------------------------------------------------------

for entry in cache/*; do printf x | dd of="$entry" bs=1 seek=100 conv=notrunc status=none; done
build damaged
is "damaged entries are compiled again" "$status:$started:$(digest damaged)" "0:ccccv:$(digest cold)"
build warm
is "and replaced" "$status:$started:$(digest warm)" "0::$(digest cold)"

chmod 777 cache
build distrusted
is "a cache that others may write is not used" "$status:$started:$(digest distrusted)" "0:ccccv:$(digest cold)"
run "$hrcompile" --clang ./clang --cache cache --templates templates -o distrusted config.yaml
like "which is a warning" "$(cat "$tap_err")" \
	'^hrcompile: warning: cache cache: may be written by others; working without \(--cache DIR names another\)$'
chmod 700 cache
run "$hrcompile" --clang ./clang --cache config.yaml --templates templates -o distrusted config.yaml
is "a cache that cannot be had is no failure" "$status:$(digest distrusted)" "0:$(digest cold)"
like "but a warning" "$(cat "$tap_err")" '^hrcompile: warning: cache config.yaml: Not a directory; '
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
	mkdir full
	# shellcheck disable=SC2016 # expanded in there
	run unshare -m sh -c 'mount -t tmpfs -o size=4k none full && chmod 700 full &&
		"$1" --clang ./clang --cache full --templates templates -o distrusted config.yaml' sh "$hrcompile"
	is "a cache on a full disk is no failure" "$status:$(digest distrusted)" "0:$(digest cold)"
	like "but one warning" "$(grep -c 'warning: cache' "$tap_err"):$(grep 'warning: cache' "$tap_err")" \
		'^1:hrcompile: warning: cache full: No space left on device; new results are not kept$'
else
	skip "a cache on a full disk is no failure" "needs root"
	skip "but one warning" "needs root"
fi
# From standard input: another user may not get into the folder of this tree.
# shellcheck disable=SC2016 # expanded in there
run env -u HOME -u XDG_CACHE_HOME sh -c 'exec setpriv --reuid 65534 --clear-groups "$1" --check - <"$2"' sh \
	"$hrcompile" "$top/examples/cilium-config.yaml"
is "without home or cache there is nothing to complain of" "$status:$(grep -c cache "$tap_err")" 0:0

# --- reproducible ---------------------------------------------------------------------------------------

# Each line: a directory to build in, a home, and what else differs.
reproduce() {
	local dir=$1 mask=$2 jobs=$3
	shift 3
	mkdir -p "$dir/home" && cp -r templates config.yaml "$dir"
	settle
	(
		cd "$dir" && umask "$mask" &&
			env -i PATH="$PATH" HOME="$PWD/home" "$@" "$hrcompile" --quiet --jobs "$jobs" --templates templates config.yaml
	) >/dev/null || return
	digest "$dir/bundle"
}
long=$(printf 'x%.0s' {1..200})
wanted=$(reproduce a 022 1)
like "a bundle has one digest" "$wanted" '^[0-9a-f]{64}'
is "eight jobs give what one gives" "$(reproduce b 022 8)" "$wanted"
is "no umask gives the same" "$(reproduce c 000 2)" "$wanted"
is "a strict umask gives the same" "$(reproduce d 077 2)" "$wanted"
is "a long path gives the same" "$(reproduce "$long/$long/$long" 022 2)" "$wanted"
is "a path with blanks and signs gives the same" "$(reproduce "a b#\$c" 022 2)" "$wanted"
is "another time zone gives the same" "$(reproduce e 022 2 TZ=Asia/Kathmandu)" "$wanted"
is "another locale gives the same" "$(reproduce f 022 2 LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8)" "$wanted"
is "compiler variables of the environment give the same" \
	"$(reproduce g 022 2 CPATH=/tmp C_INCLUDE_PATH=/tmp SOURCE_DATE_EPOCH=1 CCC_OVERRIDE_OPTIONS=+-O0)" "$wanted"
is "the first home was used for the cache" "$(find a/home/.cache/hostroute -type f | grep -c .)" 10
# The second run in each place takes all of it from the cache.
is "the cache gives the same" "$(reproduce a 077 2):$(reproduce "a b#\$c" 000 2)" "$wanted:$wanted"
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$tap_dir"
	mkdir nobody && chown 65534 nobody
	(cd nobody && cp -r ../templates ../config.yaml . && chmod -R a+rX . && env -i PATH="$PATH" HOME=/nonexistent \
		setpriv --reuid 65534 --clear-groups "$hrcompile" --quiet --templates templates config.yaml) >/dev/null 2>&1
	is "another user gets the same" "$(digest nobody/bundle)" "$wanted"
else
	skip "another user gets the same" "needs root"
fi

# --- many at once ---------------------------------------------------------------------------------------

rm -rf cache
pids=()
for i in 1 2 3 4 5 6; do
	"$hrcompile" --quiet --cache cache --templates templates -o "many$i" config.yaml >/dev/null 2>&1 &
	pids+=($!)
done
kill -KILL "${pids[1]}" "${pids[4]}"
wait "${pids[1]}" "${pids[4]}" 2>/dev/null
wait "${pids[0]}" "${pids[2]}" "${pids[3]}" "${pids[5]}"
for i in 1 3 4 6; do digest "many$i"; done | sort -u >many
is "runs that share a cache, some of them killed, write what one writes" "$(cat many)" "$(digest cold)"
for i in 2 5; do "$hrcompile" --quiet --cache cache --templates templates -o "many$i" config.yaml >/dev/null; done
is "those that were killed do so when run again" "$(digest many2):$(digest many5)" "$(digest cold):$(digest cold)"
is "and nothing of them is left" "$(ls -d many*.tmp* 2>/dev/null)" ""

for i in 1 2 3 4; do
	"$hrcompile" --quiet --cache cache --templates templates -o same config.yaml >/dev/null 2>>same.err &
done
wait
is "runs for the same place leave one bundle there" "$(cat same.err):$(digest same):$(ls -d same*)" \
	":$(digest cold):same
same.err"

# --- killed runs ----------------------------------------------------------------------------------------

cat >slow-clang <<-END
	#!/bin/sh
	case \$1 in --version) echo 'clang version 14.9.9'; exit ;; esac
	echo \$\$ >>$tap_dir/working
	exec sleep 1000
END
chmod +x slow-clang

# Starts a run that waits for its compilers; its process is $slow.
start_slow() {
	rm -f working
	"$hrcompile" --quiet --no-cache --jobs 8 --clang ./slow-clang --templates templates -o killed config.yaml \
		>/dev/null 2>&1 &
	slow=$!
	until [ "$(grep -c . working 2>/dev/null)" = 4 ] || ! kill -0 "$slow" 2>/dev/null; do sleep 0.02; done
}
quick() {
	run "$hrcompile" --quiet --cache cache --templates templates -o killed config.yaml
}
start_slow
kill -KILL "$slow"
wait "$slow" 2>/dev/null
xargs kill <working
is "a killed run leaves what it was writing" "$(find . -maxdepth 1 -name 'killed*' | grep -c tmp)" 1
mkdir killed.tmp.backup && touch killed.tmp.backup/manifest.json
quick
is "the next one removes it, and nothing else" "$status:$(ls -d killed*)" \
	'0:killed
killed.tmp.backup'
start_slow
quick
is "what a living run writes is left alone" \
	"$status:$(find . -maxdepth 1 -name 'killed*' | grep -c tmp):$(kill -0 "$slow" && echo alive)" 0:2:alive
kill -TERM "$slow"
wait "$slow" 2>/dev/null
is "which removes it itself" "$(ls -d killed*)" 'killed
killed.tmp.backup'

# --- compilers and options --------------------------------------------------------------------------------

# release_clang VERSION: a clang that says it is of that release.
release_clang() {
	cat >release-clang <<-END
		#!/bin/sh
		case \$1 in --version) echo 'clang version $1'; exit ;; esac
		exec clang "\$@"
	END
	chmod +x release-clang
	run "$hrcompile" --no-cache --clang ./release-clang --templates templates -o release config.yaml
}
release_clang 12.0.1
is "a clang that is too old is an error" "$status:$(find . -maxdepth 1 -name release)" "$environment:"
like "which says what is needed" "$(grep error: "$tap_err")" \
	'^hrcompile: error: .*/release-clang: clang 12.0.1 is too old, 13 or newer is needed \(tested: 14 and 19\); install clang or '
release_clang 17.0.6
is "one that was not tested is none" "$status" 0
like "but a warning" "$(cat "$tap_err")" 'warning: .*/release-clang: clang 17.0.6 has not been tested \(14 and 19 have\)$'
release_clang 14.0.6
unlike "one that was tested is no warning" "$(cat "$tap_err")" 'has not been tested'
run "$hrcompile" --help
like "--help says which are tested" "$(cat "$tap_out")" '^Tested with clang 14 and 19\.$'
mkdir empty
run env PATH="$PWD/empty" "$hrcompile" --no-cache --templates templates -o release config.yaml
is "no clang at all is an environment error" "$status:$(grep error: "$tap_err")" \
	"$environment:hrcompile: error: clang: not found; install clang or give --clang PATH"
for jobs in 0 -1 two 99999999999; do
	run "$hrcompile" --jobs "$jobs" config.yaml
	is "--jobs $jobs is misuse" "$status:$(cat "$tap_err")" "2:hrcompile: error: --jobs $jobs: not a number of processes"
done

# --- services: what is built, not what was asked for ----------------------------------------------------

sed -e 's/^  tunnel: .*/  tunnel-protocol: geneve\n  routing-mode: tunnel\n  bpf-lb-mode: dsr\n  bpf-lb-dsr-dispatch: geneve/' \
	-e 's/^\(  kube-proxy-replacement:\).*/\1 "true"/' "$top/examples/cilium-config.yaml" >config.yaml
build geneve --cilium-version 1.16
is "direct server return through a tunnel is not built" "$status:$(grep -c '^#define ENABLE_DSR 0$' geneve/node_config.h)" 0:1
like "and the manifest does not say so" "$(grep -A20 '"services"' geneve/manifest.json)" '"mode": "snat"'
like "but names the gap" "$(cat geneve/manifest.json)" '"text": "direct server return through a tunnel: '

done_testing
