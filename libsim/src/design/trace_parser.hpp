// What the parsers of job traces share: names, faults, and the interface.
#pragma once
#include "centresim/design/trace.hpp"
#include "centresim/design/trace_lines.hpp"
#include "centresim/schema/errors.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace centresim::design::detail {

// Where faults go: in a first pass to the list of errors, at most kTold of them; later they end the run.
class TraceFaults {
 public:
  static constexpr std::int64_t kTold = 100;

  TraceFaults(std::string file, schema::Errors* errors) : file_(std::move(file)), errors_(errors) {}
  void add(std::int64_t line, std::string path, std::string_view value, std::string rule);
  void tell_rest(); // "and 12 more", at the line of the last one
  [[nodiscard]] std::int64_t count() const { return count_; }
  // The file is another one than in the first pass.
  [[noreturn]] void changed(std::int64_t line, std::string what) const;

 private:
  std::string file_;
  schema::Errors* errors_; // null: later passes
  std::int64_t count_ = 0, last_line_ = 0;
};

// Numbers things in the order of their first appearance. Later passes meet them in the same order, so they need no
// table of the first: it is enough to see that nothing differs.
template <class T> class FirstSeen {
 public:
  // `grows`: in the first pass `known` itself, later null.
  FirstSeen(const std::vector<T>& known, std::vector<T>* grows) : known_(&known), grows_(grows) {}
  // The number of what appears for the first time; false if it is not what appeared there in the first pass.
  [[nodiscard]] bool add(const T& thing, std::uint32_t& number) {
    number = next_;
    if (grows_ != nullptr)
      grows_->push_back(thing);
    else if (next_ >= known_->size() || (*known_)[next_] != thing)
      return false;
    ++next_;
    return true;
  }
  [[nodiscard]] std::uint32_t next() const { return next_; }

 private:
  const std::vector<T>* known_;
  std::vector<T>* grows_;
  std::uint32_t next_ = 1; // 0 is the empty one
};

// The names that the first pass fills and later ones compare with.
class NameLists {
 public:
  explicit NameLists(TraceNames& growing) : known_(&growing), growing_(&growing) {}
  explicit NameLists(const TraceNames& known) : known_(&known), growing_(nullptr) {}
  template <class T> [[nodiscard]] FirstSeen<T> of(std::vector<T> TraceNames::* list) const {
    return {known_->*list, growing_ != nullptr ? &(growing_->*list) : nullptr};
  }
  [[nodiscard]] const TraceNames& known() const { return *known_; }
  [[nodiscard]] bool first_pass() const { return growing_ != nullptr; }

 private:
  const TraceNames* known_;
  TraceNames* growing_;
};

// More different names than this are no names.
inline constexpr std::uint32_t kMostNames = 1'000'000;

// Whole numbers that stand for names, as "user 12".
class NumberedNames {
 public:
  NumberedNames(const char* prefix, FirstSeen<std::string> names) : prefix_(prefix), names_(names) {}
  enum class Outcome { ok, changed, too_many };
  [[nodiscard]] Outcome find(std::int64_t id, std::uint32_t& number) {
    const auto at = static_cast<std::size_t>(id);
    if (at < kDense && at < dense_.size() && dense_[at] != 0) {
      number = dense_[at];
      return Outcome::ok;
    }
    return find_rare(id, number);
  }

 private:
  static constexpr std::size_t kDense = 1 << 18;
  Outcome find_rare(std::int64_t id, std::uint32_t& number);

  std::string prefix_;
  FirstSeen<std::string> names_;
  std::vector<std::uint32_t> dense_; // 0: not seen
  std::unordered_map<std::int64_t, std::uint32_t> sparse_;
};

class TraceParser {
 public:
  TraceParser() = default;
  TraceParser(const TraceParser&) = delete;
  TraceParser& operator=(const TraceParser&) = delete;
  virtual ~TraceParser() = default;
  // The next job that is understood; false at the end of the file.
  [[nodiscard]] virtual bool next(TraceJob& job) = 0;
  [[nodiscard]] virtual std::int64_t line() const = 0;    // where that job begins
  [[nodiscard]] virtual std::int64_t skipped() const = 0; // records of jobs that never ran, so far
  [[nodiscard]] virtual std::string sha256() const = 0;   // at the end of a first pass
  virtual void finish(TraceInfo&) {}                      // what else a first pass found
};

// The lists behind `names`, and `faults`, must outlive the parser.
[[nodiscard]] std::unique_ptr<TraceParser> make_swf_parser(const Trace& trace, NameLists names, TraceFaults& faults);
[[nodiscard]] std::unique_ptr<TraceParser> make_csv_parser(const Trace& trace, NameLists names, TraceFaults& faults);

// Job numbers that were met already, as far as bounded memory allows: of those below 2^27 all, else the last.
class SeenNumbers {
 public:
  // True if it is new.
  [[nodiscard]] bool add(std::int64_t number) {
    if (number < 0 || number >= kKept) return std::exchange(last_, number) != number;
    const auto word = static_cast<std::size_t>(number >> 6);
    if (word >= bits_.size()) bits_.resize(word + word / 2 + 64);
    const std::uint64_t bit = std::uint64_t{1} << (number & 63);
    return (std::exchange(bits_[word], bits_[word] | bit) & bit) == 0;
  }

 private:
  static constexpr std::int64_t kKept = std::int64_t{1} << 27; // 16 MB at most
  std::int64_t last_ = -1;
  std::vector<std::uint64_t> bits_;
};

// Submission times in order, and at most 139 years.
[[nodiscard]] std::string submit_rule(Tick submit, Tick before);

inline constexpr std::int64_t kMostCores = 10'000'000, kMostRanks = 100'000; // as in the description of a job
inline constexpr std::int64_t kMostKb = 1'000'000'000'000'000;               // 1e9 GB

} // namespace centresim::design::detail
