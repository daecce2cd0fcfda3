// The pieces that the manifest and the answer of describe() have in common; internal to schema.
// Each reads over a value that stays where the document says nothing. Pure.
#pragma once

#include "schema/manifest.h"
#include "schema/reader.h"

namespace brygga::schema {

Operations read_operations(const Reader& reader, Operations base);
Arithmetic read_arithmetic(const Reader& reader, Arithmetic base);
/// {TYPE: [field]}; a field takes the place of the one with the same path.
void read_fields(const Reader& reader, FieldsByType& into);
void warn_unknown_type(const Reader& reader, std::string_view type);

}  // namespace brygga::schema
