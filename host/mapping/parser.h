// Parser: an expression's text as a tree, or the first thing in it that is not of the language. Pure.
// Bounds: max_source bytes, max_depth levels. Knows no names and no types; that is check().
#pragma once

#include "base/expected.h"
#include "mapping/syntax.h"

namespace brygga::mapping {

/// The root of the tree, whose memory is `tree`. The source must outlive it.
Expected<Node*, Diagnostic> parse(const Source& source, Tree& tree);

}  // namespace brygga::mapping
