/* SPDX-License-Identifier: MIT */
#ifndef RKR_SCHEMA_H
#define RKR_SCHEMA_H

/*
 * Record kinds and their fields as tables (declared in kinds.h), and the
 * record itself: a kind, a value for each field, and where it was read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kinds.h"
#include "visibility.h"

RKR_BEGIN_DECLS

/** What a field is, and so what diff and replay do with it. */
enum rkr_class {
	RKR_CLASS_PLAIN,    /**< a fact: must be equal; kept by replay */
	RKR_CLASS_ADDRESS,  /**< points into a BO: compared as role+offset; relocated */
	RKR_CLASS_IDENTITY, /**< names a thing: compared by what it names; reassigned */
	RKR_CLASS_VOLATILE, /**< never repeats: not compared; dropped */
};

/** What an address points through, or what an identity names. */
enum rkr_space {
	RKR_SPACE_NONE,
	RKR_SPACE_DMA,       /**< IOVA in a BO */
	RKR_SPACE_DMA_END,   /**< IOVA one past a byte of a BO */
	RKR_SPACE_OBJECT,    /**< kernel pointer of a BO's object */
	RKR_SPACE_VIRTUAL,   /**< CPU address in a mapping of a BO */
	RKR_SPACE_MAP,       /**< mmap offset of a BO */
	RKR_SPACE_HANDLE,    /**< GEM handle */
	RKR_SPACE_GEM_NAME,  /**< flink name */
	RKR_SPACE_PRIME_FD,  /**< dma-buf fd of a BO */
	RKR_SPACE_DEVICE_FD, /**< fd of the device node */
	RKR_SPACE_MAP_LIST,  /**< comma list of MEM_MAP ordinals */
	RKR_SPACE_ORDINAL,   /**< the how-manieth of its kind */
	RKR_SPACE_CALL,      /**< the how-manieth ioctl */
	RKR_SPACE_MAX_,
};

enum rkr_type {
	RKR_TYPE_U32,
	RKR_TYPE_U64,
	RKR_TYPE_S32,
	RKR_TYPE_S64,
	RKR_TYPE_STR,    /**< bytes; may hold NUL; not necessarily UTF-8 */
	RKR_TYPE_DEC,    /**< decimal fraction, held in millionths, unsigned */
	RKR_TYPE_TIME,   /**< milliseconds of the day */
	RKR_TYPE_CHAR,   /**< one byte */
	RKR_TYPE_QWORDS, /**< array of 64-bit words */
};

enum rkr_base {
	RKR_BASE_DEC,
	RKR_BASE_HEX,
	RKR_BASE_IRQ, /**< hex; interrupt bits of the NPU */
};

/** What a difference means to the reader. */
enum rkr_delta {
	RKR_DELTA_POINTER,
	RKR_DELTA_LINK,
	RKR_DELTA_GEOMETRY,
	RKR_DELTA_COUNT,
	RKR_DELTA_ORDER,
	RKR_DELTA_OTHER,
	RKR_DELTA_MAX_,
};

/** Which writer a record comes from. */
enum rkr_stream {
	RKR_STREAM_CALLS,
	RKR_STREAM_RUNTIME,
	RKR_STREAM_GEM,
	RKR_STREAM_SYSFS,
	RKR_STREAM_MMIO,
	RKR_STREAM_KERNEL,
	RKR_STREAM_TRACER,
	RKR_STREAM_SWEEP,
	RKR_STREAM_REPLAY,
	RKR_STREAM_MODEL,
	RKR_STREAM_SOURCE,
	RKR_STREAM_MAX_,
};

/** A field of a record kind. */
struct rkr_field {
	const char *name;
	enum rkr_type type;
	enum rkr_class cls;
	enum rkr_space space;
	enum rkr_base base;
	enum rkr_delta delta;
};

/** A record kind. */
struct rkr_kind_desc {
	const char *name;
	enum rkr_stream stream;
	const struct rkr_field *fields;
	size_t n_fields;
};

