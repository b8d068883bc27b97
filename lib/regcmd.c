/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "regcmd.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/regs-ids.h"
#include "util.h"

uint32_t
rkr_qword_address_mask(uint64_t word)
{
	struct rkr_qword q = rkr_qword_decode(word);
	const struct rkr_reg *reg = rkr_reg_by_qword(q.target, q.offset, NULL);

	return reg ? reg->address_mask : 0;
}

bool
rkr_qword_is_link(uint64_t word)
{
	struct rkr_qword q = rkr_qword_decode(word);
	const struct rkr_reg *reg = rkr_reg_by_qword(q.target, q.offset, NULL);

	return reg && reg->role == RKR_REG_LINK;
}

/* A buffer that counts on when it is full, as snprintf does. */
struct out {
	char *buf;
	size_t size;
	size_t n;
};

__attribute__((format(printf, 2, 3))) static void
put(struct out *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(o->n < o->size ? o->buf + o->n : NULL, o->n < o->size ? o->size - o->n : 0, fmt,
			  ap);
	va_end(ap);
	if (n > 0)
		o->n += (size_t)n;
}

/*
 * Words that are not a block's register: the broadcast op-enable, the marker
 * before it, and the two that do nothing [TRM, captured]. They end or pad a
 * record.
 */
static const struct {
	uint16_t target;
	const char *name;
} specials[] = {
	{ RKR_TARGET_OP_EN, "OP_EN" },
	{ RKR_TARGET_MARK, "MARK" },
	{ 0x0001, "NOP" },
};

static void
put_name(struct out *o, uint64_t word, const struct rkr_reg *reg, const struct rkr_reg_block *block)
{
	struct rkr_qword q = rkr_qword_decode(word);

	if (reg) {
		put(o, "%s.%s", block->name, reg->name);
		return;
	}
	if (word == 0) {
		put(o, "NOP");
		return;
	}
	for (size_t i = 0; i < RKR_ARRAY_LEN(specials); i++) {
		if (specials[i].target == q.target) {
			put(o, "%s", specials[i].name);
			return;
		}
	}
	put(o, "0x%04x:0x%04x", q.target, q.offset);
}

size_t
rkr_qword_name(uint64_t word, char *buf, size_t size)
{
	struct out o = { buf, size, 0 };
	struct rkr_qword q = rkr_qword_decode(word);
	const struct rkr_reg_block *block = NULL;
	const struct rkr_reg *reg = rkr_reg_by_qword(q.target, q.offset, &block);

	put_name(&o, word, reg, block);
	return o.n;
}

static void
put_fields(struct out *o, const struct rkr_reg *reg, uint32_t value, bool all)
{
	for (size_t i = 0; i < reg->n_fields; i++) {
		const struct rkr_reg_field *f = &reg->fields[i];
		uint32_t v = rkr_reg_field_get(f, value);
		const char *e = rkr_reg_enum_name(f, v);

		if (v == 0 && !all)
			continue;
		if (e)
			put(o, " %s=%u(%s)", f->name, v, e);
		else if (f->msb - f->lsb >= 16 || (reg->address_mask && f->encoding))
			put(o, " %s=0x%x", f->name,
			    reg->address_mask && f->encoding ? value & reg->address_mask : v);
		else
			put(o, " %s=%u", f->name, v);
	}
}

size_t
rkr_qword_format(uint64_t word, bool all, char *buf, size_t size)
{
	struct out o = { buf, size, 0 };
	struct rkr_qword q = rkr_qword_decode(word);
	const struct rkr_reg_block *block = NULL;
	const struct rkr_reg *reg = rkr_reg_by_qword(q.target, q.offset, &block);

	put_name(&o, word, reg, block);
	if (reg)
		put_fields(&o, reg, q.value, all);
	else if (q.target == RKR_TARGET_OP_EN)
		/* The value has the layout of the GLOBAL block's enable register [TRM]. */
		put_fields(&o, rkr_reg_by_name("GLOBAL", "OPERATION_ENABLE", NULL), q.value, all);
	else if (word != 0 && q.value)
		put(&o, " value=0x%x", q.value);
	return o.n;
}
