// SPDX-License-Identifier: BSD-2-Clause
/* The paths under --bpffs and --run. */
#include "install/paths.h"

#include "common/file.h"
#include "common/log.h"

int paths_init(struct install_paths *paths, const char *bpffs, const char *run)
{
	/* The longest name below either directory is that of a pinned link, well under 64. */
	const int room = PATH_SIZE - 64;
	int err;

	err = path_format(paths->bpffs, (size_t)room, "%s", bpffs);
	if (!err)
		err = path_format(paths->run, (size_t)room, "%s", run);
	if (err)
		return log_err(err, "use --bpffs and --run");
	path_format(paths->pins, sizeof(paths->pins), "%s/hostroute", paths->bpffs);
	path_format(paths->progs, sizeof(paths->progs), "%s/hostroute/progs", paths->bpffs);
	path_format(paths->links, sizeof(paths->links), "%s/hostroute/links", paths->bpffs);
	path_format(paths->record, sizeof(paths->record), "%s/record.json", paths->run);
	path_format(paths->lock, sizeof(paths->lock), "%s/lock", paths->run);
	return 0;
}
