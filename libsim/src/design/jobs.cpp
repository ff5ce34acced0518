#include "centresim/design/jobs.hpp"

#include "engine/sources.hpp"

#include <optional>
#include <vector>

namespace centresim::design {

class JobSource::Impl {
 public:
  Impl(const Model& model, core::StreamKey key) : sources_(make_sources(model, key)), heads_(sources_.size()) {
    for (std::size_t i = 0; i < sources_.size(); ++i) advance(i);
  }
  bool next(Submission& job) {
    const std::optional<Submission>* first = nullptr;
    for (const auto& head : heads_) // few: one a stream
      if (head && (first == nullptr || head->submit < (*first)->submit)) first = &head;
    if (first == nullptr) return false;
    job = **first;
    advance(static_cast<std::size_t>(first - heads_.data()));
    return true;
  }

 private:
  void advance(std::size_t i) {
    if (!heads_[i]) heads_[i].emplace();
    if (!sources_[i]->next(*heads_[i])) heads_[i].reset();
  }

  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::optional<Submission>> heads_;
};

JobSource::JobSource(const Model& model, std::uint64_t seed, std::uint64_t replication)
    : impl_(std::make_unique<Impl>(model, core::stream_key(seed, replication))) {}
JobSource::~JobSource() = default;
JobSource::JobSource(JobSource&&) noexcept = default;
JobSource& JobSource::operator=(JobSource&&) noexcept = default;

bool JobSource::next(Submission& job) { return impl_->next(job); }

} // namespace centresim::design
