// Writes one JSON object member after member, without building it in memory first.
// Lives on one stack frame.
// It does not check that names differ.
#pragma once

#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"

namespace brygga::sim {

class JsonText {
public:
    void set(std::string_view name, const Json& value) {
        begin(name);
        value.append_to(text_);
    }
    /// A value that is JSON text already.
    void set_text(std::string_view name, std::string_view json) {
        begin(name);
        text_.append(json);
    }
    std::string finish() {
        text_ += first_ ? "{}" : "}";
        return std::move(text_);
    }

private:
    void begin(std::string_view name) {
        text_ += first_ ? '{' : ',';
        first_ = false;
        text_.append("\"").append(name).append("\":");
    }

    std::string text_;
    bool first_ = true;
};

}  // namespace brygga::sim
