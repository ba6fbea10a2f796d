#ifndef WINPEER_DOUBLES_GATES_H_
#define WINPEER_DOUBLES_GATES_H_

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "stage.h"

namespace doubles {

// What happens once a test opens a gate, with no call that lasts until then. One thread looks for all that is awaited:
// a thread each, and hundreds of searches held back would leave none of them any time.
class Gates {
 public:
  static Gates& all() {
    static Gates gates;
    return gates;
  }

  void when_open(std::shared_ptr<Stage> stage, std::string gate, std::function<void()> then) {
    const std::lock_guard lock(mutex_);
    awaited_.push_back({std::move(stage), std::move(gate), std::move(then)});
    if (std::exchange(looking_, true)) return;
    std::thread([this] { look(); }).detach();
  }

 private:
  struct Awaited {
    std::shared_ptr<Stage> stage;
    std::string gate;
    std::function<void()> then;
  };

  void look() {
    std::unique_lock lock(mutex_);
    while (!awaited_.empty()) {
      const std::vector<Awaited> opened = take_opened();
      lock.unlock();
      for (const Awaited& it : opened) it.then();
      if (opened.empty()) Sleep(2);
      lock.lock();
    }
    looking_ = false;
  }

  std::vector<Awaited> take_opened() {
    std::map<std::pair<Stage*, std::string>, bool> known;
    const auto closed = [&](const Awaited& it) {
      const auto [gate, unknown] = known.try_emplace({it.stage.get(), it.gate});
      if (unknown) gate->second = it.stage->open(it.gate);
      return !gate->second;
    };
    const auto first = std::stable_partition(awaited_.begin(), awaited_.end(), closed);
    std::vector<Awaited> opened(std::make_move_iterator(first), std::make_move_iterator(awaited_.end()));
    awaited_.erase(first, awaited_.end());
    return opened;
  }

  std::mutex mutex_;
  std::vector<Awaited> awaited_;
  // Whether the thread runs.
  bool looking_ = false;
};

}  // namespace doubles

#endif  // WINPEER_DOUBLES_GATES_H_
