# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# What scripts/run, scripts/test and .ci/run share: install what is missing,
# configure, build. To be sourced, after setting "root" to the source tree.
#
# What is set here is used there:
# shellcheck disable=SC2034

# Where the build goes.
build=${RKREPLAY_BUILD:-$root/build}

# Debian packages that a build with tests needs.
build_packages='autoconf automake libtool pkg-config gcc libc6-dev make python3 python3-yaml
	libyaml-dev nettle-dev libpcre2-dev libdrm-dev check libjansson-dev'

say()
{
	printf '%s: %s\n' "${0##*/}" "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 2
}

# need_packages PACKAGE...: install those that are not there. Asks nothing.
need_packages()
{
	if ! command -v dpkg-query >/dev/null 2>&1; then
		say 'this is no Debian: nothing is installed; configure names what is missing'
		return 0
	fi

	missing=
	for package in "$@"; do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
		[ "$status" = installed ] || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0

	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		as_root='sudo -n'
		command -v sudo >/dev/null 2>&1 ||
			die "packages are missing; as root, run: apt-get install$missing"
		sudo -n true 2>/dev/null ||
			die "packages are missing and sudo wants a password; run: sudo apt-get install$missing"
	fi
	say "installing$missing"
	# Neither is quoted: they are lists of words.
	# shellcheck disable=SC2086
	$as_root apt-get -q update ||
		die 'apt-get update failed; see above'
	# shellcheck disable=SC2086
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install \
		$missing ||
		die "apt-get could not install$missing; see above"
}

# make_configure: write ./configure, unless it is there. (make renews an old one.)
make_configure()
{
	[ -x "$root/configure" ] || (cd "$root" && autoreconf -fi)
}

# build_in DIRECTORY [CONFIGURE-ARGUMENT...]: configure, unless that was done, and build.
build_in()
{
	directory=$1
	shift
	make_configure || return
	mkdir -p "$directory" || return
	# A build directory of a tree that was moved since is of no use.
	if ! grep -q -x -F -e "abs_top_srcdir = $root" "$directory/Makefile" 2>/dev/null; then
		(cd "$directory" && "$root/configure" -q "$@") || return
	fi
	make -C "$directory" -j "$(nproc)"
}
