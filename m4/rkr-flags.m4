# SPDX-License-Identifier: MIT

# RKR_COMPILER_FLAGS(VARIABLE, FLAGS)
# -----------------------------------
# Append those of FLAGS to VARIABLE that the C compiler knows. clang only
# warns about a warning option that it does not know, hence the -Werror.
AC_DEFUN([RKR_COMPILER_FLAGS], [
	AC_LANG_ASSERT([C])
	m4_foreach_w([rkr_flag], [$2], [
		AS_VAR_PUSHDEF([known], m4_quote([rkr_cv_cflag_]m4_quote(rkr_flag)))
		AC_CACHE_CHECK([whether $CC accepts rkr_flag], [known], [
			rkr_saved_CFLAGS=$CFLAGS
			CFLAGS="$CFLAGS -Werror rkr_flag"
			AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
				[AS_VAR_SET([known], [yes])], [AS_VAR_SET([known], [no])])
			CFLAGS=$rkr_saved_CFLAGS
		])
		AS_VAR_IF([known], [yes], [AS_VAR_APPEND([$1], [" rkr_flag"])])
		AS_VAR_POPDEF([known])
	])
])

# RKR_LINKER_FLAGS(VARIABLE, FLAGS)
# ---------------------------------
# The same for flags that the linker must know.
AC_DEFUN([RKR_LINKER_FLAGS], [
	AC_LANG_ASSERT([C])
	m4_foreach_w([rkr_flag], [$2], [
		AS_VAR_PUSHDEF([known], m4_quote([rkr_cv_ldflag_]m4_quote(rkr_flag)))
		AC_CACHE_CHECK([whether $CC links with rkr_flag], [known], [
			rkr_saved_LDFLAGS=$LDFLAGS
			LDFLAGS="$LDFLAGS rkr_flag"
			AC_LINK_IFELSE([AC_LANG_PROGRAM()],
				[AS_VAR_SET([known], [yes])], [AS_VAR_SET([known], [no])])
			LDFLAGS=$rkr_saved_LDFLAGS
		])
		AS_VAR_IF([known], [yes], [AS_VAR_APPEND([$1], [" rkr_flag"])])
		AS_VAR_POPDEF([known])
	])
])
