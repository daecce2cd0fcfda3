// mapping_bench: the mapping language alone. One order of 20 lines through a mapping of 17 document rules and 8 rules a
// line, as a flow would run it: compiled once, then evaluated for each order.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "mapping/program.h"

namespace {

using namespace brygga;
using namespace brygga::mapping;

constexpr std::array document_rules{
    R"(order.customer.name)",
    R"(order.customer.email.email_normalize() ?? "")",
    R"(order.customer.phone ?? "")",
    R"(if order.customer.company != "" then "company" else "person")",
    R"(order.customer.vat_number ?? null)",
    R"(order.billing.line1)",
    R"(order.billing.postal_code.replace(" ", ""))",
    R"(order.billing.city.upper())",
    R"(order.billing.country)",
    R"("{order.billing.name} {order.billing.company ?? ""}".trim())",
    R"(table("terms", order.payment.method))",
    R"(match order.shipping_method { "post" or "dhl" => "P", "pickup" => "H", _ => "X" })",
    R"(order.placed_at.in_zone("Europe/Stockholm"))",
    R"(order.placed_at.in_zone("Europe/Stockholm").add_days(30))",
    R"(truncate(order.note ?? "", 200))",
    R"(order.currency == "SEK" or is_eu(order.billing.country))",
    R"(order.lines.map(l => l.total).sum().round(2))",
};
constexpr std::array line_rules{
    R"(line.kind)",
    R"(line.sku ?? order.number)",
    R"("{line.name} {line.sku ?? ""}")",
    R"(line.quantity)",
    R"(line.unit ?? "pcs")",
    R"(round(net(line.unit_price, line.rate), 4))",
    R"(if line.unit_price > 0 then round(line.discount / line.unit_price * 100, 2) else 0)",
    R"(table("treatments", "{line.rate}"))",
};

Json order() {
    Json lines = Json::array();
    for (int i = 0; i < 20; ++i)
        lines.push(Json::object({{"id", std::to_string(i)},
                                 {"kind", "product"},
                                 {"sku", "SKU-" + std::to_string(1000 + i)},
                                 {"name", "Blå kaffekopp, 30 cl"},
                                 {"quantity", *Decimal::parse("2.5")},
                                 {"unit_price", *Decimal::parse("119.90")},
                                 {"discount", *Decimal::parse("12.50")},
                                 {"total", *Decimal::parse("287.25")},
                                 {"rate", 25}}));
    Json address = Json::object({{"name", "Anna Berg"},
                                 {"line1", "Storgatan 5"},
                                 {"postal_code", "111 22"},
                                 {"city", "Stockholm"},
                                 {"country", "SE"}});
    return Json::object(
        {{"id", "9001"},
         {"number", "1042"},
         {"status", "new"},
         {"placed_at", "2026-01-14T13:05:22Z"},
         {"modified_at", "2026-01-14T13:05:22Z"},
         {"currency", "SEK"},
         {"language", "sv"},
         {"prices_include_tax", true},
         {"note", "Please ring the bell"},
         {"customer",
          Json::object({{"kind", "person"}, {"name", "Anna Berg"}, {"company", ""}, {"email", "Anna@Example.com"}})},
         {"billing", address},
         {"shipping", address},
         {"shipping_method", "post"},
         {"payment", Json::object({{"state", "paid"},
                                   {"method", Json::object({{"id", "7"}, {"code", "ideal"}, {"label", "iDEAL"}})}})},
         {"lines", std::move(lines)}});
}

std::vector<Program> compiled(std::span<const char* const> rules, const Environment& environment) {
    std::vector<Program> programs;
    for (const char* rule : rules) {
        auto program = Program::compile({rule}, environment);
        if (!program) {
            std::fprintf(stderr, "%s\n", to_text(program.error()[0]).c_str());
            std::exit(1);
        }
        programs.push_back(std::move(*program));
    }
    return programs;
}

class Mapping {
public:
    Mapping() {
        tables_["terms"].rows["ideal"] = Json{"30 days"};
        tables_["treatments"].rows["25"] = Json{"MP1"};
        environment_.roots = {{"order", &shapes::order()}, {"line", shapes::order().member("lines")->item}, {"index"}};
        environment_.tables = {"terms", "treatments"};
        document_ = compiled(document_rules, environment_);
        line_ = compiled(line_rules, environment_);
    }
    const Environment& environment() const { return environment_; }

    /// How many values came out.
    std::size_t map(const Json& order, Workspace& workspace) const {
        workspace.memory.clear();
        Scope scope{environment_, &tables_};
        scope.set(0, Value::view(order, &shapes::order()));
        std::size_t values = evaluate(document_, scope, workspace);
        const Value lines = Value::view(order["lines"], shapes::order().member("lines"));
        for (std::size_t i = 0; i < lines.size(); ++i) {
            scope.set(1, lines.item(i));
            scope.set(2, Decimal{static_cast<std::int64_t>(i)});
            values += evaluate(line_, scope, workspace);
        }
        return values;
    }

private:
    static std::size_t evaluate(const std::vector<Program>& rules, const Scope& scope, Workspace& workspace) {
        std::size_t values = 0;
        for (const Program& rule : rules) {
            const Outcome outcome = rule.evaluate(scope, workspace);
            if (!outcome.ok()) {
                std::fprintf(stderr, "%s\n", to_text(outcome.diagnostic).c_str());
                std::exit(1);
            }
            values += 1;
        }
        return values;
    }
    Tables tables_;
    Environment environment_;
    std::vector<Program> document_, line_;
};

void map_order(benchmark::State& state) {
    const Mapping mapping;
    const Json document = order();
    Workspace workspace;
    for (auto _ : state) benchmark::DoNotOptimize(mapping.map(document, workspace));
}
BENCHMARK(map_order)->Unit(benchmark::kMicrosecond);

void compile_mapping(benchmark::State& state) {
    for (auto _ : state) {
        Mapping mapping;
        benchmark::DoNotOptimize(mapping);
    }
}
BENCHMARK(compile_mapping)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
