// SPDX-License-Identifier: BSD-2-Clause
/* Loads a bundle's objects by libbpf. Knows no interfaces and no node state. */
#include "install/loader.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/log.h"
#include "install/libbpf_log.h"
#include "install/paths.h"

#define CONSTANT_PREFIX "node_" /* load-time constants that describe the node */
#define RODATA_PREFIX ".rodata"

DEFINE_CLEANUP(object, struct bpf_object *, bpf_object__close)

/* What one call of loader_load() works with. */
struct load_job {
	const struct manifest *manifest;
	const char *pins;
	const struct record_constant *constants;
	size_t constant_count;
	const char *file; /* of the object at hand, for messages */
	struct loaded *out;
};

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static const struct record_constant *find_constant(const struct load_job *job, const char *name)
{
	for (size_t i = 0; i < job->constant_count; i++) {
		if (!strcmp(job->constants[i].name, name))
			return &job->constants[i];
	}
	return NULL;
}

static const struct object_map *find_map(const struct load_job *job, const char *name)
{
	for (size_t i = 0; i < job->manifest->object_count; i++) {
		const struct object_needs *needs = &job->manifest->objects[i].needs;

		for (size_t k = 0; k < needs->map_count; k++) {
			if (!strcmp(needs->maps[k].name, name))
				return &needs->maps[k];
		}
	}
	return NULL;
}

static bool is_wanted(const struct load_job *job, const char *program)
{
	for (size_t i = 0; i < job->manifest->hook_count; i++) {
		if (!strcmp(job->manifest->hooks[i].program, program))
			return true;
	}
	return false;
}

static int set_constant(const struct load_job *job, const char *name,
			const struct btf_var_secinfo *var, unsigned char *data, size_t size)
{
	const struct record_constant *constant = find_constant(job, name);

	if (!constant)
		return log_fail(-EINVAL,
				"%s asks for constant %s, which this hrinstall does not know",
				job->file, name);
	if (var->size != sizeof(constant->value) || var->offset > size - sizeof(constant->value))
		return log_fail(-EBADMSG, "%s: constant %s is not 32 bits wide", job->file, name);
	memcpy(data + var->offset, &constant->value, sizeof(constant->value));
	return 0;
}

/* Sets every node_* variable of one .rodata section; the section's map is found by its BTF type. */
static int set_section(const struct load_job *job, struct bpf_object *obj, const struct btf *btf,
		       uint32_t section_id)
{
	const struct btf_type *section = btf__type_by_id(btf, section_id);
	const struct btf_var_secinfo *vars = btf_var_secinfos(section);
	_cleanup_free_ unsigned char *data = NULL;
	struct bpf_map *map;
	size_t size = 0;
	int err = 0;

	bpf_object__for_each_map(map, obj)
	{
		if (bpf_map__is_internal(map) && bpf_map__btf_value_type_id(map) == section_id)
			break;
	}
	if (!map || !bpf_map__initial_value(map, &size) || size < sizeof(uint32_t))
		return 0;
	data = malloc(size);
	if (!data)
		return log_err(-ENOMEM, "read %s", job->file);
	memcpy(data, bpf_map__initial_value(map, &size), size);
	for (unsigned int i = 0; !err && i < btf_vlen(section); i++) {
		const struct btf_type *var = btf__type_by_id(btf, vars[i].type);
		const char *name = btf__name_by_offset(btf, var->name_off);

		if (name && has_prefix(name, CONSTANT_PREFIX))
			err = set_constant(job, name, &vars[i], data, size);
	}
	if (err)
		return err;
	err = bpf_map__set_initial_value(map, data, size);
	return err ? log_err(err, "%s: set load-time constants", job->file) : 0;
}

static int set_constants(const struct load_job *job, struct bpf_object *obj)
{
	const struct btf *btf = bpf_object__btf(obj);
	uint32_t count = btf ? btf__type_cnt(btf) : 0;
	int err = 0;

	if (!btf)
		return log_fail(-EBADMSG, "%s has no BTF: rebuild the bundle", job->file);
	for (uint32_t id = 1; !err && id < count; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *name = btf__name_by_offset(btf, type->name_off);

		if (btf_is_datasec(type) && name && has_prefix(name, RODATA_PREFIX))
			err = set_section(job, obj, btf, id);
	}
	return err;
}

