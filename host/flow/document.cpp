#include "flow/document.h"

namespace brygga::flow {

Json expect_json(const entity::Totals& totals) {
    Json tax = Json::array();
    for (const auto& t : totals.taxes)
        tax.push(Json::object({{"rate", t.rate}, {"base", t.base}, {"amount", t.amount}}));
    return Json::object({{"net", totals.net}, {"tax", tax}, {"gross", totals.gross}});
}

Json Document::json(const std::string& reference) const {
    Json lines = Json::array();
    for (const PlannedRow& row : plan.rows) {
        if (row.kind == RowKind::text) {
            lines.push(Json::object({{"kind", "text"}, {"text", row.text}}));
            continue;
        }
        const Article& article = articles.at(row.sku);
        Json line =
            row.source_line && *row.source_line < line_fields.size() ? line_fields[*row.source_line] : Json::object();
        line.set("kind", "article");
        line.set("article", article.id);
        line.set("sku", article.sku);
        line.set("text", row.text);
        line.set("quantity", row.quantity);
        line.set("unit_price", row.unit_price);
        lines.push(std::move(line));
    }
    Json out = Json::object({{"op", existing               ? "update"
                                    : is_credit_note(kind) ? "credit"
                                                           : "create"},
                             {"type", "document"},
                             {"kind", kind},
                             {"reference", reference},
                             {"fields", fields},
                             {"lines", std::move(lines)},
                             {"expect", expect_json(plan.expect)}});
    if (existing) out.set("id", existing->target_id);
    return out;
}

}  // namespace brygga::flow
