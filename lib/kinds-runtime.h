/* SPDX-License-Identifier: MIT */
#ifndef RKR_KINDS_RUNTIME_H
#define RKR_KINDS_RUNTIME_H

/* The kinds of rows that the vendor's runtime prints; kinds.h says what the lists mean, and has the others. */

/* ---- what the runtime prints ---- */

#define RKR_FIELDS_BO_ROW(F, kind)                                              \
	F(kind, time, "time", TIME, VOLATILE, NONE, DEC, OTHER)                 \
	F(kind, level, "level", CHAR, PLAIN, NONE, DEC, OTHER)                  \
	F(kind, name, "name", STR, PLAIN, NONE, DEC, OTHER)                     \
	F(kind, virt, "virt", U64, ADDRESS, VIRTUAL, HEX, POINTER)              \
	F(kind, dma, "dma", U64, ADDRESS, DMA, HEX, POINTER)                    \
	F(kind, obj, "obj", U64, ADDRESS, OBJECT, HEX, POINTER)                 \
	F(kind, size, "size", U64, PLAIN, NONE, DEC, GEOMETRY)                  \
	F(kind, aligned_size, "aligned_size", U64, PLAIN, NONE, DEC, GEOMETRY)  \
	F(kind, fd, "fd", S32, IDENTITY, PRIME_FD, DEC, OTHER)                  \
	F(kind, handle, "handle", U32, IDENTITY, HANDLE, DEC, OTHER)            \
	F(kind, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)                   \
	F(kind, gem_name, "gem_name", U32, IDENTITY, GEM_NAME, DEC, OTHER)      \
	F(kind, domain, "iommu_domain_id", S32, PLAIN, NONE, DEC, OTHER)
#define RKR_FIELDS_bo_alloc(F) RKR_FIELDS_BO_ROW(F, bo_alloc)
#define RKR_FIELDS_bo_free(F) RKR_FIELDS_BO_ROW(F, bo_free)

#define RKR_FIELDS_regcmd_size(F)                                               \
	F(regcmd_size, time, "time", TIME, VOLATILE, NONE, DEC, OTHER)          \
	F(regcmd_size, level, "level", CHAR, PLAIN, NONE, DEC, OTHER)           \
	F(regcmd_size, subgraph, "subgraph", U32, PLAIN, NONE, DEC, OTHER)      \
	F(regcmd_size, regcmd_bytes, "regcmd_bytes", U64, PLAIN, NONE, DEC, GEOMETRY) \
	F(regcmd_size, task_bytes, "task_bytes", U64, PLAIN, NONE, DEC, COUNT)

#define RKR_FIELDS_memory_total(F)                                              \
	F(memory_total, time, "time", TIME, VOLATILE, NONE, DEC, OTHER)         \
	F(memory_total, level, "level", CHAR, PLAIN, NONE, DEC, OTHER)          \
	F(memory_total, what, "what", STR, PLAIN, NONE, DEC, OTHER)             \
	F(memory_total, kb, "kb", DEC, PLAIN, NONE, DEC, GEOMETRY)

/* "table" is "feature" or "const"; a const tensor has no format and no native shape. */
#define RKR_FIELDS_tensor(F)                                                    \
	F(tensor, time, "time", TIME, VOLATILE, NONE, DEC, OTHER)               \
	F(tensor, level, "level", CHAR, PLAIN, NONE, DEC, OTHER)                \
	F(tensor, table, "table", STR, PLAIN, NONE, DEC, OTHER)                 \
	F(tensor, id, "id", U32, PLAIN, NONE, DEC, OTHER)                       \
	F(tensor, user, "user", STR, PLAIN, NONE, DEC, OTHER)                   \
	F(tensor, tensor, "tensor", STR, PLAIN, NONE, DEC, OTHER)               \
	F(tensor, dtype, "dtype", STR, PLAIN, NONE, DEC, OTHER)                 \
	F(tensor, format, "format", STR, PLAIN, NONE, DEC, OTHER)               \
	F(tensor, orig_shape, "orig_shape", STR, PLAIN, NONE, DEC, GEOMETRY)    \
	F(tensor, native_shape, "native_shape", STR, PLAIN, NONE, DEC, GEOMETRY) \
	F(tensor, start, "start", U64, ADDRESS, DMA, HEX, POINTER)              \
	F(tensor, end, "end", U64, ADDRESS, DMA_END, HEX, POINTER)              \
	F(tensor, sep, "sep", CHAR, PLAIN, NONE, DEC, OTHER)                    \
	F(tensor, size, "size", U64, PLAIN, NONE, HEX, GEOMETRY)

#define RKR_FIELDS_identity(F)                                                  \
	F(identity, time, "time", TIME, VOLATILE, NONE, DEC, OTHER)             \
	F(identity, level, "level", CHAR, PLAIN, NONE, DEC, OTHER)              \
	F(identity, what, "what", STR, PLAIN, NONE, DEC, OTHER)                 \
	F(identity, text, "text", STR, PLAIN, NONE, DEC, OTHER)

/*
 * ---- what the runtime says of a failure ----
 *
 * "what": "submit" ("failed to submit!"), "handle", "malloc", or "other".
 * "text" is the advice or the words of the line.
 */
#define RKR_FIELDS_runtime_error(F)                                             \
	F(runtime_error, time, "time", TIME, VOLATILE, NONE, DEC, OTHER)        \
	F(runtime_error, level, "level", CHAR, PLAIN, NONE, DEC, OTHER)         \
	F(runtime_error, what, "what", STR, PLAIN, NONE, DEC, OTHER)            \
	F(runtime_error, op_id, "op_id", U32, PLAIN, NONE, DEC, OTHER)          \
	F(runtime_error, op_name, "op_name", STR, PLAIN, NONE, DEC, OTHER)      \
	F(runtime_error, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)          \
	F(runtime_error, task_start, "task_start", U32, PLAIN, NONE, DEC, COUNT) \
	F(runtime_error, task_number, "task_number", U32, PLAIN, NONE, DEC, COUNT) \
	F(runtime_error, run_task_counter, "run_task_counter", U32, PLAIN, NONE, DEC, COUNT) \
	F(runtime_error, int_status, "int_status", U32, PLAIN, NONE, IRQ, OTHER) \
	F(runtime_error, size, "size", U64, PLAIN, NONE, DEC, GEOMETRY)         \
	F(runtime_error, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)              \
	F(runtime_error, errno, "errno", S32, PLAIN, NONE, DEC, OTHER)          \
	F(runtime_error, text, "text", STR, VOLATILE, NONE, DEC, OTHER)

#endif
