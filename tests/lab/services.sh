# shellcheck shell=bash disable=SC2154 # lab_* variables are lab.sh's
# SPDX-License-Identifier: BSD-2-Clause
#
# A bundle with the tables of services, also where no program of the example's uses them. Sourced after tools.sh.

# services_bundle: its path.
services_bundle() {
	local path=$lab_scratch/bundle-services templates=$lab_scratch/templates host
	host=$templates/bpf_host.c
	if [ ! -e "$path" ]; then
		mkdir "$templates" && cp -r "$lab_root/bpf-templates/." "$templates" || return
		if ! grep -q USE_SERVICES "$host"; then
			sed -i '0,/#define USE_IPCACHE/s//#define USE_SERVICES\n&/' "$host"
		fi
		if ! grep -q hr_src_ranges4 "$templates/lib/maps.h"; then
			sed -i '0,/#define USE_SERVICES/s//#define CILIUM_LB_SERVICE_MAP_MAX_ENTRIES 65536\n#define CILIUM_LB_BACKENDS_MAP_MAX_ENTRIES 65536\n#define CILIUM_LB_AFFINITY_MAP_MAX_ENTRIES 65536\n&/' "$host"
			cat >>"$host" <<-'END'
				struct {
					__uint(type, BPF_MAP_TYPE_LPM_TRIE);
					__uint(max_entries, 65536);
					__uint(map_flags, BPF_F_NO_PREALLOC);
					__type(key, struct hr_source_range_key);
					__type(value, struct hr_source_range);
				} hr_src_ranges4 SEC(".maps");
			END
		fi
		"$hrcompile" --quiet --no-cache --templates "$templates" -o "$path" \
			"$lab_root/examples/cilium-config.yaml" >"$path.log" 2>&1 || {
			cat "$path.log" >&2
			return 1
		}
	fi
	printf '%s\n' "$path"
}
