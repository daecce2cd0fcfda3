// Program: an expression, compiled once and then worked out for every record. Immutable; evaluate() is safe on any
// thread as long as each has its own Workspace. No I/O, no clock, no randomness; nothing is thrown.
//
//     Environment names{{{"order", &shapes::order()}}};
//     auto program = Program::compile({"order.customer.name ?? \"\""}, names);      // or what is wrong with it
//     Scope scope{names};
//     scope.set("order", Value::view(document, &shapes::order()));                  // a view: the document stays
//     const Outcome outcome = program->evaluate(scope, workspace);
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/expected.h"
#include "mapping/check.h"
#include "mapping/evaluate.h"

namespace brygga::mapping {

/// The values of an environment's names, in its order; missing until they are set.
class Scope {
public:
    explicit Scope(const Environment& environment, const Tables* tables = nullptr)
        : values_(environment.roots.size()), tables_{tables} {
        for (const Root& root : environment.roots) names_.push_back(root.name);
    }
    /// False when the environment has no such name.
    bool set(std::string_view name, const Value& value) noexcept;
    void set(std::size_t slot, const Value& value) noexcept { values_[slot] = value; }
    Names names() const noexcept { return {names_, values_, tables_}; }

private:
    std::vector<std::string> names_;
    std::vector<Value> values_;
    const Tables* tables_;
};

struct Outcome {
    enum class Kind : std::uint8_t {
        value,
        missing,  ///< a path that is not there; the diagnostic names it
        error,    ///< at run time, or by fail()
        skip,     ///< the record is left out; the diagnostic's message is the reason
        hold,     ///< a person has to decide
        limit,    ///< steps, bytes or depth
    };
    Kind kind = Kind::value;
    Value value;  ///< lives as long as the workspace is not cleared, and the document and the program are there
    Diagnostic diagnostic;

    bool ok() const noexcept { return kind == Kind::value; }
};

class Program {
public:
    static Expected<Program, Diagnostics> compile(Source source, const Environment& environment);
    Program(Program&&) noexcept;
    Program& operator=(Program&&) noexcept;
    ~Program();

    /// The scope is of the environment that the program was compiled in.
    Outcome evaluate(const Scope& scope, Workspace& workspace, const Limits& limits = {}) const;

    /// What is known of its value.
    Type type() const noexcept;
    /// Whether it reads this name of its environment: reading `target` costs a call.
    bool reads(std::size_t slot) const noexcept;
    const Source& source() const noexcept;

private:
    struct Code;
    explicit Program(std::unique_ptr<Code> code) noexcept;
    std::unique_ptr<Code> code_;
};

}  // namespace brygga::mapping
