// Secret: text that must not be shown. It has no output operator and no conversion; whoever needs the bytes
// says reveal(), which a reader can search for. The memory is wiped at the end. A plain value.
#pragma once

#include <string>
#include <string_view>

namespace brygga {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_{std::move(text)} {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : text_{std::move(other.text_)} { other.wipe(); }
    Secret& operator=(const Secret&) = default;
    Secret& operator=(Secret&& other) noexcept {
        wipe();
        text_ = std::move(other.text_);
        other.wipe();
        return *this;
    }
    ~Secret() { wipe(); }

    std::string_view reveal() const noexcept { return text_; }
    bool empty() const noexcept { return text_.empty(); }

private:
    void wipe() noexcept;
    std::string text_;
};

}  // namespace brygga
