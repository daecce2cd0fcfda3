// Contract: the OpenAPI document as what every answer of the API is held to. Immutable after construction; the schemas
// are compiled at first use, under a lock.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "brygga/sdk/json.hpp"
#include "conformance/json_schema.h"

namespace brygga::test {

class Contract {
public:
    /// host/control/openapi.json, or what a host serves.
    explicit Contract(Json document) : document_{std::move(document)} {}
    static const Contract& of_the_source();

    struct Operation {
        std::string method, pattern, scope;  ///< pattern with {} for parameters; scope empty: no token
    };
    std::vector<Operation> operations() const;
    /// What an answer breaks; empty when it is as the document says. `path`: without query.
    std::string breach(const std::string& method, const std::string& path, int status, const std::string& content_type,
                       const std::string& body) const;

private:
    const Json* operation(const std::string& method, const std::string& path) const;
    const JsonSchema& schema(const Json& of) const;

    Json document_;
    mutable std::mutex mutex_;
    mutable std::map<std::string, std::unique_ptr<JsonSchema>> schemas_;
};

}  // namespace brygga::test
