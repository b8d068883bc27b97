#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each file that git tracks goes into a release: it is listed in a local.mk. Writes TAP.
set -u
: "${top_srcdir:?is set by make check}" "${top_builddir:?}"

if ! [ -e "$top_srcdir/.git" ] || ! tracked=$(git -C "$top_srcdir" ls-files 2>/dev/null); then
	echo '1..0 # SKIP this is no clone'
	exit 0
fi

echo 1..1
listed=$top_builddir/tests/dist-files
# A directory stands for all in it. What is for a clone alone is for no release.
left=$(echo "$tracked" | awk -v srcdir="$top_srcdir/" -v listed="$listed" '
	BEGIN {
		while ((getline name <listed) > 0) {
			if (index(name, srcdir) == 1)
				name = substr(name, length(srcdir) + 1)
			sub(/^\.\//, "", name)
			list[name] = 1
		}
	}
	{
		found = $0 ~ /^\.ci\// || $0 == ".gitignore"
		for (path = $0; !found && path != ""; sub(/\/?[^\/]*$/, "", path))
			found = path in list
		if (!found)
			print
	}')
if [ -n "$left" ]; then
	echo "tracked, but in no local.mk, so that a release lacks them:"
	echo "$left"
	echo 'not ok 1 - all files go into a release'
	exit 1
fi
[ "$(wc -l <"$listed")" -gt 100 ] || { echo 'not ok 1 - the list is there'; exit 1; }
echo 'ok 1 - all files go into a release'
