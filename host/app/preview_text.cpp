#include "app/preview_text.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "app/table.h"

namespace brygga::app {

namespace {

std::string shown(const Json& value) { return value.is_null() ? "-" : std::string{value.text()}; }

std::string title(const Json& record) {
    const std::string_view outcome = record["outcome"].string();
    std::string out = fmt::format("{}: would be {}", record["number"].text(), outcome);
    if (outcome == "waiting") out = fmt::format("{}: would have to wait", record["number"].text());
    if (record["unchanged"].boolean()) out += ", though nothing has changed since it was last delivered";
    out += '\n';
    const Json& error = record["error"];
    if (!error["message"].string().empty())
        out += fmt::format("  {} {}\n", error["message"].string(), error["remedy"].string());
    return out;
}

std::string write_text(const Json& write, std::size_t number) {
    std::string out = fmt::format("  {}. {} {}", number, write["op"].string(), write["type"].string());
    if (write["type"].string() == "document") {
        out += fmt::format(" {} with the reference {}\n", write["kind"].string(), write["reference"].text());
        for (const Json& line : write["lines"].items())
            out += fmt::format("     {} x {}  {}  {}\n", shown(line["quantity"]), shown(line["unit_price"]),
                               shown(line["sku"]), line["text"].string());
        out +=
            fmt::format("     net {}, with tax {}\n", shown(write["expect"]["net"]), shown(write["expect"]["gross"]));
    } else {
        out += fmt::format(" {}\n", write["op"].string() == "update" ? shown(write["id"]) : write["fields"].dump());
    }
    for (const auto& change : write["changes"].members())
        out += fmt::format("     {}: {} -> {}\n", change.name, shown(change.value.at(0)), shown(change.value.at(1)));
    return out;
}

}  // namespace

std::string preview_text(const Json& preview) {
    std::string out;
    for (const Json& record : preview["records"].items()) {
        out += (out.empty() ? "" : "\n") + title(record);
        if (record["fields"].size() > 0) out += table(record["fields"], {"field", "value", "at"});
        std::size_t number = 0;
        for (const Json& write : record["writes"].items()) out += write_text(write, ++number);
    }
    return out.empty() ? "There is nothing to read.\n" : out;
}

std::string preview_summary(const Json& preview) {
    std::map<std::string, int> outcomes;
    for (const Json& record : preview["records"].items()) ++outcomes[std::string{record["outcome"].string()}];
    if (outcomes.empty()) return {};
    std::string counts;
    for (const auto& [outcome, count] : outcomes)
        counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, outcome);
    return fmt::format("\nOf {} {} would be: {}. Nothing was written.\n", preview["records"].size(),
                       preview["records"].size() == 1 ? "record" : "records", counts);
}

std::string preflight_text(const Json& preflight) {
    std::string out;
    std::size_t problems = 0;
    // "orders", "articles", "documents": what the source has.
    const auto& members = preflight.members();
    const auto tried = std::ranges::find_if(members, [](const Json::Member& m) { return m.value.has("would"); });
    const std::string records = tried == members.end() ? "records" : tried->name;
    for (const Json& finding : preflight["findings"].items()) {
        const std::string_view level = finding["level"].string();
        problems += level == "problem";
        out += fmt::format("{} ({}): {}\n", level, finding["check"].string(), finding["message"].string());
        if (!finding["remedy"].string().empty()) out += fmt::format("  What to do: {}\n", finding["remedy"].string());
        std::string numbers;
        for (const Json& number : finding["records"].items())
            numbers += (numbers.empty() ? "" : ", ") + std::string{number.text()};
        if (!numbers.empty()) out += fmt::format("  Of these {}: {}\n", records, numbers);
    }
    if (tried != members.end()) {
        const Json& read = tried->value;
        out += records == "orders"
                   ? fmt::format("Of {} orders since {} would be:", read["read"].text(), read["since"].string())
                   : fmt::format("Of {} {} would be:", read["read"].text(), records);
        for (const auto& outcome : read["would"].members())
            out += fmt::format(" {} {}", outcome.value.text(), outcome.name);
        out += '\n';
    }
    out += problems == 0 ? fmt::format("Flow {} is ready.\n", preflight["flow"].string())
                         : fmt::format("Flow {} is not ready: {} {}.\n", preflight["flow"].string(), problems,
                                       problems == 1 ? "problem" : "problems");
    return out;
}

}  // namespace brygga::app
