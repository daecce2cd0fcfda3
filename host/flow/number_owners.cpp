#include "flow/number_owners.h"

#include "connector/catalog.h"

namespace brygga::flow {

namespace {

constexpr const char* twice = "numbers_twice";
constexpr std::size_t most_remembered = 1'000;

}  // namespace

Expected<void> NumberOwners::begin(bool everything) {
    everything_ = everything;
    passed_.clear();
    const auto known = store_.fact(scope_, twice);
    if (!known) return known.error();
    known_ = *known ? **known : Json::object();
    return {};
}

std::optional<std::string> NumberOwners::other(const std::string& number, const std::string& id, bool active) {
    const std::string key = connector::Catalog::normalise("sku", number);
    std::string owner{known_[key].string()};
    if (everything_) {
        Owner& passed = passed_.try_emplace(key, Owner{id, active}).first->second;
        if (passed.id != id) {
            passed.several = true;
            if (active && !passed.active) passed.id = id, passed.active = true;
        }
        if (owner.empty()) owner = passed.id;
    }
    return owner.empty() || owner == id ? std::nullopt : std::optional{std::move(owner)};
}

Expected<void> NumberOwners::remember() {
    Json all = Json::object();
    for (const auto& [number, owner] : passed_)
        if (owner.several && all.size() < most_remembered) all.set(number, owner.id);
    passed_.clear();
    return all == known_ ? Expected<void>{} : store_.set_fact(scope_, twice, all, clock_.now());
}

}  // namespace brygga::flow
