// Cache: what was read from the database, until it is written. Only this process writes, so nothing else makes it
// stale. Safe on any thread; when full it forgets all. Owned by the store.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace brygga::store {

/// Values by (place, key); a write forgets a place whole.
template <class Value>
class Cache {
public:
    explicit Cache(std::size_t most) : most_{most} {}

    /// The value, or what `read` makes of it. A value that was read while its place was written is not kept.
    template <class Read>
    Value get(const std::string& place, const std::string& key, Read&& read) {
        std::uint64_t before = 0;
        {
            const std::scoped_lock lock{mutex_};
            const Place& known = places_[place];
            if (const auto found = known.values.find(key); found != known.values.end()) return found->second;
            before = known.writes;
        }
        std::optional<Value> value = read();
        if (!value) return Value{};
        const std::scoped_lock lock{mutex_};
        Place& known = places_[place];
        if (known.writes != before) return std::move(*value);
        if (known.values.size() >= most_) known.values.clear();
        return known.values.insert_or_assign(key, std::move(*value)).first->second;
    }
    /// After the commit of a write.
    void forget(const std::string& place) {
        const std::scoped_lock lock{mutex_};
        Place& known = places_[place];
        ++known.writes;
        known.values.clear();
    }

private:
    struct Place {
        std::uint64_t writes = 0;
        std::unordered_map<std::string, Value> values;
    };
    const std::size_t most_;
    std::mutex mutex_;
    std::map<std::string, Place> places_;
};

}  // namespace brygga::store
