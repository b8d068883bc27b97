/* SPDX-License-Identifier: MIT */
#ifndef TEST_SANITIZED_H
#define TEST_SANITIZED_H

/* TEST_SANITIZED: this is built with AddressSanitizer or ThreadSanitizer, by gcc or clang. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TEST_SANITIZED
#endif
#endif

#endif
