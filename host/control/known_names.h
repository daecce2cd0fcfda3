// KnownNames: which parameters and members of a body each operation has, by the API's own document. A misspelt one is
// refused: what it was to say would be left out, and a dry run became a real one. Immutable, safe on any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "control/api.h"

namespace brygga::control {

class KnownNames {
public:
    explicit KnownNames(Json document) : document_{std::move(document)} {}

    /// What is wrong with the names of a request for this route, if anything. A body that the document leaves open, or
    /// that cannot be read, is left to whoever takes it.
    std::optional<Response> refusal(std::string_view method, std::string_view pattern, const Request& request) const;

private:
    const Json& resolved(const Json& part) const;
    const Json* operation(std::string_view method, std::string_view pattern, const Json*& path) const;
    std::optional<Response> unknown_member(const Json& schema, const Json& body, const std::string& pointer) const;

    const Json document_;
};

}  // namespace brygga::control
