// SPDX-License-Identifier: BSD-2-Clause
/* Builds the initramfs, runs QEMU on it, and reads what it left. */
#include "compiler/vm.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "compiler/child.h"
#include "compiler/interrupt.h"
#include "compiler/verify_json.h"
#include "compiler/vm_cpio.h"
#include "compiler/vm_layout.h"
#include "compiler/vm_modules.h"

#define QEMU "qemu-system-x86_64"
#define LOADER_MAX_BYTES (32u << 20)
#define CONSOLE_MAX_BYTES (16u << 20) /* a kernel that says more is ended */
#define CONSOLE_TAIL_LINES 15
#define SLICE_MS 100 /* how often a signal and the console's size are looked at */

/* Names in the work directory, where QEMU runs. */
#define INITRAMFS "initramfs"
#define CONSOLE "console"
#define REPORT "report"

struct vm {
	const struct vm_request *request;
	char kernel[PATH_MAX]; /* absolute */
	char dir[PATH_MAX]; /* work directory; "" before it is there */
};

/* Magic numbers: Documentation/arch/x86/boot.rst, Documentation/arch/arm64/booting.rst. */
static int check_image(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char head[1024] = { 0 };
	int err;

	if (fd < 0 || pread(fd, head, sizeof(head), 0) < 0) {
		err = -errno;
		return log_err(err, "read kernel image %s", path);
	}
	if (!memcmp(head + 0x202, "HdrS", 4))
		return 0;
	if (!memcmp(head + 0x38, "ARM\x64", 4))
		return log_fail(-EOPNOTSUPP,
				"%s is an arm64 kernel: this build boots x86-64 kernels only",
				path);
	return log_fail(-ENOEXEC, "%s is not a kernel that boots here: give an x86-64 vmlinuz",
			path);
}

static int find_loader(char *out, size_t size)
{
	if (!file_beside_self(VM_LOADER, out, size))
		return 0;
	return file_beside_self("../libexec/hostroute/" VM_LOADER, out, size);
}

static int add_loader(struct buf *out)
{
	_cleanup_free_ char *data = NULL;
	char path[PATH_MAX];
	const Elf64_Ehdr *elf;
	size_t len;
	int err = find_loader(path, sizeof(path));

	if (err == -ENOENT)
		return log_fail(err, "there is no " VM_LOADER " beside hrcompile (make builds it)");
	err = err ?: file_read(path, LOADER_MAX_BYTES, &data, &len);
	if (err)
		return log_err(err, "read " VM_LOADER);
	elf = (const Elf64_Ehdr *)(const void *)data;
	if (len < sizeof(*elf) || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 ||
	    elf->e_machine != EM_X86_64)
		return log_fail(-ENOEXEC, "%s is not an x86-64 program", path);
	cpio_file(out, "init", 0755, data, len);
	return 0;
}

static int add_objects(const struct vm_request *request, struct buf *out)
{
	int err = 0;

	for (size_t i = 0; !err && i < request->manifest->object_count; i++) {
		const char *file = request->manifest->objects[i].file;
		_cleanup_free_ char *data = NULL;
		char path[PATH_MAX], name[64];
		size_t len;

		err = path_format(path, sizeof(path), "%s/%s", request->bundle, file);
		err = err ?: file_read(path, NEEDS_MAX_OBJECT_BYTES, &data, &len);
		if (err)
			return log_err(err, "read %s/%s", request->bundle, file);
		snprintf(name, sizeof(name), VM_OBJECTS "/%s", file);
		cpio_file(out, name, 0644, data, len);
	}
	return err;
}

