#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What every verb has in common when it is used wrongly, or its output goes nowhere. The verbs and
# their options are those of --help, so that a new one is tried without being named here. Writes TAP.
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

small=conv:b1_c32_h14_w14_oc128_wic32_k3x3_g1
esc=$(printf '\033')
XDG_STATE_HOME=$dir/state
export XDG_STATE_HOME

# ---- what is tried

# A command that prints something, by verb; its exit status is what it is with the output going somewhere.
good()
{
	case $1 in
	parse) echo 'parse many.log' ;;
	show) echo "show $small --regcmd" ;;
	gen) echo "gen $small -o gen.rkrun" ;;
	export) echo "export $small --as gem-dump" ;;
	diff) echo "diff $small conv:b1_c256_h14_w14_oc512_wic256_k1x1_g1" ;;
	predict) echo "predict $small" ;;
	triage) echo 'triage many.log' ;;
	verify) echo "verify $small" ;;
	emulate) echo 'emulate --list-faults' ;;
	replay) echo 'replay add:classic' ;;
	state) echo 'state --mode raw --device emulated' ;;
	report) echo "report $small -o -" ;;
	doctor) echo 'doctor --root root' ;;
	snapshot) echo 'snapshot sysfs --root /' ;;
	esac
}

# A command that ends in a source, by verb; those without one read none.
reads()
{
	case $1 in
	parse | show | triage | verify | predict | replay) echo "$1" ;;
	export) echo 'export --as gem-dump' ;;
	diff) echo "diff $small" ;;
	report) echo 'report -o out.html' ;;
	esac
}

: >empty
{
	printf 'no row\n\n'
	head -c 3000 /dev/urandom | tr -d 'R'
} >garbage
mkdir -p adir none.rkrun bad.rkrun root
head -c 300 /dev/urandom >bad.rkrun/run.yaml
cp garbage garbage.rknn
: >empty.rknn
printf '[  105.708245] RKNPU: job: 0000000027ea22d2, mask: 0x1, wait_count: 1, continue wait: 0, timeout: 6000000us\n' >one.log
awk '{ for (i = 0; i < 3000; i++) print }' one.log >many.log

# ---- how it is judged

# told NAME STATUS: the command ended so, and said why in one line of the usual form, without control characters.
told()
{
	tail -n +2 err >others
	if [ "$got" -ne "$2" ]; then
		echo "exit status $got, not $2" >>err
		not_ok "$1"
	elif ! grep -q '^rkreplay: ..*' err || [ -s others ] || LC_ALL=C tr -d '\n' <err | LC_ALL=C grep -q '[[:cntrl:]]'; then
		echo 'not one line that begins with "rkreplay: "' >>err
		not_ok "$1"
	else
		ok "$1"
	fi
}

# run ARGUMENT...: with a limit, so that what waits fails.
run()
{
	timeout 60 "$rkreplay" "$@" >out 2>err </dev/null
	got=$?
}

"$rkreplay" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p' >verbs
if ! [ -s verbs ]; then
	: >out
	: >err
	not_ok 'there are verbs'
fi

# The command itself, as a verb: its help.
for verb in $(cat verbs) ''; do
	set -- ${verb:+"$verb"} --help
	run "$@"
	if [ "$got" -eq 0 ] && grep -q "^Usage: rkreplay" out && ! [ -s err ]; then ok "$*"; else not_ok "$*"; fi
	"$rkreplay" "$@" >/dev/full 2>err
	got=$?
	told "$* on a full device" 2
	"$rkreplay" "$@" >&- 2>err
	got=$?
	told "$* without standard output" 2
	{
		sleep 0.05
		"$rkreplay" "$@" 2>err
		echo $? >status
	} | true
	if [ "$(cat status)" = 0 ] && ! [ -s err ]; then ok "$* to nobody"; else not_ok "$* to nobody"; fi
done

