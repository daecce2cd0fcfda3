#include "base/crypto.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/secret.h"

namespace brygga::crypto {
namespace {

TEST(Crypto, DigestsMatchThePublishedVectors) {  // FIPS 180-4 examples
    EXPECT_EQ(hex(digest(Hash::sha256, "abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(digest(Hash::sha256, "")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(digest(Hash::sha512, "abc")).substr(0, 32), "ddaf35a193617abacc417349ae204131");
    EXPECT_EQ(digest(Hash::sha512, "abc").size(), 64u);
}

TEST(Crypto, KeyedHashesMatchRfc4231) {
    EXPECT_EQ(hex(hmac(Hash::sha256, "Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex(hmac(Hash::sha512, std::string(20, '\x0b'), "Hi There")).substr(0, 32),
              "87aa7cdea5ef619d4ff0b4241a1d6cb0");
    EXPECT_EQ(hex(hmac(Hash::sha256, {}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Crypto, ComparesOnlyEqualTextsAsEqual) {
    EXPECT_TRUE(equal_constant_time("", ""));
    EXPECT_TRUE(equal_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_constant_time("abc", "abcd"));
}

TEST(Crypto, TextFormsMatchRfc4648) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base32("foobar"), "mzxw6ytboi");
    EXPECT_EQ(base32("f"), "my");
    EXPECT_EQ(hex("\x00\xff"), "");  // a literal ends at its first NUL
    EXPECT_EQ(hex(std::string_view{"\x00\xff", 2}), "00ff");
}

TEST(Crypto, TextFormsComeBack) {
    std::string all;
    for (int i = 0; i < 256; ++i) {
        EXPECT_EQ(from_base64(base64(all)), all);
        EXPECT_EQ(from_hex(hex(all)), all);
        all += static_cast<char>(i);
    }
}

TEST(Crypto, MalformedTextsAreRefused) {
    for (const char* text : {"Zg=", "Zg", "Z===", "Zm9v====", "Zm 9", "Zh==", "Zm9=", "=Zg=", "Zg==Zg=="})
        EXPECT_FALSE(from_base64(text)) << text;
    EXPECT_FALSE(from_hex("abc"));
    EXPECT_FALSE(from_hex("zz"));
    EXPECT_EQ(from_hex("AbcD"), "\xab\xcd");
}

TEST(Crypto, SignaturesMatchRfc8032) {  // section 7.1, test 2
    const std::string key = *from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    std::string signature = *from_hex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    EXPECT_TRUE(verify_ed25519(key, "\x72", signature));
    EXPECT_FALSE(verify_ed25519(key, "\x73", signature));
    EXPECT_FALSE(verify_ed25519(key, "", signature));
    EXPECT_FALSE(verify_ed25519("short", "\x72", signature));
    EXPECT_FALSE(verify_ed25519(key, "\x72", signature.substr(1)));
    EXPECT_FALSE(verify_ed25519(key, "\x72", signature + "x"));
    signature[0] = static_cast<char>(signature[0] ^ 1);
    EXPECT_FALSE(verify_ed25519(key, "\x72", signature));
}

TEST(Crypto, KeysAreReadFromTheirText) {
    const std::string text =
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
        "-----END PUBLIC KEY-----\n";
    EXPECT_EQ(hex(ed25519_key(text).value_or("")), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    EXPECT_FALSE(ed25519_key(""));
    EXPECT_FALSE(ed25519_key("no key"));
    EXPECT_FALSE(ed25519_key(text.substr(0, 60)));
}

TEST(Crypto, SealedTextOpensOnlyWithItsKeyAndContext) {
    const std::string key(32, 'k'), other(32, 'o');
    const std::string sealed = seal(key, "payload", "table|row");
    EXPECT_EQ(sealed.size(), 7u + 28u);
    EXPECT_EQ(open(key, sealed, "table|row"), "payload");
    EXPECT_FALSE(open(other, sealed, "table|row"));
    EXPECT_FALSE(open(key, sealed, "table|other row"));
    EXPECT_FALSE(open("short", sealed, "table|row"));
    EXPECT_FALSE(open(key, sealed.substr(0, 27), "table|row"));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(open(key, changed, "table|row")) << i;
    }
    EXPECT_EQ(open(key, seal(key, "", ""), ""), "");
    EXPECT_THROW(seal("short", "payload", ""), std::invalid_argument);
}

TEST(Crypto, EverySealHasItsOwnNonce) {
    const std::string key(32, 'k');
    EXPECT_NE(seal(key, "same", ""), seal(key, "same", ""));
    EXPECT_NE(random_bytes(16), random_bytes(16));
    EXPECT_EQ(random_bytes(0), "");
}

TEST(Secret, GivesItsTextOnlyOnRequestAndLeavesNothingBehind) {
    Secret a{"short"};
    Secret b = std::move(a);
    EXPECT_EQ(b.reveal(), "short");
    EXPECT_TRUE(a.empty());
    const Secret c = b;
    EXPECT_EQ(c.reveal(), b.reveal());
    b = Secret{std::string(100, 'x')};
    EXPECT_EQ(b.reveal().size(), 100u);
}

}  // namespace
}  // namespace brygga::crypto
