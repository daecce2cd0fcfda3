# What the demo has brought from the books into the shop, as text; exit 1 unless both agree.

$shelves[0] as $shelves
| ($articles[0] | map(select(.ShowStockInformation and $shelves[.Number] != null)
    | {sku: .Number, books: ([.StockBalance - .StockBalanceReserved, 0] | max), shop: $shelves[.Number]})) as $levels
| ($levels | map(select(.books != .shop))) as $astray
| ($products[0] | map(.productnumber as $sku | {sku: $sku, shop: .price, books: ($articles[0][] | select(.Number == $sku) | .GrossPrice)})) as $made
| ($invoiced[0].orders | map(select(any(.documents[]?; .kind == "invoice")))
    | map({number, status: $statuses[0][.number].status})) as $done
| ($shelves_of[0].links | map(select(.name == "Nyheter" and (.sku | startswith("NYHET-"))))) as $linked
| ($done | map(select(.status < 6))) as $behind  # 6: delivered already, which is not taken back
| (($made | map(select(.books != .shop))) + ($made | group_by(.sku) | map(select(length > 1)) | add // [])) as $wrong
|
"Back into the shop",
"",
"  stock        \($levels | length) products of the shop show what Visma eAccounting has",
"  products     \($made | length) new articles of Visma eAccounting are products of the shop",
"  categories   \($shelves_of[0].categories | length) of the labels of Visma eAccounting; \($linked | length) products are in it",
"  statuses     \($done | length) orders with an invoice of Visma e-conomic are delivered or completed in the shop",
"",
($wrong[] | "  WRONG product \(.sku): shop \(.shop), books \(.books)"),
($behind[] | "  WRONG status of order \(.number): \(.status)"),
($astray[] | "  WRONG stock of \(.sku): shop \(.shop), books \(.books)"),
(
    ($astray == [] and $levels != [] and ([$made[] | select(.sku | startswith("NYHET-"))] | length) == 3 and $wrong == []
        and ($linked | length) == 3 and $done != [] and $behind == [])
    | if . then "Stock, products, categories and statuses agree." else "Stock, products, categories and statuses do NOT agree.\n" | halt_error(1) end
)
