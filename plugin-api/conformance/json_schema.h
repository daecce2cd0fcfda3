// JsonSchema: whether a document fits a JSON Schema (draft 7), and where it does not. Immutable after construction.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"

namespace brygga {

class JsonSchema {
public:
    /// The text of a valid schema.
    explicit JsonSchema(std::string_view text);
    ~JsonSchema();

    /// The first place that does not fit, as "/lines/0/kind: why"; empty when the document fits.
    std::string misfit(const Json& document) const;

private:
    struct Compiled;
    std::unique_ptr<Compiled> compiled_;
};

}  // namespace brygga
