// Checks: what is tried with a connector, a group a function. Each runs in a sandbox of its own and writes what it
// found into the notes. None depends on another.
#pragma once

#include "report.h"
#include "subject.h"

namespace brygga::conformance {

void check_entry(const Subject& subject, const Notes& notes);     ///< entry
void check_manifest(const Subject& subject, const Notes& notes);  ///< manifest, manifest.consistent
void check_create(const Subject& subject, const Notes& notes);    ///< create, create.bad
void check_answers(const Subject& subject, const Notes& notes);   ///< answer.*, outcome
void check_ending(const Subject& subject, const Notes& notes);    ///< cancelled, deadline
void check_cursors(const Subject& subject, const Notes& notes);   ///< cursor
void check_recorded(const Subject& subject, const Notes& notes);  ///< recordings, rows
void check_paging(const Subject& subject, const Notes& notes);    ///< paging, paging.end
void check_content(const Subject& subject, const Notes& notes);   ///< text, odd, big

}  // namespace brygga::conformance
