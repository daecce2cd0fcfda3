# The demo's report as text, from the simulator's /report and bryggad's deliveries; exit 1 unless shop and ledger agree.

def cents: (. * 100 | round) as $c | ($c | fabs) as $a
    | (if $c < 0 then "-" else "" end) + "\($a / 100 | floor).\($a % 100 | tostring | if length < 2 then "0" + . else . end)";
def right($n): tostring | (($n - length) as $gap | if $gap > 0 then " " * $gap else "" end) + .;
def sum(f): map(f // 0) | add // 0;
def rate_row($name; f): "  \($name | right(12)) \(.totals.shop | f | cents | right(14)) \(.totals.ledger | f | cents | right(14))";
def by_rate($rate): .tax[] | select(.rate == $rate);
def why: .error as $e | "\($e.message // .reason // .state)\(if $e.remedy then " " + $e.remedy else "" end)";

$open[0] as $open | $skipped[0] as $skipped
| (.orders | map(select(.documents != []))) as $delivered
| (.orders | map(select(.enterable and .eligible))) as $wanted
| ($wanted | map(select(.documents != [])) | length) as $entered
| (.orders | map(select(.documents != [] and (.equal | not)))) as $unequal
| ($open | map(.source_ref.number)) as $explained_open
| ($skipped | map(.source_ref.number)) as $explained_skip
| ($wanted | map(select(.documents == [] and (.number as $n | $explained_open + $explained_skip | index($n) | not)))) as $lost
| (.duplicates | [.customers, .documents, .articles] | map(length) | add) as $duplicates
| (.calls[$vendor] | [.GET, .POST, .PUT] | map(. // 0) | add) as $calls
| ($delivered | [.[].documents[].kind] | group_by(.) | map("\(length) \(.[0])") | join(", ")) as $kinds
|
"\(.shop.orders) shop orders into \($name)",
"",
"  delivered    \($delivered | length) (\($kinds))",
"  skipped      \($skipped | length)",
"  held         \($open | length)",
"  customers    \([$delivered[].documents[].customer_number] | unique | length)",
"  calls        CCV Shop \(.calls.ccvshop | [.[]] | add // 0), \($name) \($calls)"
    + " (\(if $delivered == [] then 0 else $calls / ($delivered | length) * 100 | round / 100 end) an order)",
"",
"  totals                 shop         ledger",
rate_row("gross"; .gross),
(.totals.shop.tax[].rate as $rate
    | rate_row("net \($rate) %"; [by_rate($rate).base] | add // 0), rate_row("tax \($rate) %"; [by_rate($rate).amount] | add // 0)),
"",
($skipped | group_by(why)[] | "  skipped \(length): \(.[0] | why)"),
($open | sort_by(.source_ref.number)[] | "  \(.state) \(.source_ref.number): \(why)"),
($unequal[] | "  WRONG \(.number) (\(.kind)): shop \(.gross | cents), ledger \(.documents | sum(.gross) | cents) in \(.documents | length) documents"),
($lost[] | "  LOST \(.number) (\(.kind)): neither in the ledger nor held nor skipped"),
(.unmatched_documents[] | "  UNKNOWN document \(.number // .id): belongs to no shop order"),
(if $duplicates > 0 then "  DUPLICATES: \(.duplicates | tojson)" else empty end),
"\($entered) of \($wanted | length) orders that a bookkeeper could enter are in the books.",
(
    ($delivered != [] and $unequal == [] and $lost == [] and .unmatched_documents == [] and $duplicates == 0
        and (.totals.shop.gross == .totals.ledger.gross) and $entered * 100 >= ($wanted | length) * 97)
    | if . then "Shop and ledger agree.", "" else "Shop and ledger do NOT agree.\n" | halt_error(1) end
)
