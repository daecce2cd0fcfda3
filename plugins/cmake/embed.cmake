# cmake -D INPUT=manifest.json -D OUTPUT=manifest_json.h -P embed.cmake
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "#pragma once
#include <string_view>

namespace brygga {
inline constexpr std::string_view manifest_json{R\"__manifest(${text})__manifest\"};
}
")
