// The stored content of a delivery: the canonical document and, on a second line, what the connector itself had read.
// Two lines, so that the second, often the larger one, is parsed only by who needs it (JSON text has no line breaks
// of its own). Pure; owned by nobody.
#pragma once

#include <string>
#include <string_view>

#include "brygga/sdk/json.hpp"

namespace brygga::flow {

/// Of a row of a page: "entity" a document, "raw" the text of one.
inline std::string payload_of(const Json& row) {
    std::string text;
    row["entity"].append_to(text);
    text += '\n';
    return text += row["raw"].is_string() ? row["raw"].string() : "null";
}

/// The JSON text of the canonical document.
inline std::string_view entity_text(std::string_view payload) { return payload.substr(0, payload.find('\n')); }

/// The JSON text of the source's own document; "null" when it gave none.
inline std::string_view raw_text(std::string_view payload) {
    const auto end = payload.find('\n');
    return end == std::string_view::npos ? std::string_view{"null"} : payload.substr(end + 1);
}

/// The same with another canonical document.
inline std::string with_entity(const Json& entity, std::string_view payload) {
    std::string text;
    entity.append_to(text);
    text += '\n';
    return text += raw_text(payload);
}

}  // namespace brygga::flow
