// Mapping: what a flow file says of its mapping, as texts with their places. A plain value; what the texts mean is
// worked out where the language and the target's fields are known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "brygga/sdk/json.hpp"
#include "settings/position.h"

namespace brygga::settings {

/// The source of an expression; `at` is the place of its first character.
struct Expression {
    std::string text;
    Position at;
};

/// When a rule writes (M5).
enum class Write : std::uint8_t {
    always,
    on_create,
    on_update,
    keep_existing,  ///< only where the target has nothing
};

struct Rule {
    std::string field;  ///< "customer.address.city"
    Position at;        ///< of the field's name
    Expression value;   ///< of a constant: its text
    bool constant = false;
    Write write = Write::always;
    bool standard = false;  ///< of the default mapping
};

/// A value table (M4): key to option of the target.
struct Table {
    struct Row {
        std::string key, value;
        Position at;  ///< of the value
    };
    std::string name;
    Position at;
    std::string from_option, to_option;  ///< kinds of options; empty: plain texts
    Position from_at, to_at;
    std::vector<Row> rows, by_country;
    std::optional<Row> otherwise;  ///< without a key
};

/// A test of the mapping (M9).
struct MappingTest {
    struct Expected {
        std::string field;
        Json value;
        Position at;
    };
    std::string name;
    Position at;
    Json given;              ///< the canonical document
    std::string given_file;  ///< where it was read from; empty: it stands in the flow's file
    Position given_at;
    std::vector<Expected> expect;
    std::vector<Expression> check;
};

struct Mapping {
    bool whole = false;  ///< the default mapping is not asked: rules has those of it that count
    std::optional<Expression> accept;
    std::vector<Rule> rules;  ///< in the order of the file
    std::vector<std::pair<std::string, Position>> unset;
    std::vector<Table> tables;
    std::vector<MappingTest> tests;
};

}  // namespace brygga::settings
