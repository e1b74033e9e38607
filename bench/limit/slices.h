// Timing on a machine that is not ours alone.
//
// What it is: every case runs in slices of about 3 ms, one case after another, round and round, so
// that a slow minute meets them all. Before and after each slice a run of dependent additions tells
// how fast the core is; a slice beside which the core was slow does not count, nor does one of
// which the receivers missed a part. The figure is the median of those that do. Left out on
// purpose: means, which a single interruption would move.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace lectern::bench {

struct Figure {
  double median = 0;  // ns per operation
  double low = 0;     // 10th percentile
  double high = 0;    // 90th
  size_t slices = 0;
  size_t slices_with_misses = 0;  // which do not count
  double missed = 0;              // part of the operations of all slices
  bool is_disturbed = false;      // too few slices counted: the figure is of all of them
};

class Slices {
 public:
  // `work(n)` does at least n operations and returns how many it did.
  using Work = std::function<size_t(size_t n)>;
  // Operations that came to nothing so far.
  using Missed = std::function<uint64_t()>;

  explicit Slices(Missed missed) : missed_(std::move(missed)) {}

  // Returns the case's number.
  size_t add(Work work);
  // Until every case has `wanted` slices that count, `seconds` at most.
  void run(double seconds, size_t wanted);
  [[nodiscard]] Figure figure(size_t number) const;

 private:
  struct Case {
    Work work;
    size_t operations = 0;  // of a slice
    std::vector<double> counted;
    std::vector<double> all;
    size_t slices_with_misses = 0;
    uint64_t done = 0;
    uint64_t missed = 0;
  };
  void fit(Case& work);
  void run_slice(Case& work);

  Missed missed_;
  std::vector<Case> cases_;
  double best_step_ns_ = 1e9;  // of the gauge
};

// This thread on that core and, where allowed, ahead of every ordinary one.
void own_core(int core);
void pin_to_core(int core);

}  // namespace lectern::bench
