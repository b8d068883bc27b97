/* SPDX-License-Identifier: MIT */
#ifndef RKR_VISIBILITY_H
#define RKR_VISIBILITY_H

/*
 * The library is built with -fvisibility=hidden. What stands between these
 * two marks in a public header is its interface; nothing else is exported.
 */
#ifdef __cplusplus
#define RKR_BEGIN_DECLS \
	_Pragma("GCC visibility push(default)") extern "C" {
#define RKR_END_DECLS \
	} \
	_Pragma("GCC visibility pop")
#else
#define RKR_BEGIN_DECLS _Pragma("GCC visibility push(default)")
#define RKR_END_DECLS _Pragma("GCC visibility pop")
#endif

#endif
