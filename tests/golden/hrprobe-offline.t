#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# hrprobe on kernels that do not run: images, BTF, configurations and unpacked roots. The kernels are written by
# tests/golden/images.c, a few KiB each; needs neither root nor a kernel of its own.

# shellcheck source=tests/golden/golden.sh
. "$(dirname -- "$0")/golden.sh"

images=$tap_dir/images
mkdir -- "$images"
run "${O:-build}/tests/golden/images" "$images"
is "kernels to read are written" "$status" 0

# says TITLE STATUS REGEX ARGS...: exit status, and a report or complaint that matches.
says() {
	local title=$1 want=$2 regex=$3 wrong=
	shift 3
	run "$hrprobe" "$@" </dev/null
	[ "$status" -eq "$want" ] || wrong+="exit status $status, not $want; "
	cat "$tap_out" "$tap_err" | grep -Eq -- "$regex" || wrong+="nothing matches /$regex/; "
	if [ -z "$wrong" ]; then pass "$title"; else fail "$title" "$wrong$(cat "$tap_out" "$tap_err")"; fi
}

for image in bzimage-none bzimage-gzip bzimage-xz bzimage-zstd bzimage-lz4 arm64-image arm64-image.gz zboot vmlinux; do
	says "a kernel that can, as $image" 0 '^Kernel 6\.1\.0-18-amd64 .*every feature' --kernel "$images/$image"
done
says "BTF that lacks a helper is a no" $legacy 'redirect_peer +no, since 5.10 \(btf\)' --btf "$images/no-redirect-peer.btf"
says "a kernel without BTF is undetermined, whatever its release" $undetermined '^Host Routing: +Undetermined' \
	--kernel "$images/no-btf"
says "BTF in a file of its own stands in for it" $legacy '^Kernel 5\.4\.0-7 ' \
	--kernel "$images/no-btf" --btf "$images/no-redirect-peer.btf"

printf 'CONFIG_BPF_SYSCALL=n\n' >"$tap_dir/off"
says "a configuration turns a yes into a no" $legacy 'map/hash +no.*\(kconfig\): CONFIG_BPF_SYSCALL is not set' \
	--kernel "$images/no-btf" --kconfig "$tap_dir/off"
gzip -c "$tap_dir/off" >"$tap_dir/off.gz"
says "also when it is compressed" $legacy 'CONFIG_BPF_SYSCALL is not set' --kernel "$images/no-btf" --kconfig "$tap_dir/off.gz"
printf '# Linux/x86 5.10.0 Kernel Configuration\nCONFIG_BPF=y\n' >"$tap_dir/other"
says "but not that of another kernel" $input 'configuration of Linux 5.10.0, but the kernel is 6.1.0' \
	--kernel "$images/bzimage-xz" --kconfig "$tap_dir/other"

# A root with usrmerge, two kernels, and one that has only modules left.
root=$tap_dir/root
mkdir -p "$root"/boot "$root"/usr/lib/modules/6.1.0-{9,18}-amd64 "$root"/usr/lib/modules/6.12.0-gone
ln -s usr/lib "$root/lib"
cp "$images/bzimage-xz" "$root/boot/vmlinuz-6.1.0-18-amd64"
cp "$images/no-btf" "$root/boot/vmlinuz-6.1.0-9-amd64"
says "the newest kernel of a root" 0 '^Kernel 6\.1\.0-18-amd64 ' --root "$root"
says "another one by --release" $undetermined '^Kernel 6\.1\.0-9-amd64 ' --root "$root" --release 6.1.0-9-amd64
says "one that is not there, with those that are" $input '6\.1\.0-9-amd64, 6\.1\.0-18-amd64, 6\.12\.0-gone \(modules only\)' \
	--root "$root" --release 6.12.0-gone
printf 'CONFIG_BPF_SYSCALL=n\n' >"$root/boot/config-6.1.0-9-amd64"
says "with the configuration that lies beside it" $legacy 'configuration boot/config-6\.1\.0-9-amd64' \
	--root "$root" --release 6.1.0-9-amd64
printf 'CONFIG_VXLAN=m\n' >"$root/boot/config-6.1.0-9-amd64"
: >"$root/lib/modules/6.1.0-9-amd64/modules.dep"
says "a module that is not shipped" $undetermined 'CONFIG_VXLAN, .*: no: CONFIG_VXLAN=m, but module vxlan is not shipped' \
	--root "$root" --release 6.1.0-9-amd64
ln -sf /proc/config.gz "$root/boot/config-6.1.0-9-amd64"
says "a symlink of the image never leads to the host" $undetermined 'configuration none' \
	--root "$root" --release 6.1.0-9-amd64
mkdir "$tap_dir/empty"
says "a root without a kernel" $input 'kernels found: none' --root "$tap_dir/empty"
says "a root that is not there" $input 'nowhere: No such file' --root nowhere

says "a file that is no kernel" $input 'neither a kernel image' --kernel README.md
head -c 2000 "$images/bzimage-xz" >"$tap_dir/cut"
says "a kernel that is cut short" $input 'damaged or cut short' --kernel "$tap_dir/cut"
says "a configuration that is none" $input 'not a kernel configuration' --kconfig README.md
says "two names for the kernel" $usage '--root and --kernel' --root / --kernel "$images/vmlinux"
says "a release without a root" $usage '--release goes with' --release 6.1.0

run "$hrprobe" --kernel "$images/bzimage-zstd" --config examples/cilium-config.yaml
is "a verdict for a config on it" "$status" 0
like "that says that no node was looked at" "$(cat "$tap_out")" 'no node was looked at'
run "$hrprobe" --kernel "$images/bzimage-zstd" --format json
like "JSON names the target" "$(tr -d ' \n' <"$tap_out")" '"target":\{"kernel":"[^"]*","kconfig":"IKCONFIG","has_btf":true'
done_testing
