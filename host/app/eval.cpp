#include "app/eval.h"

#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "entity/category.h"
#include "entity/customer_record.h"
#include "entity/order.h"
#include "entity/product.h"
#include "mapping/program.h"

namespace brygga::app {

namespace {

constexpr std::size_t most_bytes = 16u << 20;

Error refused(std::string message) { return {ErrorClass::misconfigured, "eval.refused", std::move(message), {}}; }

Expected<Json> read_document(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    std::string text(most_bytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in.is_open() || in.bad() || (in.gcount() == 0 && !in.eof()))
        return refused(fmt::format("{} cannot be read.", file));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > most_bytes) return refused(fmt::format("{} has more than {} MiB.", file, most_bytes >> 20));
    JsonError error;
    auto document = Json::parse(text, &error);
    if (!document) return refused(fmt::format("{} is not JSON: {}, at byte {}.", file, error.message, error.offset));
    if (!document->is_object()) return refused(fmt::format("{} must hold an object.", file));
    return std::move(*document);
}

/// An entity has to be one before it is typed. Nothing when it is.
std::string complaint(const Json& entity, const std::string& type, const std::string& file) {
    const auto told = [&](const auto& parsed) {
        return parsed ? std::string{} : fmt::format("{}: {}", file, parsed.error().message);
    };
    if (type == "customer") return told(entity::parse_customer(entity));
    if (type == "category") return told(entity::parse_category(entity));
    return type == "order" ? told(entity::parse_order(entity)) : told(entity::parse_product(entity));
}

/// "held: …" where the text itself does not say what became of the record.
std::string told(const mapping::Outcome& outcome) {
    const std::string text = mapping::to_text(outcome.diagnostic);
    if (outcome.kind == mapping::Outcome::Kind::skip) return "skipped: " + text;
    if (outcome.kind == mapping::Outcome::Kind::hold) return "held: " + text;
    return text;
}

}  // namespace

Expected<std::string> eval(const EvalRequest& request) {
    const mapping::Shape* shape = request.type.empty() ? nullptr : mapping::shapes::entity(request.type);
    if (!request.type.empty() && !shape)
        return refused(fmt::format("--type {} is not known; there is {}.", request.type.substr(0, 60),
                                   fmt::join(mapping::shapes::entities(), ", ")));
    if (shape && !request.file) return refused(fmt::format("--type {} needs --input FILE with one.", request.type));
    auto document = request.file ? read_document(*request.file) : Expected<Json>{Json::object()};
    if (!document) return document.error();

    mapping::Environment environment;
    if (shape) {
        if (std::string wrong = complaint(*document, request.type, *request.file); !wrong.empty())
            return refused(wrong);
        environment.roots.push_back({request.type, shape});
    } else {
        for (const auto& member : document->members()) environment.roots.push_back({member.name});
    }
    const auto program = mapping::Program::compile({request.expression}, environment);
    if (!program) {
        std::string text;
        for (const auto& mistake : program.error()) text += (text.empty() ? "" : "\n") + mapping::to_text(mistake);
        return refused(text);
    }
    mapping::Scope scope{environment};
    if (shape) scope.set(request.type, mapping::Value::view(*document, shape));
    for (const auto& member : document->members())
        if (!shape) scope.set(member.name, mapping::Value::view(member.value));
    mapping::Workspace workspace;
    const auto outcome = program->evaluate(scope, workspace);
    if (!outcome.ok()) return refused(told(outcome));
    return mapping::to_json_text(outcome.value);
}

std::string function_list() {
    std::string out;
    for (const auto& family : mapping::families()) {
        out += fmt::format("{}{}\n", out.empty() ? "" : "\n", family.title);
        for (const auto& f : family.functions) out += fmt::format("  {:<50} {}\n", mapping::signature(f), f.about);
    }
    return out;
}

}  // namespace brygga::app
