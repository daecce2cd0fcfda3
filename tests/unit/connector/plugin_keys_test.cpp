#include "connector/plugin_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "connector/plugin_set.h"
#include "paths.h"
#include "unit/connector/connection_fixture.h"

namespace brygga::connector {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};

/// A maker of connectors.
class Maker {
public:
    explicit Maker(const char* kind = "ED25519") : key_{EVP_PKEY_Q_keygen(nullptr, nullptr, kind, "P-256")} {}

    std::string public_pem() const {
        const std::unique_ptr<BIO, Free> out{BIO_new(BIO_s_mem())};
        PEM_write_bio_PUBKEY(out.get(), key_.get());
        char* text = nullptr;
        const auto size = BIO_get_mem_data(out.get(), &text);
        return {text, static_cast<std::size_t>(size)};
    }
    std::string sign(const fs::path& file) const {
        std::ifstream in{file, std::ios::binary};
        const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
        const std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
        EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get());
        std::string out(64, 0);
        std::size_t size = out.size();
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
        return out;
    }

private:
    std::unique_ptr<EVP_PKEY, Free> key_;
};

class PluginKeysTest : public ::testing::Test {
protected:
    Expected<void> check() const {
        const auto keys = PluginKeys::read(keys_.path());
        return keys ? keys->check(file_) : keys.error();
    }
    void sign_with(const Maker& maker) const { folder_.write("brygga_in_c.so.sig", maker.sign(file_)); }

    PluginFolder folder_, keys_;
    fs::path file_ = folder_.add("in_c");
    Maker maker_;
};

TEST_F(PluginKeysTest, WithoutKeysNothingNeedsASignature) {
    EXPECT_TRUE(check());
    const auto none = PluginKeys::read(keys_.path() / "none");
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->check(file_));
}

TEST_F(PluginKeysTest, OneOfTheMakersMustHaveSigned) {
    keys_.write("a.pem", Maker{}.public_pem());
    keys_.write("b.pem", maker_.public_pem());
    keys_.write("readme.txt", "no key");
    ASSERT_FALSE(check());
    EXPECT_EQ(check().error().code, "plugin.signature");
    EXPECT_THAT(check().error().message, HasSubstr("no signature beside it"));
    EXPECT_THAT(check().error().remedy, HasSubstr("brygga_in_c.so.sig"));
    sign_with(maker_);
    EXPECT_TRUE(check());
    sign_with(Maker{});
    EXPECT_THAT(check().error().message, HasSubstr("not one of a trusted maker"));
}

TEST_F(PluginKeysTest, AChangedFileOrSignatureIsRefused) {
    keys_.write("a.pem", maker_.public_pem());
    sign_with(maker_);
    std::ofstream{file_, std::ios::app} << 'x';
    EXPECT_EQ(check().error().code, "plugin.signature");
    std::string signature = maker_.sign(file_);
    folder_.write("brygga_in_c.so.sig", signature);
    EXPECT_TRUE(check());
    for (const std::string& wrong : {std::string{}, signature.substr(1), signature + "x"}) {
        folder_.write("brygga_in_c.so.sig", wrong);
        EXPECT_EQ(check().error().code, "plugin.signature") << wrong.size();
    }
    signature[63] = static_cast<char>(signature[63] ^ 1);
    folder_.write("brygga_in_c.so.sig", signature);
    EXPECT_EQ(check().error().code, "plugin.signature");
}

TEST_F(PluginKeysTest, WhatIsNoKeyTrustsNobody) {
    for (const std::string& text : {std::string{"not a key"}, Maker{"EC"}.public_pem(), std::string(20'000, 'x')}) {
        keys_.write("a.pem", text);
        sign_with(maker_);
        ASSERT_FALSE(check());
        EXPECT_EQ(check().error().code, "plugin.keys");
        EXPECT_THAT(check().error().message, HasSubstr("a.pem"));
    }
}

TEST_F(PluginKeysTest, NothingRunsOfAFileThatNobodySigned) {
    const PluginFolder own;
    own.add("misbehaves");
    folder_.add("constructor");  // would end its process
    keys_.write("a.pem", maker_.public_pem());
    sign_with(maker_);
    LogLines log;
    const PluginSet set =
        PluginSet::scan({own.path(), folder_.path()}, log, {own.path(), BRYGGA_BUILT_RUNNER, keys_.path()});
    EXPECT_TRUE(set.find("fixture")) << "the product's own came by its package";
    EXPECT_TRUE(set.find("in_c"));
    ASSERT_EQ(set.refused().size(), 1u);
    EXPECT_EQ(set.refused()[0].error.code, "plugin.signature");

    keys_.write("broken.pem", "");
    const PluginSet without =
        PluginSet::scan({own.path(), folder_.path()}, log, {own.path(), BRYGGA_BUILT_RUNNER, keys_.path()});
    EXPECT_TRUE(without.find("fixture"));
    ASSERT_EQ(without.refused().size(), 2u);
    EXPECT_EQ(without.refused()[0].error.code, "plugin.keys");
}

}  // namespace
}  // namespace brygga::connector