static bool is_attachable(enum bpf_prog_type type)
{
	return type == BPF_PROG_TYPE_SCHED_CLS || type == BPF_PROG_TYPE_CGROUP_SOCK_ADDR ||
	       type == BPF_PROG_TYPE_CGROUP_SOCK;
}

/* Leaves the programs that no hook wants unloaded. Returns how many are left, or a negative errno. */
static int choose_programs(const struct load_job *job, struct bpf_object *obj)
{
	struct bpf_program *prog;
	int wanted = 0;

	bpf_object__for_each_program(prog, obj)
	{
		bool load = is_wanted(job, bpf_program__name(prog));

		bpf_program__set_autoload(prog, load);
		if (load && !is_attachable(bpf_program__type(prog)))
			return log_fail(-EINVAL,
					"%s: program %s is neither for tc nor for a cgroup",
					job->file, bpf_program__name(prog));
		wanted += load;
	}
	return wanted;
}

static void describe(const struct bpf_map *map, struct object_map *out)
{
	*out = (struct object_map){ .type = bpf_map__type(map),
				    .key_size = bpf_map__key_size(map),
				    .value_size = bpf_map__value_size(map),
				    .max_entries = bpf_map__max_entries(map),
				    .flags = bpf_map__map_flags(map) };
}

static int reuse(const struct load_job *job, struct bpf_map *map, int fd)
{
	int err = bpf_map__reuse_fd(map, fd);

	return err ? log_err(err, "%s: reuse map %s", job->file, bpf_map__name(map)) : 0;
}

/* What the manifest says counts: the object may have been made without knowing the node's memory. */
static int set_size(const struct load_job *job, struct bpf_map *map)
{
	const struct object_map *wanted = find_map(job, bpf_map__name(map));
	int err;

	if (!wanted || wanted->max_entries == bpf_map__max_entries(map))
		return 0;
	err = bpf_map__set_max_entries(map, wanted->max_entries);
	return err ? log_err(err, "%s: set the size of map %s", job->file, wanted->name) : 0;
}

/* A map that an earlier object of this bundle has made, else a compatible pinned one, else a new one. */
static int choose_map(const struct load_job *job, struct bpf_map *map)
{
	_cleanup_close_ int pinned = -1;
	const char *name = bpf_map__name(map);
	struct object_map want, have;
	int err, fd;

	/* Where maps are pinned is decided here, whatever the object says. */
	err = bpf_map__set_pin_path(map, NULL);
	if (err)
		return log_err(err, "%s: map %s", job->file, name);
	err = set_size(job, map);
	if (err)
		return err;
	fd = loaded_map_fd(job->out, name);
	describe(map, &want);
	if (fd < 0) {
		err = pin_open(job->pins, name, &pinned);
		if (err)
			return err == -ENOENT ? 0 : err;
		fd = pinned;
	}
	err = map_describe(fd, &have);
	if (err)
		return log_err(err, "describe map %s", name);
	if (map_is_compatible(&want, &have))
		return reuse(job, map, fd);
	if (fd != pinned)
		return log_fail(-EINVAL, "%s: map %s differs from that of another object",
				job->file, name);
	return 0;
}

static int choose_maps(const struct load_job *job, struct bpf_object *obj)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, obj)
	{
		if (!bpf_map__is_internal(map))
			err = choose_map(job, map);
		if (err)
			return err;
	}
	return 0;
}

/* The object is closed after this; what is kept of it are its fds. */
static int keep_fd(int fd, int *out)
{
	*out = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return *out < 0 ? -errno : 0;
}

static int keep_map(struct load_job *job, const struct bpf_map *map)
{
	struct loaded_map *kept = &job->out->maps[job->out->map_count];
	const char *name = bpf_map__name(map);
	int err;

	if (loaded_map_fd(job->out, name) >= 0)
		return 0;
	if (job->out->map_count == LOADER_MAX_MAPS || strlen(name) >= sizeof(kept->name))
		return log_fail(-E2BIG, "%s: map %s: too many maps, or its name is too long",
				job->file, name);
	err = keep_fd(bpf_map__fd(map), &kept->fd);
	if (err)
		return log_err(err, "%s: map %s", job->file, name);
	memcpy(kept->name, name, strlen(name) + 1);
	job->out->map_count++;
	return 0;
}

