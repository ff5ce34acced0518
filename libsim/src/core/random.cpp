#include "centresim/core/random.hpp"

#include "vector_paths.hpp"

#include <algorithm>
#include <map>

namespace centresim::core {

std::uint64_t name_identity(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325u; // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return mix(hash, name.size());
}

std::vector<std::uint64_t> name_identities(std::span<const std::string> names) {
  std::map<std::string_view, std::uint64_t> by_name; // in byte order, which decides who keeps a contested identity
  for (const std::string& name : names) by_name.emplace(name, 0);
  std::vector<std::uint64_t> taken;
  taken.reserve(by_name.size());
  for (auto& [name, identity] : by_name) {
    identity = name_identity(name);
    taken.push_back(identity);
  }
  std::sort(taken.begin(), taken.end());
  if (std::adjacent_find(taken.begin(), taken.end()) != taken.end()) {
    std::map<std::uint64_t, std::string_view> owners;
    for (auto& [name, identity] : by_name) {
      for (std::uint64_t attempt = 1; !owners.emplace(identity, name).second; ++attempt)
        identity = mix(name_identity(name), attempt);
    }
  }
  std::vector<std::uint64_t> identities;
  identities.reserve(names.size());
  for (const std::string& name : names) identities.push_back(by_name.find(name)->second);
  return identities;
}

namespace detail {
void fill_uniforms_plain(StreamKey key, std::uint64_t owner, Purpose purpose, std::uint32_t first_block, double* out) {
  for (std::uint32_t i = 0; i < kSequenceBatch / 2; ++i) {
    const auto words = philox10<std::uint32_t>(counter_of(owner, purpose, first_block + i), {key.k0, key.k1});
    out[2 * i] = unit_interval(static_cast<std::uint64_t>(words[1]) << 32 | words[0]);
    out[2 * i + 1] = unit_interval(static_cast<std::uint64_t>(words[3]) << 32 | words[2]);
  }
}
} // namespace detail

void fill_uniforms(StreamKey key, std::uint64_t owner, Purpose purpose, std::uint32_t first_block,
                   std::span<double, kSequenceBatch> out) {
#if defined(CENTRESIM_X86)
  if (detail::kHasAvx2) return detail::fill_uniforms_avx2(key, owner, purpose, first_block, out.data());
#endif
  detail::fill_uniforms_plain(key, owner, purpose, first_block, out.data());
}

void uniforms_at(StreamKey key, std::uint64_t owner, Purpose purpose, std::span<const std::uint32_t> blocks,
                 std::span<double> out) {
  std::size_t i = 0;
#if defined(CENTRESIM_X86)
  if (detail::kHasAvx2)
    for (; i + 8 <= blocks.size(); i += 8) detail::uniforms_at_avx2(key, owner, purpose, &blocks[i], &out[i]);
#endif
  for (; i < blocks.size(); ++i) out[i] = uniform_at(key, owner, purpose, blocks[i], 0);
}

void UniformSequence::refill() {
  fill_uniforms(key_, owner_, purpose_, next_block_, buffer_);
  next_block_ += kSequenceBatch / 2;
  position_ = 0;
}

} // namespace centresim::core
