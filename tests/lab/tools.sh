# shellcheck shell=bash disable=SC2154,SC2016 # lab_* variables are lab.sh's; awk programs
# SPDX-License-Identifier: BSD-2-Clause
#
# The three programs in the lab: bundles compiled from variants of the example, applied to nodes. Sourced
# after lab.sh. LAB_BUNDLES is a directory of those that tests/lab/bundles has compiled before.

hrprobe=$lab_build/hrprobe
hrcompile=$lab_build/hrcompile
hrinstall=$lab_build/hrinstall

# Prints the program that has not been built, if any.
tools_missing() {
	local tool
	for tool in "$hrprobe" "$hrcompile" "$hrinstall"; do
		if [ ! -x "$tool" ]; then
			echo "$tool is not built (make builds it)"
			return
		fi
	done
	return 1
}

# bundle_path NAME: of the one compiled before, or of this lab's own, to be compiled.
bundle_path() {
	if [ -e "${LAB_BUNDLES:-}/bundle-$1" ]; then
		printf '%s\n' "$LAB_BUNDLES/bundle-$1"
	else
		printf '%s\n' "$lab_scratch/bundle-$1"
	fi
}

# bundle_of VARIANT...: path of the bundle of that variant, compiled when it is first asked for.
bundle_of() {
	local name path
	name=$(printf '%s-' "$@")
	path=$(bundle_path "${name%-}")
	if [ ! -e "$path" ]; then
		lab_config "$@" >"$path.yaml" || return
		"$lab_root/tests/bpf/compile" "$path.yaml" "$path" "$hrcompile" --templates "$lab_root/bpf-templates" \
			>"$path.log" 2>&1 || {
			cat "$path.log" >&2
			return 1
		}
	fi
	printf '%s\n' "$path"
}

# bundle_calling NAME CALL: path of a bundle whose from_container starts with the statement CALL.
bundle_calling() {
	local path templates
	path=$(bundle_path "calling-$1")
	if [ ! -e "$path" ]; then
		templates=$(mktemp -d) && cp -r "$lab_root/bpf-templates/." "$templates" &&
			sed -i "s/^\tswitch (packet_protocol(ctx)) {\$/\t$2;\n&/" "$templates/bpf_lxc.c" &&
			grep -qF "$2;" "$templates/bpf_lxc.c" &&
			"$hrcompile" --quiet --templates "$templates" -o "$path" \
				"$lab_root/examples/cilium-config.yaml" >/dev/null || return
		rm -rf -- "$templates"
	fi
	printf '%s\n' "$path"
}

# Calls a kernel may lack: of a helper that came with 5.18, and of one that does not exist.
bundle_calling_newer() {
	bundle_calling newer 'bpf_skb_set_tstamp(ctx, 0, 0)'
}

bundle_calling_nothing() {
	bundle_calling nothing '((long (*)(void *))4000)(ctx)'
}

# node_apply NODE BUNDLE [OPTION...]
node_apply() {
	local node=$1 bundle=$2
	shift 2
	on "$node" "$hrinstall" apply "$bundle" --state "$(lab_state_file "$node")" "$@"
}

node_status() {
	on "$1" "$hrinstall" status
}

# reason_count NODE REASON: packets counted for it, over all hooks.
reason_count() {
	node_status "$1" | awk -v reason="$2" '
		{ for (i = 1; i <= NF; i++) if ($i == reason) for (j = i + 1; j <= NF; j++)
			if ($j ~ /^[0-9]+$/) { n += $j; break } }
		END { print n + 0 }'
}
