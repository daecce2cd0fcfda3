// Memory: where the texts, lists and objects of an evaluation live, and its counters of steps and bytes.
// Owned by whoever evaluates, used on one thread at a time. What was made stays until clear(), so that the results
// of many rules can be read together; the counters begin anew with each evaluation. Never throws on its own limits.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace brygga::mapping {

struct Limits {
    std::size_t steps = 100'000;
    std::size_t bytes = 4u << 20;
};

class Memory {
public:
    Memory() = default;
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    /// Forgets every value made so far. One block is kept for the next ones.
    void clear() noexcept {
        if (blocks_.size() > 1) blocks_.resize(1);
        free_ = blocks_.empty() ? nullptr : blocks_[0].get();
        left_ = blocks_.empty() ? 0 : block_size;
    }

    void begin(const Limits& limits) noexcept {
        limits_ = limits;
        steps_ = bytes_ = 0;
    }
    std::size_t steps() const noexcept { return steps_; }
    std::size_t bytes() const noexcept { return bytes_; }
    const Limits& limits() const noexcept { return limits_; }

    /// False once the steps are used up.
    bool spend(std::size_t steps) noexcept {
        if (steps > limits_.steps - steps_) {
            steps_ = limits_.steps;
            return false;
        }
        steps_ += steps;
        return true;
    }
    bool has_room(std::size_t bytes) const noexcept { return bytes <= limits_.bytes - bytes_; }

    /// Room for `count` trivial objects; null when the limit of bytes would be passed.
    template <class T>
    T* make(std::size_t count) {
        static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= alignment);
        if (count > limits_.bytes / sizeof(T)) return nullptr;
        return static_cast<T*>(take(count * sizeof(T)));
    }
    /// A copy; data() is null when the limit of bytes would be passed.
    std::string_view copy(std::string_view text) {
        char* place = make<char>(text.size());
        if (!place) return {};
        if (!text.empty()) std::memcpy(place, text.data(), text.size());
        return {place, text.size()};
    }

private:
    static constexpr std::size_t block_size = 64u << 10, alignment = 16;

    void* take(std::size_t bytes) {
        bytes = (bytes + alignment - 1) / alignment * alignment;
        if (bytes == 0) bytes = alignment;
        if (!has_room(bytes)) return nullptr;
        bytes_ += bytes;
        if (bytes > left_) grow(bytes);
        std::byte* place = free_;
        free_ += bytes;
        left_ -= bytes;
        return place;
    }
    void grow(std::size_t bytes) {
        const std::size_t size = bytes > block_size ? bytes : block_size;
        blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(size));
        free_ = blocks_.back().get();
        left_ = size;
    }

    Limits limits_;
    std::size_t steps_ = 0, bytes_ = 0;
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
    std::byte* free_ = nullptr;
    std::size_t left_ = 0;
};

}  // namespace brygga::mapping
