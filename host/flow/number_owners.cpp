#include "flow/number_owners.h"

#include "connector/catalog.h"

namespace brygga::flow {

namespace {

constexpr const char* twice = "numbers_twice";
constexpr std::size_t most_remembered = 1'000;

}  // namespace

Expected<void> NumberOwners::begin(bool everything) {
    everything_ = everything;
    owners_.clear();
    twice_ = Json::object();
    if (everything) return {};
    const auto known = store_.fact(scope_, twice);
    if (!known) return known.error();
    if (*known)
        for (const Json::Member& member : (*known)->members()) owners_.emplace(member.name, member.value.string());
    return {};
}

std::optional<std::string> NumberOwners::other(const std::string& number, const std::string& id) {
    const std::string key = connector::Catalog::normalise("sku", number);
    const auto owner = everything_ ? owners_.emplace(key, id).first : owners_.find(key);
    if (owner == owners_.end() || owner->second == id) return std::nullopt;
    if (everything_ && twice_.size() < most_remembered) twice_.set(key, owner->second);
    return owner->second;
}

Expected<void> NumberOwners::remember() const {
    const auto known = store_.fact(scope_, twice);
    if (!known) return known.error();
    if (*known ? **known == twice_ : twice_.size() == 0) return {};
    return store_.set_fact(scope_, twice, twice_, clock_.now());
}

}  // namespace brygga::flow
