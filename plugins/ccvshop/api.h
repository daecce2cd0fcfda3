// Api: signed requests to one CCV Shop and the meaning of its answers.
// Owned by the connector instance and used by one thread at a time. It names secrets and never sees them; every
// refusal becomes a Failure with cause and remedy from the manifest's error table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "brygga/sdk/connector.hpp"
#include "brygga/sdk/error_table.hpp"

namespace brygga::ccvshop {

inline constexpr std::int64_t page_size = 100;  ///< of every list

/// A query in the order in which it was built; values are percent-encoded.
class Query {
public:
    Query& add(std::string_view name, std::string_view value);
    Query& add(std::string_view name, std::int64_t value) { return add(name, std::to_string(value)); }
    const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
};

class Api {
public:
    Api(sdk::Host host, const Json& config, const Json& manifest);

    /// The answer's document. path: "/orders/", below /api/rest/v1.
    Json get(sdk::Call& call, std::string_view path, const Query& query = {}) const;
    /// The same for one record; null when the shop says that there is none.
    Json get_one(sdk::Call& call, std::string_view path) const;
    /// All items of a paged list that does not move while it is read.
    Json get_all(sdk::Call& call, std::string_view path, const Query& query = {}) const;

    /// A change that does no harm when it is sent twice.
    void patch(sdk::Call& call, std::string_view path, const Json& body) const;
    /// Makes a record: the answer's document, null where the shop took it and answers without one.
    Json post(sdk::Call& call, std::string_view path, const Json& body) const;
    /// A record that is not there any more is no failure.
    void erase(sdk::Call& call, std::string_view path) const;
    /// The same, where one that is not there any more is reference.gone, and anything but the shop's own word no
    /// success.
    void remove(sdk::Call& call, std::string_view path) const;

    /// Whether a shop's own address is the one of this connection.
    bool is_at(std::string_view api_root) const;

    /// A failure from the error table. detail is put before the cause.
    sdk::Failure failure(std::string_view code, std::string_view detail) const { return errors_.failure(code, detail); }

private:
    Json write(sdk::Call& call, std::string_view method, std::string_view path, const Json& body) const;
    Json request(std::string_view method, std::string_view path, const Query& query) const;
    sdk::HttpResponse read(sdk::Call& call, std::string_view path, const Query& query) const;
    Json document(const sdk::HttpResponse& response, std::string_view path) const;
    /// name: method and path.
    sdk::Failure refusal(const sdk::HttpResponse& response, const std::string& name) const;

    sdk::Host host_;
    std::string base_url_, language_;
    sdk::ErrorTable errors_;
};

}  // namespace brygga::ccvshop
