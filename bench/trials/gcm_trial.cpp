#include "bench/trials/gcm_trial.h"

#include "base/check.h"

#include <intel-ipsec-mb.h>
#include <sys/mman.h>

#include <array>
#include <cstring>
#include <new>

namespace lectern::bench {
namespace {

constexpr size_t kHugePage = 2 * 1024 * 1024;
constexpr std::array<uint8_t, 12> kNonce = {1, 2, 3};  // the same work as any other

}  // namespace

GcmTrial::GcmTrial(size_t receivers, size_t payload, Way way, bool is_on_huge_pages)
    : receivers_(receivers),
      payload_(payload),
      way_(way),
      manager_(alloc_mb_mgr(0)),
      memory_size_((receivers * sizeof(gcm_key_data) / kHugePage + 1) * kHugePage) {
  LECTERN_CHECK(manager_ != nullptr);
  init_mb_mgr_auto(manager_, nullptr);
  void* memory = mmap(nullptr, memory_size_ + kHugePage, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  madvise(memory, memory_size_ + kHugePage, is_on_huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  keys_ = static_cast<gcm_key_data*>(memory);
  for (size_t i = 0; i < receivers; ++i) {
    std::array<uint8_t, 16> key{};
    std::memcpy(key.data(), &i, sizeof(i));
    IMB_AES128_GCM_PRE(manager_, key.data(), &keys_[i]);
  }
  packets_.resize(kBurst * (kHeader + payload + kTag), 0x5a);
}

GcmTrial::~GcmTrial() {
  munmap(keys_, memory_size_ + kHugePage);
  free_mb_mgr(manager_);
}

size_t GcmTrial::seal(size_t packets) {
  size_t did = 0;
  for (; did < packets; did += kBurst) {
    if (way_ == Way::kDirect)
      seal_directly();
    else
      seal_in_a_burst();
  }
  return did;
}

void GcmTrial::seal_directly() {
  for (size_t i = 0; i < kBurst; ++i) {
    uint8_t* header = packet(i);
    uint8_t* payload = header + kHeader;
    gcm_context_data state;
    IMB_AES128_GCM_ENC(manager_, &keys_[receiver_], &state, payload, payload, payload_,
                       kNonce.data(), header, kHeader, payload + payload_, kTag);
    receiver_ = (receiver_ + 1) % receivers_;
  }
}

void GcmTrial::seal_in_a_burst() {
  std::array<IMB_JOB*, kBurst> jobs;
  while (IMB_GET_NEXT_BURST(manager_, kBurst, jobs.data()) < kBurst)
    IMB_FLUSH_BURST(manager_, kBurst, jobs.data());
  for (size_t i = 0; i < kBurst; ++i) {
    uint8_t* header = packet(i);
    IMB_JOB& job = *jobs[i];
    job.cipher_direction = IMB_DIR_ENCRYPT;
    job.chain_order = IMB_ORDER_CIPHER_HASH;
    job.cipher_mode = IMB_CIPHER_GCM;
    job.hash_alg = IMB_AUTH_AES_GMAC;
    job.enc_keys = &keys_[receiver_];
    job.dec_keys = &keys_[receiver_];
    job.key_len_in_bytes = 16;
    job.src = header;
    job.dst = header + kHeader;
    job.cipher_start_src_offset_in_bytes = kHeader;
    job.msg_len_to_cipher_in_bytes = payload_;
    job.hash_start_src_offset_in_bytes = kHeader;
    job.msg_len_to_hash_in_bytes = payload_;
    job.iv = kNonce.data();
    job.iv_len_in_bytes = kNonce.size();
    job.auth_tag_output = header + kHeader + payload_;
    job.auth_tag_output_len_in_bytes = kTag;
    job.u.GCM.aad = header;
    job.u.GCM.aad_len_in_bytes = kHeader;
    receiver_ = (receiver_ + 1) % receivers_;
  }
  LECTERN_CHECK(IMB_SUBMIT_BURST_NOCHECK(manager_, kBurst, jobs.data()) == kBurst);
}

}  // namespace lectern::bench
