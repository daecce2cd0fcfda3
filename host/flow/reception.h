// Reception: what the records of one type mean to a flow: whether, and as which version, each enters.
// One object an intake, used by one run at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/call.h"
#include "base/expected.h"
#include "base/zone.h"
#include "store/store.h"

namespace brygga::flow {

/// How a run reads.
struct Reading {
    std::string run_id;
    std::string from_date;    ///< ISO date: records from before it are not wanted
    Zone days = Zone::utc();  ///< of the source
    bool everything = false;  ///< whatever was seen before, to compare it with the target
};

class Reception {
public:
    virtual ~Reception() = default;
    /// Changes when a setting changes that decides what is taken or what it becomes.
    virtual const std::string& mark() const = 0;
    /// By which key people name a record: number or sku.
    virtual std::string_view named_by() const = 0;
    /// Whether it is time for a run that reads everything.
    virtual Expected<bool> wants_everything() { return false; }
    /// Before a run reads.
    virtual Expected<void> begin(const CallContext&, const Reading&) { return {}; }
    /// Sets hash and, where it is not to be delivered, state and error of a version that has the names and the payload
    /// of a row. False: the target has it already.
    virtual Expected<bool> judge(const Json& row, const Reading& reading, store::NewVersion& version) const = 0;
    /// A run that reads everything has come to its end.
    virtual Expected<void> compared() { return {}; }
};

}  // namespace brygga::flow
