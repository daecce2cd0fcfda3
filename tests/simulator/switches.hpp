// Every choice the simulator made where the vendor sheets do not settle a fact, by name.
// Owned by the simulation; read and changed from any thread. Defaults are the stricter plausible behaviour.
// A switch never changes what a sheet states as a fact.
#pragma once

#include <array>
#include <atomic>
#include <span>
#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"

namespace brygga::sim {

enum class Switch : std::uint8_t {
    // CCV Shop
    date_filter,
    date_filter_edge,
    date_filter_zone,
    default_page_size,
    max_page_size,
    page_size_over,
    unknown_parameter,
    completed_false,
    signed_errors,
    bad_signature_status,
    retry_after,
    total_orderrow_price,
    user_id_type,
    productqueries_variants,
    product_answer,
    webhook_answer,
    budget_window,
    // eAccounting
    endpoint_url,
    orders_filter_reference,
    orders_filter_modified,
    drafts_filter_reference,
    filter_unlisted,
    filter_case,
    orderby_desc,
    unknown_fields,
    readonly_fields,
    empty_required,
    control_characters,
    email_format,
    vat_number_check,
    duplicate_status,
    unknown_reference_status,
    negative_rows,
    credit_sign,
    order_amount,
    vat_rate_form,
    date_form,
    includes_vat_sign,
    convert_needs_shipped,
    refresh_reuse,
    // the company
    product_variant,
    show_prices_excl_vat_pc,
    uses_moss,
    domestic_rounding,
    activated_modules,
    stock_changes,
    // e-conomic
    economic_inventory,
    economic_product_event,
    economic_webhook_url,
    economic_credit_lines,
    // CCV Shop and e-conomic
    webhooks,
    // the generator
    dst_orders,
    count_
};

class Switches {
public:
    struct Entry {
        std::string_view name;
        std::string_view values;  ///< allowed values separated by |, or "number" or "text"; the first is the default
        std::string_view meaning;
        std::string_view standard;  ///< default of number and text
    };

    Switches();
    /// Empty on success, else why not, for people.
    std::string set(std::string_view name, std::string_view value);
    /// Position of the value in the list of allowed values; a number's value.
    int get(Switch which) const { return numbers_[static_cast<std::size_t>(which)].load(std::memory_order_relaxed); }
    bool is_default(Switch which) const { return get(which) == 0; }
    std::string text(Switch which) const;
    Json describe() const;

    static std::span<const Entry> entries();

private:
    std::array<std::atomic<int>, static_cast<std::size_t>(Switch::count_)> numbers_;
};

}  // namespace brygga::sim
