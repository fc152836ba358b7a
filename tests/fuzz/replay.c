// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs a target over its corpus without libFuzzer: tests/fuzz/corpus/<reader>/, each file as it is, cut
 * short at many lengths, and with one bit flipped at many places. Each file has a child process, so that a
 * crash or a hang is a failed test and not the end of the run.
 */
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "tests/fuzz/fuzz.h"

#define MAX_SEED (1u << 20)
#define VARIANTS 256 /* of each kind */
#define MAX_CPU_SECONDS 120 /* far more than any corpus takes with any sanitizer: a hang */

/* Exact copies on the heap: AddressSanitizer sees the first byte read behind one. */
static void feed(const char *data, size_t len)
{
	_cleanup_free_ uint8_t *copy = malloc(len ? len : 1);

	FUZZ_REQUIRE(copy);
	memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
}

static void feed_variants(char *data, size_t len)
{
	size_t step = len / VARIANTS + 1;

	feed(data, len);
	for (size_t cut = 0; cut < len; cut += step)
		feed(data, cut);
	for (size_t at = 0; at < len; at += step) {
		char bit = (char)(1 << at % 8);

		data[at] ^= bit;
		feed(data, len);
		data[at] ^= bit;
	}
}

static void run_child(const char *path, int output)
{
	const struct rlimit cpu = { MAX_CPU_SECONDS, MAX_CPU_SECONDS };
	_cleanup_free_ char *data = NULL;
	size_t len;

	setrlimit(RLIMIT_CPU, &cpu);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	FUZZ_REQUIRE(!file_read(path, MAX_SEED, &data, &len));
	feed_variants(data, len);
}

/* What the child said last, as TAP comments: complaints of the reader come first, the reason of a crash last. */
static void print_tail(int output)
{
	off_t len = lseek(output, 0, SEEK_END), from = len > 4096 ? len - 4096 : 0;
	char text[4097], *save = NULL;
	ssize_t n = pread(output, text, sizeof(text) - 1, from);

	text[n > 0 ? n : 0] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		printf("# %s\n", line);
}

static bool replay(size_t number, const char *path)
{
	_cleanup_close_ int output = memfd_create("output", MFD_CLOEXEC);
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		run_child(path, output);
		exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = -1;
	printf("%sok %zu - %s\n", status ? "not " : "", number, path);
	if (status && WIFSIGNALED(status))
		printf("# ended by signal %d (%s)\n", WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
	if (status)
		print_tail(output);
	return !status;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : argv[0];
	char dir[256], path[sizeof(dir) + 256];
	struct dirent **files = NULL;
	int count, failed = 0;

	/* build/tests/fuzz/fuzz_yaml.t */
	snprintf(dir, sizeof(dir), "tests/fuzz/corpus/%.*s", (int)strcspn(name + 5, "."), name + 5);
	count = scandir(dir, &files, is_visible, alphasort);
	if (count <= 0) {
		printf("1..1\nnot ok 1 - there is a corpus in %s\n", dir);
		return 1;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]->d_name);
		failed += !replay((size_t)i + 1, path);
		free(files[i]);
	}
	free(files);
	return failed ? 1 : 0;
}
