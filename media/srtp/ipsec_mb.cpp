#include "media/srtp/ipsec_mb.h"

#include "base/check.h"
#include "media/srtp/initialization_vector.h"
#include "media/srtp/session_protector.h"

#include <intel-ipsec-mb.h>

namespace lectern::srtp {
namespace {

// The table of what is fastest on this processor; one per process, nothing in it changes after.
class Library {
 public:
  Library() {
    IMB_MGR* manager = alloc_mb_mgr(0);
    if (manager == nullptr) return;
    constexpr uint64_t kNeeded = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
    if ((manager->features & kNeeded) == kNeeded) {
      init_mb_mgr_auto(manager, nullptr);
      // Set by init when this version of the library tests itself.
      const bool tests_itself = (manager->features & IMB_FEATURE_SELF_TEST) != 0;
      const bool has_passed = (manager->features & IMB_FEATURE_SELF_TEST_PASS) != 0;
      if (imb_get_errno(manager) == 0 && (!tests_itself || has_passed)) {
        expand_key_ = manager->gcm128_pre;
        encrypt_ = manager->gcm128_enc;
        obstacle_ = {};
      } else {
        obstacle_ = "libipsec-mb's test of itself failed";
      }
    }
    free_mb_mgr(manager);
  }

  [[nodiscard]] std::string_view obstacle() const { return obstacle_; }
  void expand_key(const AesKey& key, gcm_key_data& into) const {
    LECTERN_CHECK(expand_key_ != nullptr);
    expand_key_(key.data(), &into);
  }
  [[nodiscard]] aes_gcm_enc_dec_t encrypt() const { return encrypt_; }

 private:
  aes_gcm_pre_t expand_key_ = nullptr;
  aes_gcm_enc_dec_t encrypt_ = nullptr;
  std::string_view obstacle_ = "the processor has no AES-NI or no PCLMULQDQ";
};

const Library& library() {
  static const Library kLibrary;
  return kLibrary;
}

class IpsecMbProtector final : public SessionProtector {
 public:
  explicit IpsecMbProtector(const SessionKeys& keys)
      : SessionProtector(Profile::kAeadAes128Gcm, keys.rtcp),
        encrypt_(library().encrypt()),
        salt_(keys.rtp.salt) {
    library().expand_key(keys.rtp.encryption, key_);
  }

  size_t protect_rtp(MutableBytes buffer, size_t header_size, size_t size,
                     uint64_t index) override {
    constexpr size_t kTag = tag_size(Profile::kAeadAes128Gcm);
    check_shape(buffer, header_size, size, kTag, index);
    const GcmIv iv = rtp_gcm_iv(salt_, load_be32(buffer.data() + 8), index);
    uint8_t* payload = buffer.data() + header_size;
    gcm_context_data state;
    encrypt_(&key_, &state, payload, payload, size - header_size, iv.data(), buffer.data(),
             header_size, buffer.data() + size, kTag);
    return size + kTag;
  }

 private:
  gcm_key_data key_;
  aes_gcm_enc_dec_t encrypt_;
  Salt salt_;
};

}  // namespace

std::string_view ipsec_mb_obstacle() {
  return library().obstacle();
}

std::unique_ptr<Protector> make_ipsec_mb_protector(const SessionKeys& keys) {
  return std::make_unique<IpsecMbProtector>(keys);
}

}  // namespace lectern::srtp
