#!/bin/sh
# A whole evening of a live stream, as a class would script it: everything is asked for with --json and a
# key, read with Python, and asked for a second time, which must change nothing.
#
# Wants `coins` and `python3` on the path, and COINS_STORE set to a folder that is not there yet.
# With `once` as its argument nothing is asked for twice. Prints the balances at the end.
set -eu

again=${1:-twice}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "evening: $*" >&2
  exit 1
}

# field NAME < OBJECT: one value of a JSON object, as text; nested names are joined by dots.
field() {
  python3 -c '
import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1].split("."):
    value = value[name]
print(value if isinstance(value, str) else json.dumps(value))
' "$1"
}

# equal WHAT FOUND WANTED
equal() {
  test "$2" = "$3" || fail "$1 is $2, not $3"
}

# do_once KEY COMMAND...: does something under a key, twice unless told otherwise; the receipt is in
# $work/receipt.
do_once() {
  key=$1
  shift
  coins "$@" --key "$key" --json > "$work/receipt" || fail "coins $* ended with $?"
  equal "replayed of $key" "$(field replayed < "$work/receipt")" false
  if test "$again" = twice; then
    coins "$@" --key "$key" --json > "$work/second" || fail "again, coins $* ended with $?"
    equal "replayed of the second $key" "$(field replayed < "$work/second")" true
    equal "number of $key" "$(field seq < "$work/second")" "$(field seq < "$work/receipt")"
    equal "hash of $key" "$(field head < "$work/second")" "$(field head < "$work/receipt")"
  fi
}

# refused CODE EXIT COMMAND...: something that a rule forbids, which says so on stderr alone.
refused() {
  code=$1
  wanted=$2
  shift 2
  status=0
  coins "$@" --json > "$work/out" 2> "$work/error" || status=$?
  equal "exit code of coins $*" "$status" "$wanted"
  equal "error of coins $*" "$(field error.code < "$work/error")" "$code"
  equal "exit in the error of coins $*" "$(field error.exit < "$work/error")" "$wanted"
  test ! -s "$work/out" || fail "coins $* printed something on stdout"
}

# holds USER COINS EARNED
holds() {
  coins balance "$1" --json > "$work/balance"
  equal "what $1 has" "$(field coins < "$work/balance")" "$2"
  equal "what $1 earned" "$(field earned < "$work/balance")" "$3"
}

# -- before the live: wallets and coins ------------------------------------------------------------

coins wallet create alice bob carol dora --quiet > "$work/opened"
equal "wallets opened" "$(wc -l < "$work/opened" | tr -d ' ')" 4
coins wallet create star --name 'Star of the evening' --json > "$work/star"
refused handle_taken 5 wallet create star

do_once alice-pack recharge alice 10000
equal "price of the large pack" "$(field usd < "$work/receipt")" 134.99
do_once bob-pack recharge bob 2000 --quantity 2
equal "coins of two packs" "$(field coins < "$work/receipt")" 4000
do_once carol-pack recharge carol 500
do_once dora-pack recharge dora 100
refused too_many_coins_at_a_time 4 recharge dora 10000 --quantity 2
refused unknown_pack 3 recharge dora 123
refused invalid_amount 2 recharge dora 100 --quantity 0
holds alice 10000 0
holds bob 4000 0

# -- the star buys a promotion, and goes live ------------------------------------------------------

do_once star-pack recharge star 500
do_once star-promotion promote star tonight.mp4 --days 1 --usd 5
equal "coins of the promotion" "$(field coins < "$work/receipt")" 500
refused not_enough_coins 4 promote star tonight.mp4 --days 1
refused not_live 4 gift alice star panda --live
coins live start star --json > "$work/live"
equal "operation" "$(field op < "$work/live")" live_start
refused already_live 4 live start star

# -- the live --------------------------------------------------------------------------------------

do_once first-panda gift alice star panda --live --message 'hello [star]'
equal "where it went" "$(field venue < "$work/receipt")" live
for number in 1 2 3 4 5 6 7 8; do
  do_once "bob-$number" gift bob star 'sun cream'
done
do_once carol-concert gift carol star concert
do_once dora-love gift dora star love-bang --quantity 4
do_once alice-queen gift alice star 'Drama Queen'
refused not_enough_coins 4 gift carol star panda
refused unknown_gift 3 gift alice star pandaa
refused unknown_user 3 gift alice sta panda
refused gift_to_self 4 gift alice alice panda
refused key_reused 5 gift alice star panda --quantity 2 --key first-panda

