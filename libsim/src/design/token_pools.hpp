// The pools into which sites and projects divide the features of a floor, while it is compiled.
#pragma once
#include "centresim/design/model.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace centresim::design {

template <class T> std::vector<const T*> by_name(const std::vector<T>& items) {
  std::vector<const T*> sorted;
  for (const T& item : items) sorted.push_back(&item);
  std::ranges::sort(sorted, [](const T* a, const T* b) { return a->name < b->name; });
  return sorted;
}

// A floor without sites has one without a name.
inline std::uint32_t site_number(const Model& model, const std::string& name) {
  const auto found = std::ranges::find(model.sites, name, &SiteTable::name);
  return found == model.sites.end() ? 0 : static_cast<std::uint32_t>(found - model.sites.begin());
}

class TokenPools {
 public:
  TokenPools(const Floor& floor, Model& model) : floor_(floor), model_(model) {}
  // The sites must be there.
  void add_features();
  // The list of tokens that jobs of a project use, by number.
  [[nodiscard]] std::uint32_t tokens_of(std::vector<TokenUse> uses, const std::string& project);
  // Tokens of the largest pool of a feature; 0: there is no such feature.
  [[nodiscard]] std::int64_t largest(const std::string& feature) const;
  // Projects with partitions of their own.
  [[nodiscard]] std::set<std::string> projects() const;

 private:
  [[nodiscard]] PoolUse pool_of(const std::string& feature, const std::string& project, const std::string& site) const;

  using TokenList = std::vector<std::tuple<PoolUse, std::int64_t, std::int64_t>>;
  const Floor& floor_;
  Model& model_;
  std::map<std::string, std::uint32_t, std::less<>> features_;                      // the rest of each
  std::map<std::tuple<std::string, std::string, std::string>, PoolUse> partitions_; // by feature, project, site
  std::map<TokenList, std::uint32_t> token_lists_{{{}, 0}};
};

} // namespace centresim::design
