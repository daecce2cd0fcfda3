// Expressions at work: an expression, a line "%%%", and the document whose members are the names in scope. The limits
// hold, the result can be written, and a second evaluation gives the same with the same counters.
#include <cstdint>
#include <cstdlib>

#include "base/utf8.h"
#include "mapping/program.h"

using namespace brygga;
using namespace brygga::mapping;

namespace {

void check(bool good) {
    if (!good) std::abort();
}

struct Told {
    Outcome::Kind kind;
    std::string text;
    std::size_t steps, bytes;
    bool operator==(const Told&) const = default;
};

Told evaluate(const Program& program, const Scope& scope, Workspace& workspace) {
    constexpr Limits limits;
    workspace.memory.clear();
    const Outcome outcome = program.evaluate(scope, workspace, limits);
    check(workspace.memory.steps() <= limits.steps && workspace.memory.bytes() <= limits.bytes);
    std::string text;
    if (outcome.ok()) {
        check(!outcome.value.is(Kind::missing) && !outcome.value.is_stopped() && !outcome.value.is_unreadable());
        check(outcome.value.depth() <= max_depth);
        text = to_json(outcome.value).dump();
        check(Json::parse(text, nullptr, {.depth = 200}).has_value());
    } else {
        check(outcome.diagnostic.line >= 1);
        text = to_text(outcome.diagnostic);
        check(is_utf8(text));
    }
    return {outcome.kind, std::move(text), workspace.memory.steps(), workspace.memory.bytes()};
}

Tables some_tables() {
    Tables tables;
    tables["terms"].rows["a"] = Json{1};
    tables["terms"].by_country["SE"] = Json{"x"};
    return tables;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Workspace workspace;
    static const Tables tables = some_tables();
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const std::size_t cut = input.find("\n%%%\n");
    const auto document = Json::parse(cut == std::string_view::npos ? "{}" : input.substr(cut + 5));
    if (!document) return 0;
    Environment environment{{}, {"terms"}};
    for (const auto& member : document->members())
        environment.roots.push_back({member.name, member.name == "order" ? &shapes::order() : &shapes::any});
    const auto program = Program::compile({std::string{input.substr(0, cut)}}, environment);
    if (!program) return 0;
    Scope scope{environment, &tables};
    for (std::size_t i = 0; i < environment.roots.size(); ++i)
        scope.set(i, Value::view(document->members()[i].value, environment.roots[i].shape));
    check(evaluate(*program, scope, workspace) == evaluate(*program, scope, workspace));
    return 0;
}
