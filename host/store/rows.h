// Rows: what the files of the verbs share about the tables: reading a delivery and its steps, ending one.
// Pure functions over a Database of the caller; they throw Failure. They open no transaction.
#pragma once

#include "store/sqlite.h"

// A macro, because statements are literals.
#define BRYGGA_DELIVERY_COLUMNS                                                                                    \
  "id, flow, run_id, type, source_connection, source_id, source_number, target_connection, hash, version, state, " \
  "lane, attempts, due_at, created_at, updated_at, error, target_ref, explain, totals, flow_version, chosen_version"

namespace brygga::store {

constexpr bool ended(DeliveryState state) noexcept {
    return state == DeliveryState::delivered || state == DeliveryState::skipped || state == DeliveryState::superseded ||
           state == DeliveryState::cancelled;
}

/// What a claim takes.
constexpr bool claimable(DeliveryState state) noexcept {
    return state == DeliveryState::pending || state == DeliveryState::waiting;
}

std::optional<std::string> meta(Database& db, std::string_view name);
/// What is stored of the newest rotation of the data key (sqlite_keys.cpp); null when there was none.
Json read_rotation(Database& db);

/// The current row of a query over BRYGGA_DELIVERY_COLUMNS.
Delivery read_delivery(const Query& q);
std::optional<Delivery> find_delivery(Database& db, std::int64_t id);
/// Step results are still sealed, as text in `result`.
std::vector<Step> read_steps(Database& db, std::int64_t delivery);
bool has_open_intent(Database& db, std::int64_t delivery);
/// Into superseded or cancelled: the payload and the taken keys go. Uses id, flow and state of the delivery.
void end_delivery(Database& db, const Delivery& delivery, DeliveryState state, Instant now);
/// `totals`: JSON text; empty: none.
void put_binding(Database& db, const Binding& binding, const std::string& totals);
/// Of this binding; `sealed` may be empty: it is not known.
void put_billed(Database& db, const Binding& binding, const std::string& sealed);
/// `state`: into which it brought the delivery; `body`: a JSON object as text.
void add_activity(Database& db, std::int64_t delivery, const std::string& flow, DeliveryState state,
                  const std::string& body, Instant now);

}  // namespace brygga::store
