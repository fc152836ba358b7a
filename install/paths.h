/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names that are ours on a node: devices, and where pins and the record live. Built once from --bpffs and
 * --run; nobody else puts paths together.
 */
#ifndef HR_INSTALL_PATHS_H
#define HR_INSTALL_PATHS_H

#define DEVICE_HOST "hr_host" /* the node's leg into the pod network */
#define DEVICE_PEER "hr_net" /* its veth peer */

#define DEFAULT_BPFFS "/sys/fs/bpf"
#define DEFAULT_RUN "/run/hostroute"

#define PATH_SIZE 512

struct install_paths {
	char bpffs[PATH_SIZE]; /* a mounted bpf filesystem */
	char pins[PATH_SIZE]; /* <bpffs>/hostroute: maps, and the two directories below */
	char progs[PATH_SIZE];
	char links[PATH_SIZE];
	char run[PATH_SIZE]; /* outside bpffs */
	char record[PATH_SIZE]; /* <run>/record.json */
	char lock[PATH_SIZE];
};

/* 0, or -ENAMETOOLONG after logging. */
int paths_init(struct install_paths *paths, const char *bpffs, const char *run);

#endif
