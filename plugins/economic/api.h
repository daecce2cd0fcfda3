// The REST API of one agreement: requests in its form, answers read and refusals classified. One for each instance
// of the connector; [serial] as that is. The host adds the tokens, waits for the budget and repeats reads.
// It keeps no answer and follows no link of the vendor: pages are counted here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "brygga/sdk/connector.hpp"
#include "failures.h"

namespace brygga::economic {

/// One page of a collection.
struct Records {
    Json::Array rows;
    bool last = true;
    std::int64_t total = -1;  ///< of the whole list; -1 when the answer does not tell
};

class Api {
public:
    static constexpr int page_size = 1000;

    Api(sdk::Host host, std::string base_url, const Failures& failures);

    /// A GET of one document.
    Json get(sdk::Call& call, const std::string& path, const Attempt& attempt) const;
    /// The same; nothing when the vendor says that there is no such record.
    std::optional<Json> find(sdk::Call& call, const std::string& path, const Attempt& attempt) const;
    /// The same for what has no link to itself.
    std::optional<Json> look(sdk::Call& call, const std::string& path, const Attempt& attempt) const;
    /// Page `page` (from 0) of a collection. filter, sort: not yet encoded; may be empty.
    Records page(sdk::Call& call, std::string_view path, std::string_view filter, std::string_view sort,
                 std::int64_t page, const Attempt& attempt) const;
    /// All rows of a short collection.
    Json::Array all(sdk::Call& call, std::string_view path, const Attempt& attempt) const;
    /// A POST or PUT under the host's key; the answer is the stored record.
    Json write(sdk::Call& call, std::string_view method, const std::string& path, const Json& body,
               std::string_view key, const Attempt& attempt) const;
    /// A POST or PUT that has no key and whose answer is no record.
    void change(sdk::Call& call, std::string_view method, const std::string& path, const Json& body,
                const Attempt& attempt) const;
    /// A record that is not there any more is no failure: the host repeats a DELETE whose answer was lost.
    void erase(sdk::Call& call, const std::string& path, std::string_view key, const Attempt& attempt) const;

private:
    sdk::HttpResponse send(sdk::Call& call, std::string_view method, const std::string& path, const std::string* body,
                           const std::string& key) const;
    Json read(const sdk::HttpResponse& answer, const Attempt& attempt) const;
    sdk::Host host_;
    std::string base_url_;
    const Failures& failures_;
};

/// What goes into the header Idempotency-Key: the host's key and a mark of the body. The vendor repeats its stored
/// answer for an hour, also to a corrected body, unless the key is another one.
std::string header_key(std::string_view key, std::string_view body);

}  // namespace brygga::economic