static int make_initramfs(const struct vm *vm)
{
	static const char *const directories[] = { "dev", "proc", "sys", VM_OBJECTS, VM_MODULES };
	_cleanup_buf_ struct buf archive = { 0 };
	char path[PATH_MAX];
	int err;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		cpio_directory(&archive, directories[i]);
	cpio_character_device(&archive, VM_CONSOLE, 5, 1);
	cpio_character_device(&archive, VM_REPORT, 4, 65);
	err = add_loader(&archive);
	err = err ?: add_objects(vm->request, &archive);
	err = err ?: vm_modules_add(vm->request, &archive);
	if (err)
		return err;
	cpio_end(&archive);
	err = path_format(path, sizeof(path), "%s/" INITRAMFS, vm->dir);
	err = err ?: archive.err ?: file_write_atomic(path, archive.data, archive.len);
	return err ? log_err(err, "write an initramfs in %s", vm->dir) : 0;
}

static int make_dir(struct vm *vm)
{
	const char *parent = getenv("TMPDIR");
	int err = path_format(vm->dir, sizeof(vm->dir), "%s/hrcompile-vm.XXXXXX",
			      parent && *parent ? parent : "/tmp");

	if (!err && !mkdtemp(vm->dir))
		err = -errno;
	if (!err)
		return 0;
	vm->dir[0] = '\0';
	return log_err(err, "create a directory for the VM's files");
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool console_is_sane(const struct vm *vm)
{
	static const char *const names[] = { CONSOLE, REPORT };
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!path_format(path, sizeof(path), "%s/%s", vm->dir, names[i]) &&
		    !stat(path, &st) && st.st_size > (off_t)CONSOLE_MAX_BYTES)
			return false;
	}
	return true;
}

/* Until QEMU ends: 0, -ETIMEDOUT, -EFBIG or -EINTR. */
static int wait_for(const struct vm *vm, struct child *qemu, int seconds)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, qemu->pid, 0);
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	int64_t limit = now_ms() + (int64_t)seconds * 1000;

	if (pidfd < 0)
		return -errno;
	while (poll(&ended, 1, SLICE_MS) <= 0) {
		if (interrupts_pending())
			return -EINTR;
		if (now_ms() > limit)
			return -ETIMEDOUT;
		if (!console_is_sane(vm))
			return -EFBIG;
	}
	return children_wait(qemu, 1);
}

static int run_qemu(const struct vm *vm, const char *accelerator, int seconds)
{
	const char *const argv[] = { QEMU,
				     "-nodefaults",
				     "-no-user-config",
				     "-display",
				     "none",
				     "-monitor",
				     "none",
				     "-no-reboot",
				     "-m",
				     VM_MEMORY_MIB,
				     "-smp",
				     "1",
				     "-accel",
				     accelerator,
				     "-cpu",
				     "max",
				     "-kernel",
				     vm->kernel,
				     "-initrd",
				     INITRAMFS,
				     "-append",
				     "console=ttyS0 loglevel=4 panic=-1 rdinit=/init",
				     "-serial",
				     "file:" CONSOLE,
				     "-serial",
				     "file:" REPORT,
				     NULL };
	struct child qemu;
	int err = child_start(argv, vm->dir, &qemu);

	if (err == -ENOENT)
		return log_fail(err,
				QEMU " is not installed: --verify --kernel boots the kernel in it");
	if (err)
		return log_err(err, "start " QEMU);
	err = wait_for(vm, &qemu, seconds);
	if (!err && !child_has_succeeded(&qemu)) {
		_cleanup_free_ char *words = NULL;

		child_output(&qemu, &words);
		log_debug(QEMU ": %s", words ?: "");
		err = -ECHILD;
	}
	child_fini(&qemu);
	return err;
}

static bool has_row(const struct verify_result *result, const char *object, const char *program)
{
	for (size_t i = 0; i < result->count; i++) {
		if (!strcmp(result->programs[i].object, object) &&
		    !strcmp(result->programs[i].name, program))
			return true;
	}
	return false;
}

