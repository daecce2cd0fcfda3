// Payments of invoices: entries in the journal that the connection names, which a person books in e-conomic. The REST
// API can make such entries and not book them.
#pragma once

#include <string>
#include <string_view>

#include "api.h"
#include "brygga/sdk/connector.hpp"

namespace brygga::economic {

class Payments {
public:
    /// config: payment_journal, its number, and payment_amounts, the sign that they have there.
    Payments(const Api& api, const Failures& failures, const Json& config);

    bool possible() const { return !journal_.empty(); }
    /// Reads the invoice and the year of the date, and writes one voucher. Nothing when the invoice is paid.
    Json create(sdk::Call& call, const Json& document, std::string_view key);
    /// What is paid of the invoices, or entered to be.
    void find(sdk::Call& call, const Json& request, sdk::Page& page) const;

private:
    Json entered(sdk::Call& call, const Json& invoice, const Attempt& attempt) const;
    std::string year_of(sdk::Call& call, std::string_view date, const Attempt& attempt);

    const Api& api_;
    const Failures& failures_;
    std::string journal_;
    bool negative_;
    Json::Array years_{};
};

}  // namespace brygga::economic
