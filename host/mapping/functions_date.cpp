// Functions on dates and timestamps. Zones are those of the host, patterns those of LDML.
#include "mapping/calendar.h"
#include "mapping/functions.h"

namespace brygga::mapping {

namespace {

constexpr Kinds text_kind{Kind::string}, number_kind{Kind::decimal}, timestamp_kind{Kind::timestamp};
constexpr Kinds text_or_null{Kind::string, Kind::null}, moment{Kind::date, Kind::timestamp};
constexpr std::string_view zone_letters = "zZOvVXx";

/// The zone that an argument names; nothing after an error.
std::optional<Zone> zone_of(Call& call, std::size_t i) {
    auto zone = call[i].size() <= 64 ? Zone::find(call.text(i)) : std::nullopt;
    if (!zone) call.error_at(i, "there is no time zone of this name", "write one like \"Europe/Stockholm\"");
    return zone;
}

Value bad_text(Call& call, std::string_view what, bool with_pattern, std::string_view example) {
    if (with_pattern) return call.error_at(0, std::string{"this text is not "}.append(what).append(" of this pattern"));
    return call.error_at(0, std::string{"this text is not "}.append(what).append(" like ").append(example),
                         "say with a pattern how it is written");
}

Value date(Call& call) {
    if (!call.spend(4)) return Call::stopped();
    const std::string_view pattern = call.text(1);
    if (!call.given(1)) {
        const auto day = parse_iso_date(call.text(0));
        return day ? Value{*day} : bad_text(call, "a date", false, "2026-01-31");
    }
    if (!pattern_has(pattern, "yu") || !pattern_has(pattern, "ML") || !pattern_has(pattern, "d"))
        return call.error_at(1, "the pattern of a date has year, month and day", "write it like \"dd-MM-yyyy\"");
    if (pattern_has(pattern, zone_letters))
        return call.error_at(1, "a date has no zone", "use timestamp() and in_zone()");
    const auto parsed = call.unicode().parse_time(call.text(0), pattern, call.text(2, "en"));
    return parsed ? Value{day_of(*parsed)} : bad_text(call, "a date", true, {});
}

/// timestamp(text), (text, zone), (text, pattern) or (text, pattern, zone).
Value timestamp(Call& call) {
    if (!call.spend(4)) return Call::stopped();
    std::string_view pattern = call.text(1);
    std::optional<Zone> zone;
    if (call.given(2)) {
        zone = zone_of(call, 2);
        if (!zone) return Call::stopped();
    } else if (!pattern.empty() && pattern.size() <= 64) {
        zone = Zone::find(pattern);
        if (zone) pattern = {};
    }
    const bool absolute = pattern.empty() ? has_offset(call.text(0)) : pattern_has(pattern, zone_letters);
    if (!absolute && !zone)
        return call.error("a timestamp without offset needs a zone", "write the zone as last argument");
    std::optional<Instant> found;
    if (pattern.empty()) {
        found = parse_iso_timestamp(call.text(0), zone);
    } else {
        found = call.unicode().parse_time(call.text(0), pattern, "en");
        if (found && !absolute) found = from_local(*zone, *found);
    }
    if (!found || !in_range(day_of(*found))) return bad_text(call, "a time", !pattern.empty(), "2026-01-31T13:05:22Z");
    return *found;
}

Value format_date(Call& call) {
    if (!call.spend(16)) return Call::stopped();
    const std::string_view pattern = call.text(1);
    const bool is_date = call[0].is(Kind::date);
    Zone zone = Zone::utc();
    if (call.given(2) && call[2].is(Kind::string)) {
        const auto named = zone_of(call, 2);
        if (!named) return Call::stopped();
        zone = *named;
    }
    if (is_date && pattern_has(pattern, zone_letters)) return call.error_at(1, "a date has no zone");
    if (pattern.empty() && is_date) return call.make(iso(call[0].day()));
    const Instant t = is_date ? Instant{call[0].day()} : call[0].instant();
    const auto offset = is_date ? std::chrono::milliseconds{0} : to_local(zone, t) - t;
    // Three letters are hours and minutes with a colon; the capital ones write Z for UTC.
    std::string standard = "yyyy-MM-dd'T'HH:mm:ss";
    standard.append(3, offset.count() == 0 ? 'X' : 'x');
    const auto text = call.unicode().format_time(t, offset, pattern.empty() ? standard : pattern, call.text(3, "en"));
    if (text) return call.make(*text);
    return call.error("this is no pattern of a date, or no locale", "a pattern is written like \"d MMMM yyyy\"");
}

Value moved(Call& call, std::optional<Day> (*move)(Day, std::int64_t) noexcept) {
    const auto count = call.whole(1, -1'000'000, 1'000'000);
    if (!count) return Call::stopped();
    const bool is_date = call[0].is(Kind::date);
    const Day day = is_date ? call[0].day() : day_of(call[0].instant());
    const auto found = move(day, *count);
    if (!found) return call.error("the result is not in the years 1 to 9999");
    return is_date ? Value{*found} : Value{call[0].instant() + (*found - day)};
}
Value add_days(Call& call) { return moved(call, mapping::add_days); }
Value add_months(Call& call) { return moved(call, mapping::add_months); }

Value days_between(Call& call) {
    if (call[0].kind() != call[1].kind())
        return call.error("days_between() takes two dates or two timestamps",
                          "make a date of a timestamp with in_zone()");
    const auto apart = call[0].is(Kind::date)
                           ? call[1].day() - call[0].day()
                           : std::chrono::duration_cast<std::chrono::days>(call[1].instant() - call[0].instant());
    return Decimal{static_cast<std::int64_t>(apart.count())};
}

Value in_zone(Call& call) {
    const auto zone = zone_of(call, 1);
    if (!zone || !call.spend(2)) return Call::stopped();
    const Day day = day_of(to_local(*zone, call[0].instant()));
    return in_range(day) ? Value{day} : call.error("the result is not in the years 1 to 9999");
}

constexpr Parameter date_parameters[]{
    {"text", text_kind}, {"pattern", text_kind, "ISO 8601"}, {"locale", text_kind, "\"en\""}};
constexpr Parameter timestamp_parameters[]{
    {"text", text_kind}, {"pattern", text_or_null, "ISO 8601"}, {"zone", text_kind, "none"}};
constexpr Parameter format_parameters[]{{"x", moment},
                                        {"pattern", text_or_null, "ISO 8601"},
                                        {"zone", text_or_null, "\"UTC\""},
                                        {"locale", text_kind, "\"en\""}};
constexpr Parameter days_parameters[]{{"x", moment}, {"days", number_kind}};
constexpr Parameter months_parameters[]{{"x", moment}, {"months", number_kind}};
constexpr Parameter between_parameters[]{{"from", moment}, {"to", moment}};
constexpr Parameter zone_parameters[]{{"timestamp", timestamp_kind}, {"zone", text_kind}};

constexpr Function functions[]{
    {"date", date_parameters, Gives::date, date, "the date that a text is"},
    {"timestamp", timestamp_parameters, Gives::timestamp, timestamp,
     "the instant that a text is; a zone may stand in place of the pattern"},
    {"format_date", format_parameters, Gives::string, format_date, "a date or timestamp as text, by an LDML pattern"},
    {"add_days", days_parameters, Gives::first, add_days, "so many days later"},
    {"add_months", months_parameters, Gives::first, add_months,
     "the same day so many months later, or that month's last"},
    {"days_between", between_parameters, Gives::decimal, days_between, "whole days from the first to the second"},
    {"in_zone", zone_parameters, Gives::date, in_zone, "the date of a timestamp in a time zone"},
};

}  // namespace

std::span<const Function> families_of::date() noexcept { return functions; }

}  // namespace brygga::mapping