static int keep_program(struct load_job *job, const struct bpf_program *prog)
{
	struct loaded_program *kept = &job->out->programs[job->out->program_count];
	const char *name = bpf_program__name(prog);
	int err;

	if (job->out->program_count == RECORD_MAX_PROGRAMS ||
	    strlen(name) >= sizeof(kept->info.name))
		return log_fail(-E2BIG,
				"%s: program %s: too many programs, or its name is too long",
				job->file, name);
	err = keep_fd(bpf_program__fd(prog), &kept->fd);
	if (err)
		return log_err(err, "%s: program %s", job->file, name);
	job->out->program_count++;
	err = program_describe(kept->fd, &kept->info);
	return err ? log_err(err, "%s: describe program %s", job->file, name) : 0;
}

static int keep(struct load_job *job, struct bpf_object *obj)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, obj)
	{
		if (!bpf_map__is_internal(map))
			err = keep_map(job, map);
		if (err)
			return err;
	}
	bpf_object__for_each_program(prog, obj)
	{
		if (bpf_program__autoload(prog))
			err = keep_program(job, prog);
		if (err)
			return err;
	}
	return 0;
}

static int load_object(struct load_job *job, const char *bundle)
{
	_cleanup_(object) struct bpf_object *obj = NULL;
	char path[PATH_SIZE];
	int err;

	err = path_format(path, sizeof(path), "%s/%s", bundle, job->file);
	if (err)
		return log_err(err, "open %s", job->file);
	obj = bpf_object__open_file(path, NULL);
	if (!obj) {
		err = -errno;
		return log_err(err, "open object %s", path);
	}
	err = choose_programs(job, obj);
	if (err <= 0)
		return err;
	err = set_constants(job, obj);
	if (!err)
		err = choose_maps(job, obj);
	if (err)
		return err;
	err = bpf_object__load(obj);
	if (err)
		return log_err(err, "the kernel does not take %s (--verbose shows its log)", path);
	return keep(job, obj);
}

static int check_complete(const struct load_job *job)
{
	for (size_t i = 0; i < job->manifest->hook_count; i++) {
		const char *program = job->manifest->hooks[i].program;

		if (loaded_program_fd(job->out, program) < 0)
			return log_fail(-EINVAL, "no object of the bundle has program %s", program);
	}
	return 0;
}

int loader_load(const char *bundle, const struct manifest *manifest, const char *pins,
		const struct record_constant *constants, size_t constant_count, struct loaded *out)
{
	struct load_job job = { .manifest = manifest,
				.pins = pins,
				.constants = constants,
				.constant_count = constant_count,
				.out = out };
	int err = 0;

	log_capture_libbpf();
	*out = (struct loaded){ 0 };
	for (size_t i = 0; !err && i < manifest->object_count; i++) {
		job.file = manifest->objects[i].file;
		err = load_object(&job, bundle);
	}
	if (!err)
		err = check_complete(&job);
	if (err)
		loaded_fini(out);
	return err;
}

int loaded_map_fd(const struct loaded *loaded, const char *name)
{
	for (size_t i = 0; i < loaded->map_count; i++) {
		if (!strcmp(loaded->maps[i].name, name))
			return loaded->maps[i].fd;
	}
	return -1;
}

int loaded_program_fd(const struct loaded *loaded, const char *name)
{
	for (size_t i = 0; i < loaded->program_count; i++) {
		if (!strcmp(loaded->programs[i].info.name, name))
			return loaded->programs[i].fd;
	}
	return -1;
}

void loaded_fini(struct loaded *loaded)
{
	for (size_t i = 0; i < loaded->map_count; i++)
		close(loaded->maps[i].fd);
	for (size_t i = 0; i < loaded->program_count; i++)
		close(loaded->programs[i].fd);
	*loaded = (struct loaded){ 0 };
}
