#include "mapping/program.h"

#include <algorithm>

#include <re2/re2.h>

#include "mapping/parser.h"

namespace brygga::mapping {

struct Program::Code {
    Source source;
    Tree tree;
    Node* root = nullptr;
    Checked checked;
};

namespace {

Outcome::Kind kind_of(Stop::Kind kind) noexcept {
    switch (kind) {
        case Stop::Kind::skip:
            return Outcome::Kind::skip;
        case Stop::Kind::hold:
            return Outcome::Kind::hold;
        case Stop::Kind::limit:
            return Outcome::Kind::limit;
        default:
            return Outcome::Kind::error;
    }
}

}  // namespace

bool Scope::set(std::string_view name, const Value& value) noexcept {
    const auto found = std::ranges::find(names_, name);
    if (found == names_.end()) return false;
    values_[static_cast<std::size_t>(found - names_.begin())] = value;
    return true;
}

Program::Program(std::unique_ptr<Code> code) noexcept : code_{std::move(code)} {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

Expected<Program, Diagnostics> Program::compile(Source source, const Environment& environment) {
    auto code = std::make_unique<Code>();
    code->source = std::move(source);
    const auto parsed = parse(code->source, code->tree);
    if (!parsed) return Diagnostics{parsed.error()};
    code->root = *parsed;
    Diagnostics mistakes = check(code->source, environment, *code->root, code->checked);
    if (!mistakes.empty()) return mistakes;
    return Program{std::move(code)};
}

Outcome Program::evaluate(const Scope& scope, Workspace& workspace, const Limits& limits) const {
    workspace.memory.begin(limits);
    if (workspace.locals.size() < code_->checked.locals) workspace.locals.resize(code_->checked.locals);
    const Names names = scope.names();
    Evaluator evaluator{code_->source, names, workspace};
    const Value value = evaluator.value(*code_->root);
    const auto told = [&](Outcome::Kind kind, const Stop& stop) {
        return Outcome{kind, {}, diagnose(code_->source, stop.at, stop.message, stop.suggestion)};
    };
    const Span all = code_->root->span;
    if (value.is_stopped() || ((value.is(Kind::list) || value.is(Kind::object)) && !evaluator.read_through(value, all)))
        return told(kind_of(evaluator.why().kind), evaluator.why());
    if (value.is(Kind::missing)) return told(Outcome::Kind::missing, evaluator.absence(value, all));
    if (value.is_unreadable())
        return told(Outcome::Kind::error,
                    {Stop::Kind::error, all, std::string{"this is "}.append(name_of(value.kind())), {}, {}});
    return {Outcome::Kind::value, value, {}};
}

Type Program::type() const noexcept { return code_->checked.type; }
bool Program::reads(std::size_t slot) const noexcept { return code_->checked.used[slot]; }
const Source& Program::source() const noexcept { return code_->source; }

}  // namespace brygga::mapping
