/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ordered list of steps that change a node: what is printed by --dry-run is what is done, and what is
 * undone in reverse when a step fails. A step holds everything it needs; what steps share (sockets, loaded
 * programs) is in struct step_env, which only the step functions know.
 */
#ifndef HR_INSTALL_STEPS_H
#define HR_INSTALL_STEPS_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/cli.h"
#include "install/attach.h"
#include "install/overlay.h"
#include "install/paths.h"
#include "install/rtnl.h"
#include "install/maglev.h"
#include "install/tables.h"

enum step_kind {
#define STEP(id, ...) STEP_##id,
#include "install/steps.def"
#undef STEP
	STEP__COUNT,
};

/* net.ipv4.conf.<interface>.<name>, several at once */
#define STEP_MAX_SYSCTLS 4

struct step_sysctls {
	char interface[IFNAMSIZ];
	unsigned int ifindex; /* nothing is written unless the interface has this index; 0: any */
	bool is_restore; /* what is not as we left it was changed by somebody else, and stays */
	size_t count;
	struct {
		char name[24];
		int value; /* to write */
		int left; /* is_restore: as we left it */
		int before; /* what it was, for undo; valid when written */
		bool written;
	} items[STEP_MAX_SYSCTLS];
};

struct step_device {
	char name[IFNAMSIZ];
	char peer[IFNAMSIZ]; /* veth; "" for a tunnel device */
	const struct overlay_def *overlay; /* tunnel device; NULL for veth */
	unsigned int mtu;
	unsigned int old_mtu; /* STEP_SET_MTU */
	uint16_t port; /* tunnel device, host byte order */
};

struct step_address {
	char interface[IFNAMSIZ];
	uint32_t addr;
};

struct step_table {
	enum table_id id;
	struct table_diff diff; /* owned */
	struct maglev
		maglev; /* of TABLE_MAGLEV: what its pieces are made by, also to take back that they went */
};

struct step_route {
	char interface[IFNAMSIZ]; /* looked up when the step runs: it may have to be created first */
	struct rtnl_route route; /* without ifindex */
};

struct step_attach {
	struct attach_point point; /* ifindex 0: looked up when the step runs */
	enum attach_mode mode; /* wanted */
	uint32_t old_prog_id; /* attached before, for undo; 0: nothing */
	enum attach_mode old_mode; /* of that */
	bool created_clsact; /* by this step */
	char cgroup[PATH_SIZE]; /* of a point at a cgroup: its directory */
};

struct step_cgroup {
	char dir[PATH_SIZE];
	unsigned int made; /* directories created for it */
};

struct step_nft {
	char *text; /* owned; the transaction */
	char *before; /* owned; listing of the table that was there, for undo; NULL: none was */
};

enum step_pin_kind {
	STEP_PIN_MAP,
	STEP_PIN_PROGRAM,
};

struct step_pin {
	enum step_pin_kind kind;
	char name[64];
	char dir[PATH_SIZE];
};

struct step {
	enum step_kind kind;
	bool done;
	int old_fd; /* what was pinned there before, for undo; -1 when nothing. Owned */
	char text[160]; /* what it does, in words; unchanged in any locale */
	union {
		char path[PATH_SIZE];
		char bundle[PATH_SIZE];
		struct step_sysctls sysctls;
		struct step_device device;
		struct step_address address;
		struct step_table table;
		struct step_route route;
		struct step_attach attach;
		struct step_nft nft;
		struct step_pin pin;
		struct step_cgroup cgroup;
	};
};

struct steps {
	struct step *items; /* owned */
	size_t count, size;
	int err; /* -ENOMEM sticks: steps_run() answers it and does nothing */
	struct step spare; /* what steps_add() returns when it cannot grow */
};

struct step_env;

struct step_ops {
	const char *name;
	int (*run)(struct step_env *env, struct step *step);
	int (*undo)(struct step_env *env, struct step *step);
};

/* Appends a step with its text; the caller fills in its arguments. Never NULL. */
struct step *steps_add(struct steps *plan, enum step_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds one sysctl to a group that has room for it. */
void steps_sysctl_item(struct step_sysctls *sysctls, const char *name, int value);

/* Appends the step that writes a group, its text naming every value; nothing for an empty group. */
void steps_sysctls(struct steps *plan, const struct step_sysctls *sysctls);

/*
 * Runs the steps in order. When one fails, those that were done are undone in reverse, which is tried to
 * the end; *clean then says whether all of it could be undone. Step functions log their own failures.
 * Returns the first failure.
 */
int steps_run(struct steps *plan, const struct step_ops ops[STEP__COUNT], struct step_env *env,
	      bool *clean);

/* Undoes a plan that was run. Returns whether all of it could be undone. */
bool steps_undo(struct steps *plan, const struct step_ops ops[STEP__COUNT], struct step_env *env);

/* Runs all steps, also after one failed; nothing is undone. Returns the first failure. */
int steps_run_all(struct steps *plan, const struct step_ops ops[STEP__COUNT], struct step_env *env);

/*
 * One line per step, or JSON, schema "hostroute.plan/1": { schema, dry_run, steps: [ { kind (a name of
 * steps.def), text, done } ] }. 0 or -ENOMEM.
 */
int steps_print(const struct steps *plan, const struct step_ops ops[STEP__COUNT], bool dry_run,
		enum cli_format format, FILE *out);

void steps_fini(struct steps *plan);

#define _cleanup_steps_ __attribute__((cleanup(steps_fini)))

#endif
