// Case files of the mapping language. Lines that start with # are comments; before the first case the keys `given`,
// `type` and `tables` hold for the whole file.
//
//     === what the case shows
//     clause: binding.1              a line of clauses.txt that it proves; may stand several times
//     given: {"order": {…}}          the names in scope
//     type: order                    given is one bare entity, typed
//     tables: {"terms": {"rows": {}, "by_country": {}, "default": 1}}
//     limits: {"steps": 10, "bytes": 1000}
//     > order.lines[0].total         the expression, one line or several
//     = 12.5                         its value as JSON, to the letter; or
//     ! error                        refused (by the compiler), error, missing, skip, hold, limit
//     ! expression:1:7: …            and all that is shown of it
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mapping/program.h"

namespace brygga::mapping {

struct Case {
    std::string title;
    int line = 0;
    std::vector<std::string> clauses;
    std::string given = "{}", type, tables = "{}", limits = "{}";
    std::string expression;
    std::string expected;  ///< its lines as they stand, with "= " or "! "
};

std::vector<Case> read_cases(const std::filesystem::path& file);
/// What the expected lines of this case would be.
std::string run(const Case& c);
Tables tables_from(const Json& json);

}  // namespace brygga::mapping
