#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# make install and uninstall: whatever prefix was built for, the tools find what lies beside them from anywhere,
# and nothing stays.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

stage=$tap_dir/stage
# tree TARGET: by a make of its own, apart from the one that runs this test.
# shellcheck disable=SC2317 # ok calls it by name
tree() {
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s "O=${O:-build}" DESTDIR="$stage" PREFIX=/opt/hr "$1"
}
files() { (cd "$stage" && find . ! -type d | sort); }

mkdir -p "$stage/opt/hr/sbin"
echo another >"$stage/opt/hr/sbin/another"
ok "make install" tree install
mkdir "$tap_dir/elsewhere"
cd "$tap_dir/elsewhere" || exit 1
for tool in hrprobe hrcompile hrinstall; do
	ok "$tool runs from there" "$stage/opt/hr/sbin/$tool" --version
done
run "$stage/opt/hr/sbin/hrcompile" --quiet --no-cache -o bundle "$example"
is "hrcompile finds its templates" "$status:$(cat "$tap_err")" 0:
is "they are those of this tree" \
	"$(cd "$stage/opt/hr/share/hostroute/bpf-templates" && sha256sum -- * lib/* 2>/dev/null)" \
	"$(cd "$top/bpf-templates" && sha256sum -- * lib/* 2>/dev/null)"

# Enough of a kernel and of QEMU to get past the loader.
{ head -c 514 /dev/zero && printf HdrS && head -c 1024 /dev/zero; } >kernel
mkdir bin
printf '#!/bin/sh\nexit 7\n' >bin/qemu-system-x86_64
chmod +x bin/qemu-system-x86_64
PATH=$PWD/bin:$PATH run "$stage/opt/hr/sbin/hrcompile" --verify bundle --kernel kernel
like "and the loader for a VM" "$status:$(cat "$tap_err")" '^4:.*the VM ended without a report'
unlike "of which it says nothing" "$(cat "$tap_err")" hrverify

cd "$top" || exit 1
ok "make uninstall" tree uninstall
is "leaves what is not ours" "$(files)" ./opt/hr/sbin/another
done_testing
