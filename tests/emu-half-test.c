/* SPDX-License-Identifier: MIT */
/* fp16 and fp32 of the emulated NPU, against their definition in doubles. */
#include "config.h"

#include "replay/emu/half.h"
#include "tests/emu-core.h"

START_TEST(every_fp16_widens)
{
	for (uint32_t h = 0; h < 0x10000; h += 8) {
		uint16_t in[8];
		float a[8], p[8];

		for (unsigned k = 0; k < 8; k++)
			in[k] = (uint16_t)(h + k);
		rke_half_atoms_widen(a, 8, in, 1);
		rke_half_atoms_widen_plain(p, 8, in, 1);
		ck_assert_mem_eq(a, p, sizeof(a));
		for (unsigned k = 0; k < 8; k++) {
			double v = slow_value(in[k]);

			ck_assert(v != v ? a[k] != a[k] : (double)a[k] == v && !signbit(a[k]) == !signbit(v));
			if (v == v)
				ck_assert_uint_eq(rke_float_to_half(a[k]), in[k]);
		}
	}
}
END_TEST

START_TEST(fp32_narrows_to_the_nearest)
{
	struct test_random random = { 77 };

	for (unsigned i = 0; i < 60000; i++) {
		uint32_t bits[8];
		float f[8];
		uint16_t a[8], p[8];

		for (unsigned k = 0; k < 8; k++) {
			bits[k] = (uint32_t)test_random_next(&random);
			/* three of four: in the range of fp16, half of these on a tie or next to it */
			if (k & 3)
				bits[k] = (bits[k] & 0x8fffffff) + 0x32000000 + (bits[k] >> 4 & 0x5000000);
			if (k & 2)
				bits[k] = (bits[k] & ~0x1fffu) + 0xfff + i % 3;
			if (k == 7)
				bits[k] = 0x33000000 + i % 5 - 2 + (i & 0xf8) * 0x10000;
		}
		memcpy(f, bits, sizeof(f));
		rke_half_atoms_narrow(a, f, 8, 1);
		rke_half_atoms_narrow_plain(p, f, 8, 1);
		ck_assert_mem_eq(a, p, sizeof(a));
		for (unsigned k = 0; k < 8; k++)
			ck_assert_msg(a[k] == slow_half(f[k]), "%a: %x not %x", f[k], a[k], slow_half(f[k]));
	}
	/* once, not twice: fp32 would make a tie of it */
	ck_assert_uint_eq(rke_double_to_half(1 + 0x1p-11 + 0x1p-40), 0x3c01);
	ck_assert_uint_eq(rke_double_to_half(1 + 0x1p-11), 0x3c00);
	ck_assert_uint_eq(rke_double_to_half(-(1 + 0x3p-11 - 0x1p-40)), 0xbc01);
	ck_assert_uint_eq(rke_double_to_half(1e300), 0x7c00);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("emu-half");
	TCase *t = tcase_create("half");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, every_fp16_widens);
	tcase_add_test(t, fp32_narrows_to_the_nearest);
	suite_add_tcase(s, t);
	return test_main(s);
}
