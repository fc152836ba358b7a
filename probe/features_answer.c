// SPDX-License-Identifier: BSD-2-Clause
/* What the kernel's reactions to our attempts mean. How attempts are made is prober.c's. */
#include "probe/features_answer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/log.h"
#include "probe/bpf_uapi.h"

struct answer answer_make(enum tri value, int err, const char *fmt, ...)
{
	struct answer a = { .value = value, .source = SOURCE_LOADED, .err = err };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a.note, sizeof(a.note), fmt, ap);
	va_end(ap);
	return a;
}

struct answer answer_yes(void)
{
	return answer_make(ANSWER_YES, 0, "%s", "");
}

struct answer answer_silent(int err)
{
	if (err == EPERM)
		return answer_make(
			ANSWER_UNKNOWN, err,
			"not permitted: needs CAP_BPF and CAP_NET_ADMIN, or more memlock");
	return answer_make(ANSWER_UNKNOWN, err, "attempt failed: %s", errno_text(err));
}

/* EINVAL without a log means "no such program type" only where programs load at all. */
static struct answer prog_type_refused(struct prober *p, int err)
{
	if (err == -EINVAL && !prober_load_trivial(p, BPF_PROG_TYPE_SOCKET_FILTER, 0))
		return answer_make(ANSWER_NO, EINVAL, "no such program type");
	return answer_silent(-err);
}

/* "" when both helpers that must not be callable are refused as such, else which one was not. */
static const char *controls_fail(struct prober *p, const struct family *f)
{
	const struct helper_call nonexistent = { .helper = NONEXISTENT_ID };
	const struct helper_call foreign = {
		.helper = f->prog_type == BPF_PROG_TYPE_XDP ? BPF_FUNC_redirect_peer
							    : BPF_FUNC_xdp_adjust_head,
	};
	struct call_result r;

	r = prober_call(p, f->prog_type, f->attach_type, &nonexistent);
	if (r.outcome != CALL_REFUSED)
		return "control failed: a helper that does not exist is not refused as such";
	r = prober_call(p, f->prog_type, f->attach_type, &foreign);
	if (r.outcome != CALL_REFUSED)
		return "control failed: a helper of another program type is not refused as such";
	return "";
}

void family_check(struct prober *p, unsigned int prog_type, struct family *out)
{
	const char *failure;
	int err;

	*out = (struct family){
		.prog_type = prog_type,
		.attach_type = default_attach_type(prog_type),
	};
	err = prober_load_trivial(p, prog_type, out->attach_type);
	if (err) {
		out->type = out->calls = prog_type_refused(p, err);
		return;
	}
	failure = controls_fail(p, out);
	out->type = out->calls =
		*failure ? answer_make(ANSWER_UNKNOWN, 0, "%s", failure) : answer_yes();
}

/*
 * args NULL: only the verifier's complaint can be had, and it proves that the helper may be called.
 */
struct answer family_call(struct prober *p, const struct family *f, const struct helper_call *call)
{
	struct call_result r;

	if (f->calls.value != ANSWER_YES)
		return f->calls;
	r = prober_call(p, f->prog_type, f->attach_type, call);
	switch (r.outcome) {
	case CALL_LOADED:
		return answer_yes();
	case CALL_REFUSED:
		return answer_make(ANSWER_NO, r.err, "%s", "");
	case CALL_COMPLAINT:
		if (!call->args && r.err != EPERM)
			return answer_make(ANSWER_YES, r.err,
					   "by the verifier's complaint about arguments");
		return answer_make(ANSWER_UNKNOWN, r.err, "verifier: %s", r.reason);
	default:
		return answer_silent(r.err);
	}
}

void answer_consult_btf(const struct kernel_ops *ops, const char *enumerator,
			const char *program_type, struct answer *a)
{
	int has = *enumerator ? ops->btf_has(enumerator) : -ENOENT;

	if (!has && a->value == ANSWER_YES) {
		*a = answer_make(ANSWER_UNKNOWN, 0,
				 "witnesses disagree: it loads, kernel BTF has no such name");
	} else if (!has && a->value == ANSWER_UNKNOWN) {
		*a = answer_make(ANSWER_NO, a->err, "kernel BTF has no such name");
		a->source = SOURCE_BTF;
	} else if (has == 1 && a->value == ANSWER_UNKNOWN && a->err == EPERM) {
		*a = answer_make(ANSWER_UNKNOWN, EPERM, "kernel has it; needs CAP_BPF to try%s%s",
				 program_type ? " in " : "", program_type ? program_type : "");
		a->source = SOURCE_BTF;
	}
}

struct answer family_attach(struct prober *p, const struct family *f, unsigned int type)
{
	int err = prober_load_trivial(p, f->prog_type, type);

	if (!err)
		return answer_yes();
	return err == -EINVAL ? answer_make(ANSWER_NO, EINVAL, "%s", "") : answer_silent(-err);
}

struct answer answer_maps_control(struct prober *p)
{
	int err = prober_create_map(p, BPF_MAP_TYPE_ARRAY);

	if (err)
		return answer_silent(-err);
	if (prober_create_map(p, NONEXISTENT_ID) != -EINVAL)
		return answer_make(ANSWER_UNKNOWN, 0,
				   "control failed: a map type that does not exist is not refused");
	return answer_yes();
}

struct answer answer_map(struct prober *p, const struct answer *control, unsigned int map_type)
{
	int err;

	if (control->value != ANSWER_YES)
		return *control;
	err = prober_create_map(p, map_type);
	if (!err)
		return answer_yes();
	return err == -EINVAL ? answer_make(ANSWER_NO, EINVAL, "%s", "") : answer_silent(-err);
}
