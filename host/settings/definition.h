// The definition of a flow as one text: the YAML of a flow's file with every setting written out, in one order and one
// way of writing. What means the same is the same text; what is compared, kept and shown of a version is this text.
// Pure, but for the files of tests, which read_definition() reads.
#pragma once

#include <string>

#include "settings/config.h"
#include "settings/load.h"
#include "settings/read_mapping.h"

namespace brygga::settings {

/// Without comments and time zone, which is the source connection's. The order of rules stays, since they run in it;
/// the record of a test that stands in a file of its own is named, not taken in.
std::string definition_text(const Flow& flow);

/// An object as YAML, written the same way.
std::string yaml_text(const Json& object);

struct ReadDefinition {
    Flow flow;
    std::vector<Problem> errors;  ///< not empty: the flow must not be used
};

/// The flow of such a text. name: what stands for the file in messages: "version 3 of shop-orders".
ReadDefinition read_definition(const std::string& name, const std::string& text, const ReadText& read_text);

}  // namespace brygga::settings
