// Pictures: where they are read, what is taken for one, and what the shop gets.
#include <gtest/gtest.h>

#include "brygga/sdk/base64.hpp"
#include "images.h"
#include "shop.h"

namespace brygga::ccvshop {
namespace {

using testing::HttpCall;
using testing::Outcome;

const std::string jpeg = std::string{"\xFF\xD8\xFF\xE0\0JFIF", 9};

class Images : public ::testing::Test {
protected:
    Outcome create(const char* url, const char* product = "1") {
        return shop.deliver(Json::object(
            {{"op", "create"},
             {"type", "image"},
             {"kind", "photo"},
             {"fields", Json::object({{"product", product}, {"url", url}, {"text", "Mug"}, {"main", true}})}}));
    }
    void picture(int status, const std::string& body) {
        host.http("GET", "https://pictures.example/mugs/1.jpg").answer(status, body).check([](const HttpCall& call) {
            if (!call.request["read"].boolean()) return std::string{"it is a read"};
            for (const char* secret : {"sign", "secret_headers", "verify"})
                if (!call.request[secret].is_null()) return std::string{"no secret leaves the shop"};
            return std::string{};
        });
    }
    void TearDown() override { EXPECT_EQ(host.problems(), ""); }

    testing::FakeHost host;
    testing::Instance shop{
        host, *brygga_plugin_entry(),
        Json::object({{"base_url", "https://shop.example"}, {"image_url", "https://pictures.example/mugs"}})};
    const char* url = "https://pictures.example/mugs/1.jpg";
};

TEST_F(Images, AreReadAndSentAsTheyAre) {
    picture(200, jpeg);
    host.http("POST", api + "/products/1/productphotos/")
        .answer(201, Json::object({{"id", 71}}))
        .check([](const HttpCall& call) {
            const Json body = Json::parse(call.body).value_or(Json{});
            if (sdk::from_base64(body["source"].string()) != jpeg) return std::string{"other bytes"};
            return body["file_type"].string() == "jpg" && body["alttext"].string() == "Mug" &&
                           body["is_mainphoto"].boolean() && body.size() == 4
                       ? std::string{}
                       : call.body;
        });
    EXPECT_EQ(create(url).result["id"].string(), "71");
}

TEST_F(Images, OnlyFromWhereTheConnectionSays) {
    for (const char* elsewhere :
         {"https://pictures.example/other/1.jpg", "https://pictures.example/mugsy/1.jpg",
          "https://evil.example/mugs/1.jpg", "http://pictures.example/mugs/1.jpg", "", "https://pictures.example/mugs",
          "https://pictures.example/mugs/../1.jpg", "https://pictures.example/mugs/%2E%2e/1.jpg"})
        EXPECT_EQ(create(elsewhere).code, "image.host") << elsewhere;
    testing::Instance without{host, *brygga_plugin_entry(), Json::object({{"base_url", "https://shop.example"}})};
    EXPECT_EQ(without
                  .deliver(Json::object({{"op", "create"},
                                         {"type", "image"},
                                         {"kind", "photo"},
                                         {"fields", Json::object({{"product", "1"}, {"url", url}})}}))
                  .code,
              "image.host");
}

TEST_F(Images, AddressesAreWrittenAsPeopleWriteThem) {
    host.http("GET", "https://pictures.example/mugs/R%C3%B6d%20mugg%231%25%20a%2Fb.jpg?v=1").answer(404);
    EXPECT_EQ(create("https://pictures.example/mugs/Röd mugg#1% a%2Fb.jpg?v=1").code, "image.missing");
}

TEST_F(Images, WhatIsNoPictureIsTold) {
    picture(200, "<html>");
    EXPECT_EQ(create(url).code, "image.type");
    picture(200, jpeg + std::string(5u << 20, 'x'));
    const Outcome large = create(url);
    EXPECT_EQ(large.code, "image.size");
    EXPECT_FALSE(large.outcome_unknown);
    picture(404, "");
    EXPECT_EQ(create(url).code, "image.missing");
    picture(302, "");
    EXPECT_EQ(create(url).code, "image.refused");
    picture(503, "");
    EXPECT_EQ(create(url).status, BRYGGA_RATE_LIMITED) << "the shop goes on";
    picture(200, jpeg);
    host.http("POST", api + "/products/1/productphotos/").answer(500, R"({"code":"500.22"})");
    EXPECT_EQ(create(url).code, "500.22");
    picture(200, jpeg);
    host.http("POST", api + "/products/1/productphotos/").answer(404, R"({"code":"404.10"})");
    EXPECT_EQ(create(url).code, "reference.gone");
}

TEST_F(Images, AnAnswerWithoutThePhotoIsLookedUp) {
    picture(200, jpeg);
    host.http("POST", api + "/products/1/productphotos/").answer(204);
    host.http("GET", api + "/products/1/productphotos/").answer(200, R"({"items":[{"id":71},{"id":9}]})");
    EXPECT_EQ(create(url).result["id"].string(), "71");
    picture(200, jpeg);
    host.http("POST", api + "/products/1/productphotos/").answer(204);
    host.http("GET", api + "/products/1/productphotos/").answer(503);
    EXPECT_TRUE(create(url).outcome_unknown);
}

TEST_F(Images, AreListedAndTakenAway) {
    host.http("GET", api + "/products/1/productphotos/")
        .answer(200, R"({"items":[{"id":71,"is_mainphoto":true},{"id":72,"is_mainphoto":false},{}]})");
    const Outcome got = shop.find(*Json::parse(R"({"type":"image","keys":[{"n":0,"by":"product","value":"1"}]})"));
    ASSERT_EQ(got.rows.size(), 2u) << got.text();
    EXPECT_TRUE(got.rows[0]["fields"]["main"].boolean());
    EXPECT_FALSE(shop.find(*Json::parse(R"({"type":"image","keys":[{"n":0,"by":"id","value":"1"}]})")).ok());
    const auto cancel = [&](int status) {
        host.http("DELETE", api + "/productphotos/71/").answer(status);
        return shop.deliver(*Json::parse(R"({"op":"cancel","type":"image","kind":"photo","id":"71","fields":{}})"));
    };
    EXPECT_TRUE(cancel(204).ok());
    EXPECT_FALSE(cancel(200).ok()) << "that is nothing the shop says";
    EXPECT_TRUE(cancel(503).outcome_unknown);
    host.http("DELETE", api + "/productphotos/71/").answer(404, R"({"status":404,"code":"404.10"})");
    EXPECT_EQ(shop.deliver(*Json::parse(R"({"op":"cancel","type":"image","kind":"photo","id":"71","fields":{}})")).code,
              "reference.gone");
}

TEST(PictureType, IsWhatTheBytesBeginWith) {
    EXPECT_EQ(picture_type(jpeg), "jpg");
    EXPECT_EQ(picture_type("\x89PNG\r\n\x1A\n.."), "png");
    EXPECT_EQ(picture_type("GIF89a.."), "gif");
    EXPECT_EQ(picture_type("RIFF....WEBPVP8 "), "webp");
    for (const char* other : {"", "RIFF", "RIFF....WAVEfmt ", "<svg", "GIF88a", "%PDF-1.4"})
        EXPECT_EQ(picture_type(other), "") << other;
}

TEST(Base64, GoesBothWays) {
    for (const std::string& bytes : {std::string{}, std::string{"a"}, std::string{"ab"}, std::string{"abc"},
                                     std::string{"\0\xFF\x80", 3}, std::string(1000, '\x7F')})
        EXPECT_EQ(sdk::from_base64(sdk::to_base64(bytes)), bytes);
    EXPECT_EQ(sdk::to_base64("Mug"), "TXVn");
    EXPECT_EQ(sdk::to_base64("Mu"), "TXU=");
    EXPECT_EQ(sdk::to_base64("M"), "TQ==");
}

}  // namespace
}  // namespace brygga::ccvshop