# The same evening's small gifts, in one batch, one of them refused.
cat > "$work/claps.jsonl" << END
{"op": "gift", "from": "bob", "to": "star", "gift": "panda", "quantity": 10, "key": "clap-1"}
{"op": "gift", "from": "alice", "to": "star", "gift": "rainbow-puke", "key": "clap-2"}
{"op": "gift", "from": "carol", "to": "star", "gift": "panda", "key": "clap-3"}
{"op": "gift", "from": "bob", "to": "alice", "gift": "italian-hand", "video": "cat.mp4", "key": "clap-4"}
END
status=0
coins batch "$work/claps.jsonl" --quiet > "$work/claps" 2> "$work/complaints" || status=$?
equal "exit code of the batch" "$status" 4
equal "lines done" "$(wc -l < "$work/claps" | tr -d ' ')" 3
if test "$again" = twice; then
  coins batch "$work/claps.jsonl" --quiet > "$work/claps-again" 2> /dev/null || status=$?
  cmp -s "$work/claps" "$work/claps-again" || fail "the batch was answered differently"
fi

coins live end star --json > "$work/end"
equal "operation" "$(field op < "$work/end")" live_end
refused not_live 4 live end star

# -- what the room is shown ------------------------------------------------------------------------

coins history star --json --limit all > "$work/history"
python3 - "$work/history" << 'END'
import json, sys
history = json.load(open(sys.argv[1]))["transactions"]
assert [one["seq"] for one in history] == sorted((one["seq"] for one in history), reverse=True)
given = sum(one["earned"] for one in history if one["op"] == "gift")
assert given == 6155, given
assert any(one["message"] == "hello [star]" for one in history if one["op"] == "gift")
END
coins quote gift 'drama queen' --json > "$work/quote"
equal "what a drama queen brings" "$(field creator_usd < "$work/quote")" 50.00
coins quote coins 5000 --json > "$work/quote"
equal "the least that 5,000 coins cost" "$(field usd < "$work/quote")" 64.50
coins catalog gifts --json > "$work/gifts"
python3 - "$work/gifts" << 'END'
import json, sys
prices = {one["id"]: one["coins"] for one in json.load(open(sys.argv[1]))["gifts"]}
assert prices["panda"] == 5 and prices["drama-queen"] == 5000, prices
END

# A copy of the books, and a new economy made from it, which goes on by itself.
if test "$again" = twice; then
  coins backup "$work/copy.tar.gz" --quiet > "$work/copied"
  coins restore "$work/copy.tar.gz" --store "$work/other" --quiet > "$work/restored"
  coins balance star --store "$work/other" --json > "$work/balance"
  equal "what the star earned in the copy" "$(field earned < "$work/balance")" 6155
  coins gift alice star panda --store "$work/other" --quiet > "$work/gift"
fi

# -- what it came to -------------------------------------------------------------------------------

holds alice 4895 5
holds bob 3545 0
holds carol 0 0
holds dora 0 0
holds star 0 6155

coins top star --json > "$work/top"
python3 - "$work/top" << 'END'
import json, sys
ladder = [(one["rank"], one["user"], one["coins"]) for one in json.load(open(sys.argv[1]))["supporters"]]
assert ladder == [(1, "alice", 5105), (2, "carol", 500), (3, "bob", 450), (4, "dora", 100)], ladder
END

refused below_threshold 4 cashout star --paypal star@example.com
do_once encore gift alice star concert --quantity 8
holds star 0 10155
coins cashout star --paypal star@example.com --dry-run --json > "$work/preview"
equal "dry run" "$(field dry_run < "$work/preview")" true
do_once payday cashout star --paypal star@example.com --coins 10000
equal "dollars paid out" "$(field usd < "$work/receipt")" 100.00
equal "diamonds" "$(field diamonds < "$work/receipt")" 10000
holds star 0 155
refused below_threshold 4 cashout star --paypal star@example.com

# -- the books -------------------------------------------------------------------------------------

receipt="$(field seq < "$work/receipt"):$(field head < "$work/receipt")"
coins verify --receipt "$receipt" --json > "$work/audit"
equal "audit" "$(field ok < "$work/audit")" true
equal "coins issued" "$(field coins_issued < "$work/audit")" 15100
equal "findings" "$(field findings < "$work/audit")" '[]'

coins wallet list | cut -f 1-3