/** Kinds: RKR_KIND_action, ... */
enum rkr_kind {
#define K(kind, stream) RKR_KIND_##kind,
	RKR_KINDS(K)
#undef K
		RKR_KIND_MAX_,
	RKR_KIND_INVALID_ = -1,
};

/* Field indexes: RKR_F_action_call, ..., and RKR_N_FIELDS_action. */
#define F(kind, id, name, type, class, space, base, delta) RKR_F_##kind##_##id,
#define K(kind, stream) enum { RKR_FIELDS_##kind(F) RKR_N_FIELDS_##kind };
RKR_KINDS(K)
#undef K
#undef F

/** No kind has more fields than this. */
#define RKR_FIELDS_MAX 48

/** A string or array value: @len bytes (STR) or words (QWORDS). */
struct rkr_blob {
	const void *data;
	size_t len;
};

union rkr_value {
	uint64_t u;
	int64_t s;
	const struct rkr_blob *b;
};

/** Where a record was read: from its first row to the end of its last. */
struct rkr_place {
	uint32_t file;  /**< index of the run's (or parser's) list of files */
	uint64_t line;  /**< 1-based, of the first row; 0: not read from a file */
	uint64_t start; /**< byte offset of the first row */
	uint64_t end;   /**< byte offset past the last row, newline included */
};

/** A record. @present has bit i set if field i has a value; others read as 0. */
struct rkr_record {
	enum rkr_kind kind;
	struct rkr_place place;
	uint64_t present;
	union rkr_value *v; /**< one per field of the kind */
};

/** A record with room for any kind, for those who make one to pass it on. */
struct rkr_record_buf {
	struct rkr_record rec;
	union rkr_value v[RKR_FIELDS_MAX];
};

/** The description of a kind. @kind must be valid. */
const struct rkr_kind_desc *
rkr_kind_get(enum rkr_kind kind);

/** The kind of this name, or RKR_KIND_INVALID_. */
enum rkr_kind
rkr_kind_by_name(const char *name);

/** The index of a kind's field by name, or -1. */
int
rkr_field_by_name(enum rkr_kind kind, const char *name);

/** "dma", "handle", ...: what a space is called. */
const char *
rkr_space_name(enum rkr_space space);

/** Make @buf an empty record of @kind. */
void
rkr_record_init(struct rkr_record_buf *buf, enum rkr_kind kind);

/** Whether a record has a value of this field. */
static inline bool
rkr_has(const struct rkr_record *rec, int field)
{
	return (rec->present >> field) & 1;
}

/** Give a field of an unsigned type its value. */
static inline void
rkr_set_u(struct rkr_record *rec, int field, uint64_t value)
{
	rec->v[field].u = value;
	rec->present |= UINT64_C(1) << field;
}

/** Give a field of a signed type its value. */
static inline void
rkr_set_s(struct rkr_record *rec, int field, int64_t value)
{
	rec->v[field].s = value;
	rec->present |= UINT64_C(1) << field;
}

/** @blob must outlive the record, or until the record is copied into a run. */
static inline void
rkr_set_b(struct rkr_record *rec, int field, const struct rkr_blob *blob)
{
	rec->v[field].b = blob;
	rec->present |= UINT64_C(1) << field;
}

/** The value of an unsigned field, 0 if absent. */
static inline uint64_t
rkr_get_u(const struct rkr_record *rec, int field)
{
	return rkr_has(rec, field) ? rec->v[field].u : 0;
}

/** The blob of a STR or QWORDS field; an empty one if absent. */
const struct rkr_blob *
rkr_get_b(const struct rkr_record *rec, int field);

/** Whether a STR field is there and equals the C string. */
bool
rkr_str_is(const struct rkr_record *rec, int field, const char *text);

/** Whether two values of a field's type are equal. */
bool
rkr_value_equal(const struct rkr_field *field, const union rkr_value *a, const union rkr_value *b);

/** Whether two records have the same kind, fields and values (places aside). */
bool
rkr_record_equal(const struct rkr_record *a, const struct rkr_record *b);

RKR_END_DECLS

#endif
