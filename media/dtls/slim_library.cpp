#include "media/dtls/slim_library.h"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

#include <array>
#include <map>
#include <string_view>
#include <vector>

namespace lectern::dtls {
namespace {

// Names as the default provider lists them: "EC:id-ecPublicKey:1.2.840.10045.2.1".
bool is_named(std::string_view names, std::string_view wanted) {
  return names.substr(0, names.find(':')) == wanted;
}

bool is_of_use(int operation, const OSSL_ALGORITHM& algorithm) {
  const std::string_view names = algorithm.algorithm_names;
  const auto is_one_of = [names](auto... wanted) { return (is_named(names, wanted) || ...); };
  switch (operation) {
    case OSSL_OP_KEYMGMT:
      return is_one_of("EC", "RSA", "RSA-PSS", "X25519", "HMAC");
    case OSSL_OP_DECODER:
      return is_one_of("EC", "RSA", "RSA-PSS") &&
             std::string_view(algorithm.property_definition)
                     .find("structure=SubjectPublicKeyInfo") != std::string_view::npos;
    case OSSL_OP_ENCODER:
    case OSSL_OP_STORE:
      return false;
    default:
      return true;
  }
}

// The default provider of OpenSSL's own context, seen through is_of_use().
class SlimProvider {
 public:
  static OSSL_LIB_CTX* make_library() {
    if (the().whole_ == nullptr) return nullptr;
    OSSL_LIB_CTX* library = OSSL_LIB_CTX_new();
    if (library != nullptr && OSSL_PROVIDER_add_builtin(library, "slim", initialize) == 1 &&
        OSSL_PROVIDER_load(library, "slim") != nullptr) {
      return library;
    }
    OSSL_LIB_CTX_free(library);
    return nullptr;
  }

 private:
  SlimProvider() : whole_(OSSL_PROVIDER_load(nullptr, "default")) {}

  static SlimProvider& the() {
    static SlimProvider& provider = *new SlimProvider;  // outlives every static that has a context
    return provider;
  }

  static int initialize(const OSSL_CORE_HANDLE* /*core*/, const OSSL_DISPATCH* /*in*/,
                        const OSSL_DISPATCH** out, void** context) {
    static const std::array<OSSL_DISPATCH, 3> kFunctions = {
        {{OSSL_FUNC_PROVIDER_QUERY_OPERATION, reinterpret_cast<void (*)()>(query)},
         {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, reinterpret_cast<void (*)()>(get_capabilities)},
         {0, nullptr}}};
    *out = kFunctions.data();
    *context = OSSL_PROVIDER_get0_provider_ctx(the().whole_);
    return 1;
  }

  static const OSSL_ALGORITHM* query(void* /*context*/, int operation, int* no_cache) {
    *no_cache = 0;
    auto [found, is_new] = the().tables_.try_emplace(operation);
    if (is_new) {
      int ignored = 0;
      const OSSL_ALGORITHM* all = OSSL_PROVIDER_query_operation(the().whole_, operation, &ignored);
      for (; all != nullptr && all->algorithm_names != nullptr; ++all)
        if (is_of_use(operation, *all)) found->second.push_back(*all);
      found->second.push_back({});  // the end of the table
    }
    return found->second.data();
  }

  // The groups of the key exchange, by name and number.
  static int get_capabilities(void* /*context*/, const char* capability, OSSL_CALLBACK* callback,
                              void* argument) {
    return OSSL_PROVIDER_get_capabilities(the().whole_, capability, callback, argument);
  }

  OSSL_PROVIDER* whole_;
  std::map<int, std::vector<OSSL_ALGORITHM>> tables_;
};

}  // namespace

OSSL_LIB_CTX* slim_library() {
  static OSSL_LIB_CTX* const kLibrary = SlimProvider::make_library();
  return kLibrary;
}

}  // namespace lectern::dtls
