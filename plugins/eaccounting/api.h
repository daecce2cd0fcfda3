// The API of one company: requests in its form, answers read and refusals classified. One for each instance of
// the connector; [serial] as that is. The host adds the access token, waits for the budget and repeats reads.
// It never repeats a request by itself and keeps no answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "brygga/sdk/connector.hpp"
#include "failures.h"

namespace brygga::eaccounting {

/// One page of a list.
struct Records {
    Json::Array rows;
    bool last = true;
    std::int64_t total = -1;  ///< -1 when the answer does not tell
    std::string server_time;  ///< empty when the answer does not tell
};

class Api {
public:
    static constexpr int page_size = 1000;

    Api(sdk::Host host, std::string base_url, const Failures& failures);

    /// A GET of one document.
    Json get(sdk::Call& call, const std::string& path, const Attempt& attempt) const;
    /// The same; nothing when the vendor says that there is no such record.
    std::optional<Json> find(sdk::Call& call, const std::string& path, const Attempt& attempt) const;
    /// Page `page` (from 1) of a list. `query`: "" or "$filter=...", encoded.
    Records page(sdk::Call& call, std::string_view path, std::string_view query, std::int64_t page,
                 const Attempt& attempt) const;
    /// A POST or PUT; the answer is the stored record. proof: a member that such a record has.
    Json write(sdk::Call& call, std::string_view method, const std::string& path, const Json& body,
               const Attempt& attempt, std::string_view proof = "Id") const;
    /// A record that is not there any more is no failure: the host repeats a DELETE whose answer was lost.
    void erase(sdk::Call& call, const std::string& path, const Attempt& attempt) const;

private:
    sdk::HttpResponse send(sdk::Call& call, std::string_view method, const std::string& path, const Json* body) const;
    Json read(const sdk::HttpResponse& answer, const Attempt& attempt) const;
    sdk::Host host_;
    std::string base_url_;
    const Failures& failures_;
};

/// "/customers" and an id: "/customers/6d0a...", the id encoded.
std::string item_path(std::string_view collection, std::string_view id);

}  // namespace brygga::eaccounting
