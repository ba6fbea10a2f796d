#ifndef WINPEER_DOUBLES_OWNERSHIP_H_
#define WINPEER_DOUBLES_OWNERSHIP_H_

#include <windows.h>

#include <cstddef>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stage.h"

namespace doubles {

// What one PeerFreeData frees: a string, structure or array, and all that it points to.
class Block {
 public:
  Block() = default;
  // In a place of the caller's, as far as that goes.
  explicit Block(std::span<std::byte> place) : place_(place) {}

  template <class T>
  T* make(size_t count = 1) {
    const size_t size = sizeof(T) * std::max<size_t>(count, 1);
    std::byte* const next = place_.data() + taken_;
    taken_ += (size + kAlignment - 1) / kAlignment * kAlignment;
    if (taken_ <= place_.size()) return reinterpret_cast<T*>(std::memset(next, 0, size));
    parts_.emplace_back(std::make_unique<std::byte[]>(size), size);
    return reinterpret_cast<T*>(parts_.back().first.get());
  }

  // How many bytes it takes.
  size_t taken() const { return taken_; }

  // So that what still reads the block does not find what it looks for.
  void scribble() {
    for (auto& [part, size] : parts_) std::memset(part.get(), 0xdd, size);
  }

 private:
  static constexpr size_t kAlignment = alignof(std::max_align_t);

  std::span<std::byte> place_;
  size_t taken_ = 0;
  std::vector<std::pair<std::unique_ptr<std::byte[]>, size_t>> parts_;
};

// The blocks that callers hold, numbered in the order of handing out. The address is that of the first part.
class Blocks {
 public:
  static Blocks& held() {
    static Blocks blocks;
    return blocks;
  }

  std::string give(const void* address, Block block) {
    const std::lock_guard lock(mutex_);
    blocks_.emplace(address, std::pair(++given_, std::move(block)));
    return "block " + std::to_string(given_);
  }

  std::optional<std::string> take(const void* address) {
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.find(address);
    if (found == blocks_.end()) return std::nullopt;
    found->second.second.scribble();
    const std::string name = "block " + std::to_string(found->second.first);
    blocks_.erase(found);
    return name;
  }

 private:
  std::mutex mutex_;
  std::map<const void*, std::pair<size_t, Block>> blocks_;
  size_t given_ = 0;
};

// A handle that a double opened. What the script gave for it is handed out by the functions that read from it.
struct Handle {
  std::string kind;
  std::string name = {};
  HANDLE value = nullptr;
  // What the call that opened it was handed.
  json opened_with = json::object();
  json contents = json::array();
  // What it is to the model that opened it.
  json played = {};
  size_t next = 0;
  // The array of pointers that PeerGetNextItem gives for some contents.
  std::function<void**(const json& items, Block& block)> array = nullptr;
  HANDLE event = nullptr;
  // What its value is the address of, if it is one.
  std::shared_ptr<void> memory = nullptr;
};

class Handles {
 public:
  static Handles& open() {
    static Handles handles;
    return handles;
  }

  // Where it has no value, one that is no address of anything: what takes the handle for a pointer does not get far.
  std::shared_ptr<Handle> add(Handle handle) {
    const std::lock_guard lock(mutex_);
    const size_t number = ++opened_;
    handle.name = handle.kind + " " + std::to_string(number);
    if (handle.value == nullptr) handle.value = reinterpret_cast<HANDLE>(0x10000 * number);
    return handles_.emplace(handle.value, std::make_shared<Handle>(handle)).first->second;
  }

  // Null where it is not open.
  std::shared_ptr<Handle> get(const void* value) {
    const std::lock_guard lock(mutex_);
    const auto found = handles_.find(const_cast<HANDLE>(value));
    return found == handles_.end() ? nullptr : found->second;
  }

  std::shared_ptr<Handle> find(HANDLE value, const std::string& kind) {
    const auto found = get(value);
    return found == nullptr || found->kind != kind ? nullptr : found;
  }

  void remove(HANDLE value) {
    const std::lock_guard lock(mutex_);
    handles_.erase(value);
  }

  // Under the lock: once the handle is closed, its event is the caller's to close.
  void signal(HANDLE value) {
    const std::lock_guard lock(mutex_);
    const auto found = handles_.find(value);
    if (found != handles_.end() && found->second->event != nullptr) SetEvent(found->second->event);
  }

 private:
  std::mutex mutex_;
  std::map<HANDLE, std::shared_ptr<Handle>> handles_;
  size_t opened_ = 0;
};

}  // namespace doubles

#endif  // WINPEER_DOUBLES_OWNERSHIP_H_
