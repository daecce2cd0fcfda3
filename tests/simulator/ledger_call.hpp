// A request to the simulated ledger, taken apart, and what tells its document kinds from each other.
// Lives on the stack of one call; private to the ledger's own files.
#pragma once

#include <string>
#include <string_view>

#include "ledger.hpp"

namespace brygga::sim {

/// /v2/<resource>/<id>/<action>
struct Ledger::Call {
    const Request& request;
    Query query;
    std::string resource, id, action;

    bool get() const { return request.method == "GET"; }
    bool post() const { return request.method == "POST"; }
    bool put() const { return request.method == "PUT"; }
    bool erase() const { return request.method == "DELETE"; }
};

struct Ledger::Paper {
    enum class Kind : std::uint8_t { quote, order, draft, invoice };
    Kind kind;
    Table& table;
    const Schema& fields;
    const Schema& row_fields;
    int quantity_places;
};

}  // namespace brygga::sim
