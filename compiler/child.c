// SPDX-License-Identifier: BSD-2-Clause
/* posix_spawn and waitpid, with a memory file per child for its output. */
#include "compiler/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "common/cleanup.h"
#include "compiler/interrupt.h"

/* A fixed environment: CPATH and the like would change what is compiled without a trace. */
struct child_environment {
	char path[4096], home[4096];
	char *vector[5];
};

static void environment_fill(struct child_environment *env)
{
	const char *path = getenv("PATH"), *home = getenv("HOME");

	snprintf(env->path, sizeof(env->path), "PATH=%s", path ? path : "/usr/bin:/bin");
	snprintf(env->home, sizeof(env->home), "HOME=%s", home ? home : "/");
	env->vector[0] = env->path;
	env->vector[1] = env->home;
	env->vector[2] = "LC_ALL=C";
	env->vector[3] = "CLANG_NO_DEFAULT_CONFIG=1"; /* from 16 on it reads files of the home */
	env->vector[4] = NULL;
}

/* Its own process group, so that a wrapper script's children die with it. */
static int spawn_attributes(posix_spawnattr_t *attr)
{
	int err = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);

	if (!err)
		err = posix_spawnattr_setsigmask(attr, interrupts_former_mask());
	return err ?: posix_spawnattr_setpgroup(attr, 0);
}

static int spawn_files(posix_spawn_file_actions_t *files, const char *dir, int output_fd)
{
	int err = posix_spawn_file_actions_adddup2(files, output_fd, STDOUT_FILENO);

	err = err ?: posix_spawn_file_actions_adddup2(files, output_fd, STDERR_FILENO);
	/* Last: where we were started without a stdin, output_fd is 0. */
	err = err
		      ?: posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null",
							  O_RDONLY, 0);
	if (dir)
		err = err ?: posix_spawn_file_actions_addchdir_np(files, dir);
	return err;
}

int child_start(const char *const argv[], const char *dir, struct child *out)
{
	_cleanup_close_ int fd = memfd_create("output", MFD_CLOEXEC);
	posix_spawn_file_actions_t files;
	struct child_environment env = { 0 };
	posix_spawnattr_t attr;
	pid_t pid;
	int err;

	if (fd < 0)
		return -errno;
	environment_fill(&env);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_init(&files);
	err = spawn_attributes(&attr);
	err = err ?: spawn_files(&files, dir, fd);
	/* posix_spawn() takes a vector of pointers to non-const for history's sake and writes to none. */
	err = err
		      ?: posix_spawnp(&pid, argv[0], &files, &attr, (char *const *)(void *)argv,
				      env.vector);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	if (err)
		return -err;
	*out = (struct child){ .pid = pid, .output_fd = TAKE_FD(fd) };
	return 0;
}

/* True when the child is gone; flags as for waitpid(). */
static bool child_reap(struct child *child, int flags)
{
	pid_t pid;

	if (!child->pid)
		return true;
	do
		pid = waitpid(child->pid, &child->status, flags);
	while (pid < 0 && errno == EINTR);
	if (pid == 0)
		return false;
	if (pid < 0)
		child->status = -1;
	child->pid = 0;
	return true;
}

static size_t children_running(struct child *children, size_t count)
{
	size_t running = 0;

	for (size_t i = 0; i < count; i++)
		running += !child_reap(&children[i], WNOHANG);
	return running;
}

static void children_kill(struct child *children, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (children[i].pid)
			kill(-children[i].pid, SIGKILL);
	}
	for (size_t i = 0; i < count; i++)
		child_reap(&children[i], 0);
}

static int wait_until(struct child *children, size_t count, size_t running)
{
	while (children_running(children, count) > running) {
		if (interrupts_wait()) {
			children_kill(children, count);
			return -EINTR;
		}
	}
	return 0;
}

int children_wait(struct child *children, size_t count)
{
	return wait_until(children, count, 0);
}

int children_wait_for_room(struct child *children, size_t count, size_t limit)
{
	return wait_until(children, count, limit - 1);
}

bool child_has_succeeded(const struct child *child)
{
	return WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0;
}

int child_output(const struct child *child, char **out)
{
	_cleanup_free_ char *text = calloc(1, CHILD_OUTPUT_MAX + 1);

	if (!text)
		return -ENOMEM;
	if (pread(child->output_fd, text, CHILD_OUTPUT_MAX, 0) < 0)
		return -errno;
	*out = TAKE_PTR(text);
	return 0;
}

void child_fini(struct child *child)
{
	if (child->pid)
		children_kill(child, 1);
	if (child->output_fd >= 0)
		close(child->output_fd);
	*child = (struct child){ .output_fd = -1 };
}
