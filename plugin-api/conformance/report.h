// Report: what each check has found; the table of the checks, in the order in which they are told, is in report.cpp.
// Notes is the way from a check, which runs in a child process, to the report. Plain values, one thread.
#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "brygga/sdk/json.hpp"

namespace brygga::conformance {

class Lines;

class Report {
public:
    Report();
    void ran(std::string_view check) { findings_[std::string{check}].ran = true; }
    void problem(std::string_view check, std::string text);
    /// Why a check could not be made; forgotten when it ran elsewhere.
    void skipped(std::string_view check, std::string why) { findings_[std::string{check}].skipped = std::move(why); }
    /// For every check that has not said anything yet.
    void skip_the_rest(const std::string& why);
    /// A line that Notes wrote.
    void take(std::string_view line);

    bool failed() const;
    bool failed(std::string_view check) const;
    void print(std::ostream& out) const;
    Json json() const;

private:
    struct Finding {
        bool ran = false;
        std::vector<std::string> problems;
        std::string skipped, remark;
    };
    static std::string_view state(const Finding& finding);
    std::map<std::string, Finding, std::less<>> findings_;
};

class Notes {
public:
    explicit Notes(const Lines& lines) : lines_{lines} {}
    void ran(std::string_view check) const { note(check, "ran", {}); }
    void problem(std::string_view check, std::string_view text) const { note(check, "problem", text); }
    void skipped(std::string_view check, std::string_view why) const { note(check, "skipped", why); }
    /// Worth knowing though the check holds.
    void remark(std::string_view check, std::string_view text) const { note(check, "remark", text); }
    void doing(std::string_view what) const;

private:
    void note(std::string_view check, std::string_view kind, std::string_view text) const;
    const Lines& lines_;
};

}  // namespace brygga::conformance
