# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced: turns what a test printed and how it ended into a verdict.

# not_ok FILE TEXT: a point of the bed's own; diag FILE: input as diagnostics
not_ok() { echo "not ok - $2" >>"$1"; }
diag() { sed 's/^/#   /' >>"$1"; }

# judge_tap TAP WHERE NAME STATUS SECONDS MS <OUTPUT: write into TAP a header
# line, the points and diagnostics of OUTPUT, and a "not ok" for each of: a
# status that they do not explain, a missing or wrong plan, no points at all.
judge_tap() {
	local tap=$1 where=$2 name=$3 status=$4 seconds=$5 ms=$6 points failed plan
	cat >"$tap.raw"
	echo "# $where $name $ms ms" >"$tap"
	grep -avE '^(TAP version|1\.\.[0-9]+)|^$' "$tap.raw" >>"$tap" || :
	points=$(grep -acE '^(not )?ok ' "$tap.raw") || :
	failed=$(grep -ac '^not ok ' "$tap.raw") || :
	plan=$(sed -n 's/^1\.\.\([0-9]\+\).*/\1/p' "$tap.raw" | tail -n 1)
	rm "$tap.raw"

	case $status in
	died) return ;;
	124 | 137) not_ok "$tap" "$name: timed out after $seconds s" ;;
	0 | 4) [ "$failed" = 0 ] || not_ok "$tap" "$name: status $status in spite of failures" ;;
	*) [ "$failed" -gt 0 ] || not_ok "$tap" "$name: exit status $status" ;;
	esac
	if [ -z "$plan" ]; then
		not_ok "$tap" "$name: no TAP plan, it did not run to its end"
	elif [ "$plan" != "$points" ]; then
		not_ok "$tap" "$name: planned $plan points, made $points"
	elif [ "$points" = 0 ]; then
		not_ok "$tap" "$name: tested nothing"
	fi
}

# Whatever of this stands in the kernel's log is a failure. Nearly every report
# has a call trace; the rest are those which have none.
BAD='WARNING: |BUG: |BUG at |Oops|Call Trace:|Kernel panic|INFO: task |rcu.*stall'
BAD+='|refcount_t|unregister_netdevice: waiting|KASAN|UBSAN|kmemleak report'
BAD+='|general protection|soft lockup|suspicious RCU|possible .*locking'
BAD+='|inconsistent lock|lock held|ODEBUG|ref_tracker|corruption|SLUB: '

# known_warnings TEST <LOG: the log without the WARNINGs that the test says are
# another module's own, "# kernel-warning: REGEX" in its first lines. The
# expression is matched with the line that names file and function, and with lines
# that belong to no WARNING.
known_warnings() {
	local regex
	regex=$(sed -n 's/^# kernel-warning: *//p;10q' "$TOP/selftests/$1")
	[ -n "$regex" ] || { cat; return; }
	REGEX=$regex awk '
		/------------\[ cut here \]------------/ { block = ""; inside = 1 }
		!inside { if ($0 !~ ENVIRON["REGEX"]) print; next }
		{ block = block $0 "\n" }
		/WARNING: / && $0 ~ ENVIRON["REGEX"] { known = 1 }
		/---\[ end trace/ {
			if (!known) printf "%s", block
			inside = known = 0
		}
		END { if (inside) printf "%s", block }'
}

# known_races <LOG: the log without the races that are the kernel's own. Those are
# reports in whose stacks no function of the module is, and those that the file
# "races" lists, an expression each for "FUNCTION / FUNCTION: ACCESS, ACCESS".
known_races() {
	local list
	list=$(sed 's/ *#.*//; /^$/d' "$VM/races" | paste -sd '|')
	LIST=$list awk '
		/BUG: KCSAN: / {
			block = ""; inside = 1; ours = 0; colon = ": "
			what = $0; sub(/.*BUG: KCSAN: [^ ]* in /, "", what)
		}
		!inside { if (held != "") print held; held = ""
			if (/==================$/) held = $0; else print; next }
		{ block = block $0 "\n" }
		/ (read|write|read-write)( \(marked\))? to 0x/ {
			access = $0; sub(/ to 0x.*/, "", access); sub(/.*\] /, "", access)
			what = what colon access; colon = ", "
		}
		/\[ovl_(tun|bad)\]/ { ours = 1 }
		/==================$/ {
			listed = ENVIRON["LIST"] != "" && what ~ "^(" ENVIRON["LIST"] ")$"
			if (ours && !listed) printf "%s\n%s", held, block
			inside = 0; held = ""
		}
		END { if (inside) printf "%s", block; else if (held != "") print held }'
}

# judge_log TAP NAME STATUS LOG: the kernel's log during the test. False when
# the guest did not survive it.
judge_log() {
	local tap=$1 name=$2 status=$3 log=$4
	if [ "$status" = died ]; then
		if grep -q 'ovl-vm: HUNG' "$log"; then
			not_ok "$tap" "$name: the guest hung"
		elif grep -q 'Kernel panic' "$log"; then
			not_ok "$tap" "$name: the kernel panicked"
		else
			not_ok "$tap" "$name: the guest died"
		fi
		tail -n 60 "$log" | diag "$tap"
	elif grep -qE "$BAD" "$log"; then
		not_ok "$tap" "$name: kernel log: $(grep -m 1 -oE "($BAD).*" "$log")"
		# with some of what led to it
		grep -m 1 -E -B 10 -A 80 "$BAD" "$log" | diag "$tap"
	fi
}
