# shellcheck shell=bash disable=SC2154 # lab_* variables are lab.sh's
# SPDX-License-Identifier: BSD-2-Clause
#
# The three programs in the lab: bundles compiled from variants of the example, applied to nodes. Sourced
# after lab.sh.

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

# bundle_of VARIANT...: path of the bundle of that variant, compiled when it is first asked for.
bundle_of() {
	local name path
	name=$(printf '%s-' "$@")
	path=$lab_scratch/bundle-${name%-}
	if [ ! -e "$path" ]; then
		lab_config "$@" >"$path.yaml" || return
		"$hrcompile" --quiet --templates "$lab_root/bpf-templates" -o "$path" "$path.yaml" >"$path.log" 2>&1 || {
			cat "$path.log" >&2
			return 1
		}
	fi
	printf '%s\n' "$path"
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
