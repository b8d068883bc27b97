# SPDX-License-Identifier: MIT

# RKR_NEED(PREFIX, MODULE, WHAT, DEBIAN-PACKAGE)
# ----------------------------------------------
# Find a library by pkg-config. What is missing is gathered, so that a user
# gets one list of packages and not one error after the other; RKR_NEEDS_MET
# reports it.
AC_DEFUN([RKR_NEED], [
	PKG_CHECK_MODULES([$1], [$2], [:], [
		AS_VAR_APPEND([rkr_missing], ["
  $3 (pkg-config: $2) was not found; on Debian install $4"])
		AS_VAR_APPEND([rkr_packages], [" $4"])
	])
])

# RKR_NEEDS_MET
# -------------
AC_DEFUN([RKR_NEEDS_MET], [
	AS_IF([test -n "$rkr_missing"], [
		AC_MSG_ERROR([something that rkreplay needs is missing:$rkr_missing
On Debian all of it is: apt-get install$rkr_packages])
	])
])

# RKR_PYTHON_YAML(GENERATED-FILE)
# -------------------------------
# Set PYTHON to a Python 3 that can import yaml: the register database is
# compiled by it. A release carries what it makes, GENERATED-FILE among it;
# then Python is needed only by those who edit the database.
AC_DEFUN([RKR_PYTHON_YAML], [
	AC_ARG_VAR([PYTHON], [Python 3 interpreter that can import yaml])
	AC_CACHE_CHECK([for a Python 3 that can import yaml], [rkr_cv_python_yaml], [
		rkr_cv_python_yaml=no
		for rkr_python in "$PYTHON" python3 /usr/bin/python3 python; do
			test -n "$rkr_python" || continue
			AS_IF(["$rkr_python" -c 'import sys, yaml; sys.exit(sys.version_info < (3, 7))' \
					>&AS_MESSAGE_LOG_FD 2>&1],
				[rkr_cv_python_yaml=$rkr_python; break])
		done
	])
	AS_IF([test "$rkr_cv_python_yaml" != no], [PYTHON=$rkr_cv_python_yaml],
		[test -f "$srcdir/$1"], [PYTHON="$MISSING python3"],
		[AS_VAR_APPEND([rkr_missing], ["
  a Python 3.7 or newer with the module yaml was not found; on Debian install python3-yaml"])
		AS_VAR_APPEND([rkr_packages], [" python3-yaml"])])
])
