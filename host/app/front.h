// Front: the house that answers now. A reload and a rollback build another one, and it takes the place of the old one
// between two requests; while that fails, nothing changes.
// Owned by bryggad; every function is safe on any thread. One change at a time.
#pragma once

#include <memory>
#include <mutex>

#include "app/house.h"
#include "app/versions.h"

namespace brygga::app {

class Front {
public:
    static constexpr std::chrono::milliseconds drain_patience{25'000};

    Front(Ground ground, Secret admin_token);
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;

    /// The first house, of these files and of what the API brought. It stands still until start(), so that nothing is
    /// done before somebody can ask.
    Expected<void> open(Checked files);
    void start() { house()->start(); }
    /// Ends the work; no house moves in after this.
    void close();
    std::shared_ptr<House> house() const;

    /// Reads the files again. Errors: reload.refused, and those of choose_versions() and House::build().
    Expected<void> reload();
    /// An older version of a flow that there is; what is active then. Errors: those of choose_version() and
    /// House::build().
    Expected<settings::FlowNumber> roll_back(const std::string& flow, std::int64_t number);
    /// See control::Actions.
    control::Changed change(const std::vector<store::Document>& documents, bool only_check);

private:
    /// The files and the documents of the API as they are, with what is to change of the documents now. Errors:
    /// if_match.stale, when it was not made from what there is.
    Expected<Checked> read(const std::string& directory, const std::vector<store::Document>& changes,
                           Instant now) const;
    Expected<std::shared_ptr<House>> build(Chosen chosen, Instant now,
                                           const std::vector<store::Document>& changes = {});
    void move_in(std::shared_ptr<House> next);

    Ground ground_;
    const Secret admin_token_;
    std::mutex changing_;
    mutable std::mutex mutex_;
    std::shared_ptr<House> house_;
    bool closed_ = false;
};

}  // namespace brygga::app
