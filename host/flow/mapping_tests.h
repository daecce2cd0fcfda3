// The tests that stand beside a mapping (M9): a record, what the fields become, assertions. Pure; run when a
// configuration is checked, so that a red one keeps the mapping from being used.
#pragma once

#include <string>
#include <vector>

#include "flow/field_rules.h"

namespace brygga::flow {

struct TestResult {
    std::string name;
    std::vector<settings::Problem> failures;  ///< what was expected, what came out
    bool passed() const noexcept { return failures.empty(); }
};

/// Of the flow's tests in their order. Days are those of the connection's time zone, else UTC.
std::vector<TestResult> run_tests(const settings::Flow& flow, const FieldRules& rules);

}  // namespace brygga::flow
