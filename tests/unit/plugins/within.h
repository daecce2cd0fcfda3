// Compares what was written with what is read back.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "brygga/sdk/json.hpp"

namespace brygga {

/// Every member of `part` is in `whole`, numbers by value.
inline void expect_within(const Json& part, const Json& whole, const std::string& at) {
    for (const auto& member : part.members())
        if (member.value.is_object())
            expect_within(member.value, whole[member.name], at + "." + std::string{member.name});
        else if (member.value.decimal())
            EXPECT_EQ(member.value.decimal(), whole[member.name].decimal()) << at << "." << member.name;
        else
            EXPECT_EQ(member.value, whole[member.name]) << at << "." << member.name;
}

}  // namespace brygga
