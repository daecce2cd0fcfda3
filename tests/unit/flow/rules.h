// The rules of a flow, its own and the default ones, for tests; mistakes fail the test.
#pragma once

#include <gtest/gtest.h>

#include "flow/field_rules.h"
#include "settings/standard_mapping.h"

namespace brygga::flow {

/// Of a target that takes every field.
inline schema::Manifest open_manifest() { return {}; }

inline std::shared_ptr<const FieldRules> rules_of(const settings::Flow& flow, const schema::Manifest& target) {
    auto compiled = FieldRules::compile(flow, settings::standard_mapping("order"), target);
    for (const auto& error : compiled.errors) ADD_FAILURE() << settings::to_text(error);
    return compiled.rules;
}

}  // namespace brygga::flow
