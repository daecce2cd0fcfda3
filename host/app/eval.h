// Eval: `brygga eval`, which tries one expression of the mapping language on a document. Reads one file, runs on the
// main thread, talks to no host.
#pragma once

#include <optional>
#include <string>

#include "base/expected.h"

namespace brygga::app {

struct EvalRequest {
    std::string expression;
    std::optional<std::string> file;  ///< an object whose members are the names in scope; without one there are none
    std::string type;                 ///< of the one bare entity that the file is instead, which is then checked
};

/// The value as one line of JSON, or in the error's message what people are told instead.
Expected<std::string> eval(const EvalRequest& request);

/// Every function with its parameters and what it gives.
std::string function_list();

}  // namespace brygga::app