/* 0 when there is a whole report, -ENODATA when there is none, else logged. */
static int read_report(const struct vm *vm, struct verify_result *out)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	size_t len;
	int err = path_format(path, sizeof(path), "%s/" REPORT, vm->dir);

	err = err ?: file_read(path, VERIFY_JSON_MAX_BYTES, &text, &len);
	if (err == -ENOENT || (!err && (!len || text[len - 1] != '\n')))
		return -ENODATA;
	if (err)
		return log_err(err, "read the VM's report");
	return verify_result_parse("the VM's report", text, len, out);
}

/* Has the report every program of the manifest? What came from elsewhere says nothing about this bundle. */
static int check_complete(const struct vm_request *request, const struct verify_result *result)
{
	size_t rows = 0, wanted = 0;

	for (size_t i = 0; i < request->manifest->object_count; i++) {
		const struct manifest_object *object = &request->manifest->objects[i];

		for (size_t k = 0; k < object->needs.program_count; k++) {
			wanted++;
			rows += has_row(result, object->file, object->needs.programs[k].name);
		}
	}
	if (rows == wanted)
		return 0;
	return log_fail(-EBADMSG, "%s: the VM's report is about other programs than the bundle's",
			request->kernel);
}

static void print_console(const struct vm *vm)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX], *start;
	size_t len, lines = 0;

	if (path_format(path, sizeof(path), "%s/" CONSOLE, vm->dir) ||
	    file_read(path, CONSOLE_MAX_BYTES + (1u << 20), &text, &len))
		return;
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n' &&
		    ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e))
			text[i] = ' ';
	}
	for (start = text + len; start > text && lines <= CONSOLE_TAIL_LINES; start--)
		lines += start[-1] == '\n';
	start += lines > CONSOLE_TAIL_LINES;
	for (char *line = strtok(start, "\n"); line; line = strtok(NULL, "\n"))
		log_info("  %s", line);
}

static int no_report(const struct vm *vm, int err)
{
	switch (err) {
	case -EINTR:
	case -ENOENT:
		return err;
	case -ETIMEDOUT:
		log_fail(0,
			 "%s: no report after %d s; the end of its console:", vm->request->kernel,
			 VM_SECONDS_EMULATED);
		break;
	case -EFBIG:
		log_fail(0, "%s: it does not stop talking; the end of its console:",
			 vm->request->kernel);
		break;
	default:
		log_fail(0, "%s: the VM ended without a report; the end of its console:",
			 vm->request->kernel);
	}
	print_console(vm);
	return err ?: -ENODATA;
}

/* A device file says little: some machines have one whose guests hang. So KVM gets a try, and a short one. */
static int run(const struct vm *vm, struct verify_result *out, const char **runs_in)
{
	int err = -ENODATA, ended = 0;

	*runs_in = "kvm";
	if (!access("/dev/kvm", R_OK | W_OK)) {
		ended = run_qemu(vm, "kvm", VM_SECONDS_KVM);
		if (ended == -EINTR || ended == -ENOENT)
			return ended;
		err = read_report(vm, out);
	}
	if (err == -ENODATA) {
		*runs_in = "tcg";
		ended = run_qemu(vm, "tcg", VM_SECONDS_EMULATED);
		err = read_report(vm, out);
	}
	if (err == -ENODATA)
		return no_report(vm, ended);
	return err ?: check_complete(vm->request, out);
}

int vm_verify(const struct vm_request *request, struct verify_result *out, const char **runs_in)
{
	struct vm vm = { .request = request };
	int err = check_image(request->kernel);

	if (err)
		return err;
	if (!realpath(request->kernel, vm.kernel)) {
		err = -errno;
		return log_err(err, "find %s", request->kernel);
	}
	interrupts_hold();
	err = make_dir(&vm);
	err = err ?: make_initramfs(&vm);
	err = err ?: run(&vm, out, runs_in);
	if (*vm.dir && dir_remove(vm.dir))
		log_warn("cannot remove %s", vm.dir);
	interrupts_release();
	return err;
}