while read -r verb; do
	"$rkreplay" "$verb" --help >help

	# ---- options
	run "$verb" --no-such-option x
	told "$verb: unknown option" 2
	run "$verb" -Z x
	told "$verb: unknown letter" 2
	# shellcheck disable=SC2013 # words without spaces
	for option in $(sed -n 's/^  \(--*[a-z-]*\)[= ][A-Z].*/\1/p' help); do
		run "$verb" x "$option"
		told "$verb: $option without its argument" 2
	done
	# shellcheck disable=SC2013 # words without spaces
	for option in $(sed -n 's/^  \(--[a-z-]*\)=\(N\|ADDR\) .*/\1/p' help); do
		for value in banana -1 0x '' 99999999999999999999 1x; do
			case $verb in
			emulate) run "$verb" "$option=$value" -- true ;;
			gen) run "$verb" "$option=$value" -o no.rkrun "$small" ;;
			*)
				# shellcheck disable=SC2046 # words of a command
				run $(reads "$verb") "$option=$value" "$small"
				;;
			esac
			told "$verb: $option=$value" 2
		done
	done
	if grep -q '^  --json' help; then
		run "$verb" --json=yes x
		told "$verb: a value for an option without one" 2
	fi

	# ---- sources
	command=$(reads "$verb")
	for source in ${command:+nothere empty garbage adir adir/ none.rkrun none.rkrun/ bad.rkrun garbage.rknn empty.rknn /dev/null \
		conv: conv:banana conv:b1}; do
		# A parser counts what it does not know, and a list may hold shapes that are none.
		case $verb:$source in
		parse:garbage | predict:conv:*) continue ;;
		esac
		# shellcheck disable=SC2086 # words of a command
		run $command "$source"
		told "$command $source" 2
		case $source in
		conv:*) ;;
		*)
			if ! grep -q "^rkreplay: ${source}[/:]" err; then
				not_ok "$command $source: the file is named first"
			fi
			;;
		esac
	done
	if [ -n "$command" ]; then
		# shellcheck disable=SC2086
		run $command "not${esc}[31mthere"
		told "$command: a name with control characters" 2
		# shellcheck disable=SC2086
		run $command ''
		told "$command: an empty name" 2
	fi

	# ---- output
	command=$(good "$verb")
	[ -n "$command" ] || continue
	# shellcheck disable=SC2086
	run $command
	usual=$got
	if [ "$verb" = snapshot ] && [ "$usual" -eq 3 ]; then continue; fi
	if LC_ALL=C grep -q "$esc" out err; then not_ok "$verb: no colours without a terminal"; else ok "$verb: no colours"; fi
	# shellcheck disable=SC2086
	"$rkreplay" $command >/dev/full 2>err
	got=$?
	told "$command on a full device" 2
	rm -rf state
	# shellcheck disable=SC2086
	"$rkreplay" $command >&- 2>err
	got=$?
	told "$command without standard output" 2
	if [ -s state/rkreplay/lock ]; then not_ok "$verb: what was to be printed went into a file"; fi
	{
		sleep 0.05
		# shellcheck disable=SC2086
		"$rkreplay" $command 2>err
		echo $? >status
	} | true
	if [ "$(cat status)" -eq "$usual" ] && ! [ -s err ]; then
		ok "$command to nobody"
	else
		echo "status $(cat status), usually $usual" >>err
		not_ok "$command to nobody"
	fi
done <verbs

# Who reads the records may go; what is to be kept is kept.
{
	sleep 0.05
	"$rkreplay" parse --json -o kept.rkrun many.log 2>err
	echo $? >status
} | true
run show kept.rkrun
if [ "$(cat status)" = 0 ] && [ "$got" -eq 0 ]; then ok 'parse -o keeps the run'; else not_ok 'parse -o keeps the run'; fi

# A command that is run may rely on dying of a pipe that nobody reads.
"$rkreplay" state --mode rknn --execute -- sh -c 'kill -s PIPE $$; exit 0' >out 2>err
if grep -q 'sh ended with status 141' err; then ok 'state: SIGPIPE is as usual'; else not_ok 'state: SIGPIPE'; fi
"$rkreplay" emulate -- sh -c 'kill -s PIPE $$; exit 0' >out 2>err
got=$?
if [ "$got" -eq 141 ]; then ok 'emulate: SIGPIPE is as usual'; else not_ok "emulate: SIGPIPE ($got)"; fi

# ---- where files go

for command in "export $small --as gem-dump" "report $small" "gen $small" 'parse one.log'; do
	for path in no/such/dir/x adir/no/x garbage/x '' adir; do
		# shellcheck disable=SC2086
		run $command -o "$path"
		told "$command -o '$path'" 2
	done
	if [ -z "$(ls adir)" ]; then ok "$command leaves nothing"; else not_ok "$command leaves $(ls adir)"; fi
done
for command in "export $small --as gem-dump" "report $small"; do
	# What is there and is no plain file is not replaced. Both ends are opened at once, so that none waits.
	rm -f fifo
	mkfifo fifo
	(
		# shellcheck disable=SC2086
		timeout 20 "$rkreplay" $command -o fifo 2>err
		echo $? >status
	) &
	timeout 20 cat fifo >received
	wait
	if [ -p fifo ] && [ -s received ] && [ "$(cat status)" = 0 ]; then ok "$command -o FIFO"; else not_ok "$command -o FIFO"; fi
	# shellcheck disable=SC2086
	run $command -o /dev/full
	told "$command -o /dev/full" 2
	# shellcheck disable=SC2086
	run $command -o -
	cp out stdout.out
	# shellcheck disable=SC2086
	run $command -o plain.out
	if cmp -s stdout.out plain.out; then ok "$command -o -"; else not_ok "$command -o -"; fi
done

# ---- other files: what is wrong with which, and what to do

while read -r command; do
	path=${command##*[ =]}
	# shellcheck disable=SC2086 # words of a command
	run $command
	told "$command" "$(case $command in *--device*) echo 3 ;; *) echo 2 ;; esac)"
	if ! grep -q "^rkreplay: ${path}[/:].*: .*; ..*" err; then not_ok "$command: the file is named, and a cure"; fi
done <<END
verify $small --ledger=no/such/file
verify $small --ledger=garbage
doctor --trace-patch=no/such/file
doctor --trace-patch=adir
replay $small --dmesg=no/such/file
replay $small --state=garbage
replay $small --state=/proc/no/such
replay $small --device=no/such/file
END
mkdir full
if [ "$(id -u)" -ne 0 ] && chmod a-w full; then
	run export "$small" --as gem-dump -o full/x
	told 'a directory that may not be written to' 2
fi

echo "1..$n"
