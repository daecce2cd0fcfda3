#include "flow/fit.h"

#include <gtest/gtest.h>

namespace brygga::flow {
namespace {

schema::Capabilities target() {
    schema::Capabilities caps;
    schema::Field name, city;
    name.path = "name";
    name.length = 5;
    city.path = "address.city";
    city.length = 50;
    city.required = true;
    caps.fields["customer"] = {name, city};
    return caps;
}

TEST(Fit, CutsByCharactersAndSaysSo) {
    Json fields = Json::object({{"name", "Åäöåäöå"}});
    std::vector<std::string> notices;
    fit(fields, "customer", target(), notices);
    EXPECT_EQ(fields["name"].string(), "Åäöåä");
    ASSERT_EQ(notices.size(), 1u);
    EXPECT_EQ(notices[0], "customer.name was shortened to 5 characters.") << "names the field, never the value";
}

TEST(Fit, WhatAnAccountDoesNotTakeIsLeftOutAndSaid) {
    schema::Capabilities caps = target();
    caps.fields["customer"][0].writable = false;
    Json fields = Json::object({{"name", "Anna"}, {"address", Json::object({{"city", "Lund"}})}});
    std::vector<std::string> notices;
    leave_unwritable(fields, "customer", caps, notices);
    EXPECT_FALSE(fields.has("name"));
    EXPECT_EQ(fields["address"]["city"].string(), "Lund");
    ASSERT_EQ(notices.size(), 1u);
    leave_unwritable(fields, "customer", caps, notices);
    EXPECT_EQ(notices.size(), 1u) << "what is not there is no news";
}

/// A text in a field of this length and character set.
std::string fitted(std::string_view text, int length, std::string_view charset,
                   std::vector<std::string>* said = nullptr) {
    schema::Field field;
    field.path = "name";
    if (length > 0) field.length = length;
    field.charset = charset;
    std::vector<std::string> notices;
    std::string out = fit_text(text, field, "customer", notices);
    if (said) *said = notices;
    return out;
}

TEST(Fit, NeverCutsInsideACharacterThatIsSeenAsOne) {
    const std::string family = "abcd👨‍👩‍👧";  // man, joiner, woman, joiner, girl
    EXPECT_EQ(fitted(family, 5, ""), "abcd");
    EXPECT_EQ(fitted("abcde\u0301", 5, ""), "abcd");
    EXPECT_EQ(fitted("abcd👍🏽", 7, ""), "abcd") << "two code units each";
    EXPECT_EQ(fitted("abcd👍🏽", 8, ""), "abcd👍🏽");
    EXPECT_EQ(fitted("abc def", 4, ""), "abc") << "no space at the end";
}

TEST(Fit, ControlCharactersBecomeOneSpace) {
    EXPECT_EQ(clean_text(" a\r\n\tb\x01\x7f c "), "a b c");
    EXPECT_EQ(clean_text("a\u0085b\u2028c\u2029"), "a b c");
    EXPECT_EQ(clean_text("\n\n"), "");
    std::vector<std::string> said;
    EXPECT_EQ(fitted("a\nb\nc", 0, "", &said), "a b c");
    EXPECT_EQ(said, std::vector<std::string>{"customer.name: control characters and line ends became spaces."});
    EXPECT_EQ(fitted(" a  b ", 0, "", &said), "a b");
    EXPECT_TRUE(said.empty());
}

TEST(Fit, CharactersThatTheTargetDoesNotTakeAreReplaced) {
    struct Case {
        const char *charset, *text, *becomes;
    };
    for (const Case& c :
         {Case{"ascii", "Åsa Müller", "Asa Muller"}, Case{"latin1", "Åsa Müller", "Åsa Müller"},
          Case{"latin1", "Łódź", "Lódz"}, Case{"latin1", "e\u0301te\u0301", "été"},
          Case{"latin1", "naïve “quoted” €5 …", "naïve \"quoted\" 5 ..."}, Case{"latin1", "Ελλάδα", "Ellada"},
          Case{"latin1", "tea 👍🏽 pot", "tea pot"}, Case{"bmp", "Łódź 👍 ok", "Łódź ok"},
          Case{"unicode", "Łódź 👍", "Łódź 👍"}, Case{"ascii", "👍", ""}}) {
        std::vector<std::string> said;
        EXPECT_EQ(fitted(c.text, 0, c.charset, &said), c.becomes) << c.charset << ' ' << c.text;
        EXPECT_EQ(said.size(), std::string_view{c.text} == c.becomes ? 0u : 1u) << c.text;
    }
}

TEST(Fit, FillsWhatTheTargetRequires) {
    Json fields = Json::object({{"name", "Anna"}});
    std::vector<std::string> notices;
    fill_required(fields, "customer", target(), notices);
    EXPECT_EQ(fields["address"]["city"].string(), "-");
    EXPECT_EQ(notices.size(), 1u);
    fields.member("address").set("city", "Lund");
    notices.clear();
    fill_required(fields, "customer", target(), notices);
    EXPECT_EQ(fields["address"]["city"].string(), "Lund");
    EXPECT_TRUE(notices.empty());
}

}  // namespace
}  // namespace brygga::flow
