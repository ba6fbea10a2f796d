#ifndef WINPEER_DOUBLES_STAGE_H_
#define WINPEER_DOUBLES_STAGE_H_

#include <windows.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

namespace doubles {

using json = nlohmann::json;

// A mistake of the test itself, which no return value could tell from an answer.
[[noreturn]] inline void die(const std::string& why) {
  std::fprintf(stderr, "double: %s\n", why.c_str());
  std::fflush(stderr);
  std::_Exit(99);
}

// The folder that WINPEER_DOUBLES names: `script.json` says what calls answer, `log.jsonl` what they were handed. A
// test names another folder for each case, so that script and log begin anew while the DLL stays loaded.
class Stage {
 public:
  static std::shared_ptr<Stage> current() {
    static std::mutex mutex;
    static std::shared_ptr<Stage> stage;
    wchar_t folder[1024] = L"";
    GetEnvironmentVariableW(L"WINPEER_DOUBLES", folder, std::size(folder));
    const std::lock_guard lock(mutex);
    if (stage == nullptr || stage->folder_ != folder) stage = std::make_shared<Stage>(folder);
    return stage;
  }

  explicit Stage(const std::filesystem::path& folder) : folder_(folder) {
    if (folder.empty()) return;
    log_.open(folder / "log.jsonl", std::ios::app | std::ios::binary);
    if (!log_) die("no log in " + folder.string());
    if (std::ifstream script(folder / "script.json", std::ios::binary); script) {
      script_ = json::parse(script, nullptr, false);
      if (!script_.is_object()) die("script.json is no JSON object");
    }
  }

  void write(const json& line) {
    const std::lock_guard lock(mutex_);
    log(line);
  }

  // Writes that a call began, and says what it answers. An object answers every call of its function, the members of an
  // array one call each: whoever reads that a call began knows that it has had its turn.
  json begin(const std::string& function, const json& line) {
    const std::lock_guard lock(mutex_);
    log(line);
    const auto answers = script_.find(function);
    if (answers == script_.end()) return json::object();
    if (answers->is_object()) return *answers;
    const size_t turn = turns_[function]++;
    return turn < answers->size() ? answers->at(turn) : json::object();
  }

  // Who answers these calls in the place of the script, if anybody does.
  const json* model(const std::string& function) const {
    const auto model = script_.find("model");
    if (model == script_.end()) return nullptr;
    const json& plays = model->at("plays");
    return std::find(plays.begin(), plays.end(), function) == plays.end() ? nullptr : &*model;
  }

  // A test opens a gate by writing a file of its name.
  bool open(const std::string& gate) const { return std::filesystem::exists(folder_ / gate); }

 private:
  // Whole lines, at once: a test may read while a call still waits.
  void log(const json& line) {
    if (log_.is_open()) log_ << line.dump() << '\n' << std::flush;
  }

  std::filesystem::path folder_;
  std::ofstream log_;
  json script_ = json::object();
  std::map<std::string, size_t> turns_;
  std::mutex mutex_;
};

}  // namespace doubles

#endif  // WINPEER_DOUBLES_STAGE_H_
