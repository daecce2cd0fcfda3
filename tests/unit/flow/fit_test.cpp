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

TEST(Fit, NeverCutsInsideACharacterThatIsSeenAsOne) {
    const std::string family = "abcd👨‍👩‍👧";  // man, joiner, woman, joiner, girl
    EXPECT_EQ(clean_text(family, 5), "abcd");
    EXPECT_EQ(clean_text("abcde\u0301", 5), "abcd");
    EXPECT_EQ(clean_text("abcd👍🏽", 6), "abcd👍🏽");
}

TEST(Fit, ControlCharactersBecomeOneSpace) {
    EXPECT_EQ(clean_text(" a\r\n\tb\x01\x7f c ", 0), "a b c");
    EXPECT_EQ(clean_text("\n\n", 0), "");
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
