#include "settings/yaml_documents.h"

#include <sstream>

#include <yaml-cpp/eventhandler.h>

namespace brygga::settings {

namespace {

/// At some mistakes, a comma where a value should begin for one, yaml-cpp 0.7 reads an empty document again and again
/// without going on. Such a document begins where the one before it did.
class Progress : public YAML::EventHandler {
public:
    void OnDocumentStart(const YAML::Mark& mark) override {
        if (begun_ && mark.pos <= last_) throw YAML::ParserException{mark, "a value was expected"};
        begun_ = true;
        last_ = mark.pos;
    }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}

private:
    bool begun_ = false;
    int last_ = 0;
};

}  // namespace

std::vector<YAML::Node> yaml_documents(const std::string& text) {
    std::istringstream in{text};
    YAML::Parser parser{in};
    Progress progress;
    while (parser.HandleNextDocument(progress)) {
    }
    return YAML::LoadAll(text);
}

}  // namespace brygga::settings
