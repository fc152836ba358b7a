/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Private namespaces for tests that need root: each test gets a network namespace with lo up, and a mount
 * namespace with a tmpfs on /tmp and a bpffs in it. All of it vanishes with the process, however it ends.
 */
#ifndef HR_TESTS_BPF_SANDBOX_H
#define HR_TESTS_BPF_SANDBOX_H

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SANDBOX_BPFFS "/tmp/bpf"
#define SANDBOX_OUTPUT_MAX 16384

/* Runs a command with its arguments, NULL-terminated. Its stdout goes to out (at most size, or NULL). */
static inline int sandbox_exec(char *out, size_t size, const char *const argv[])
{
	int pipe_fds[2], status;
	size_t len = 0;
	ssize_t got;
	pid_t pid;

	if (pipe(pipe_fds) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(pipe_fds[1], STDOUT_FILENO);
		close(pipe_fds[0]);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(pipe_fds[1]);
	while (out && len < size - 1 && (got = read(pipe_fds[0], out + len, size - 1 - len)) > 0)
		len += (size_t)got;
	if (out)
		out[len] = '\0';
	close(pipe_fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* sandbox_run("ip", "link", "add", ...) and sandbox_output(buffer, "tc", ...): the exit status. */
#define sandbox_run(...) sandbox_exec(NULL, 0, (const char *const[]){ __VA_ARGS__, NULL })
#define sandbox_output(out, ...) \
	sandbox_exec(out, sizeof(out), (const char *const[]){ __VA_ARGS__, NULL })

static inline int sandbox_lo_up(void)
{
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	if (fd < 0)
		return -1;
	ret = ioctl(fd, SIOCSIFFLAGS, &req);
	close(fd);
	return ret;
}

static inline int sandbox_mount_bpffs(void)
{
	return mount("bpf", SANDBOX_BPFFS, "bpf", 0, "mode=0700");
}

/* A cmocka setup function: fresh namespaces for one test. */
static inline int sandbox_setup(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0 || mkdir(SANDBOX_BPFFS, 0700) < 0 ||
	    sandbox_mount_bpffs() < 0)
		return -1;
	return sandbox_lo_up();
}

static inline bool sandbox_is_strict(void)
{
	const char *strict = getenv("STRICT");

	return strict && !strcmp(strict, "1");
}

/* Skips the running test, or fails it when STRICT=1. */
static inline void sandbox_skip(const char *reason)
{
	if (sandbox_is_strict())
		fail_msg("%s", reason);
	print_message("skipped: %s\n", reason);
	skip();
}

/* True when namespaces can be had. Otherwise the whole file has been skipped, and *status is for main(). */
static inline bool sandbox_is_possible(int *status)
{
	int child_status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(sandbox_setup(NULL) ? 1 : 0);
	if (pid > 0)
		waitpid(pid, &child_status, 0);
	if (child_status == 0)
		return true;
	*status = sandbox_is_strict();
	if (*status)
		printf("1..1\nnot ok 1 - needs root, network and mount namespaces\n");
	else
		printf("1..0 # SKIP needs root, network and mount namespaces\n");
	return false;
}

#endif
