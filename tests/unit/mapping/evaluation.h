// Short ways to evaluate one expression in a test.
#pragma once

#include <optional>
#include <string>

#include "mapping/program.h"

namespace brygga::mapping {

/// A document whose members are the names in scope, and what keeps the results alive.
class Evaluation {
public:
    explicit Evaluation(const std::string& given = "{}", Tables tables = {})
        : given_{*Json::parse(given)}, tables_{std::move(tables)} {
        for (const auto& member : given_.members()) environment_.roots.push_back({member.name});
        for (const auto& [name, table] : tables_) environment_.tables.push_back(name);
    }

    Outcome run(const std::string& expression, const Limits& limits = {}) {
        auto program = Program::compile({expression}, environment_);
        if (!program) return {Outcome::Kind::error, {}, program.error().front()};
        program_ = std::move(*program);
        Scope scope{environment_, &tables_};
        for (const auto& member : given_.members()) scope.set(member.name, Value::view(member.value));
        return program_->evaluate(scope, workspace_, limits);
    }
    /// The value as JSON, or the message of what went wrong.
    std::string text(const std::string& expression, const Limits& limits = {}) {
        const Outcome outcome = run(expression, limits);
        return outcome.ok() ? to_json(outcome.value).dump() : outcome.diagnostic.message;
    }
    Memory& memory() { return workspace_.memory; }

private:
    Json given_;
    Tables tables_;
    Environment environment_;
    Workspace workspace_;
    std::optional<Program> program_;
};

}  // namespace brygga::mapping
