#include "esp_cipher.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>

namespace ferry {
namespace {

constexpr std::size_t kSalt = 4;

int lengthOf(ByteView bytes) { return static_cast<int>(bytes.size()); }

}  // namespace

void EspCipher::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

EspCipher::EspCipher(ByteView key, Use use) : context_(EVP_CIPHER_CTX_new()) {
  const EVP_CIPHER* cipher = key.size() == 16 + kSalt ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
  // The key's length was checked before; what is left to fail is memory.
  if (!context_ || EVP_CipherInit_ex(context_.get(), cipher, nullptr, key.data(), nullptr,
                                     use == Use::seal ? 1 : 0) != 1) {
    std::abort();
  }
  const ByteView salt = key.last(kSalt);
  std::copy(salt.begin(), salt.end(), nonce_.begin());
}

bool EspCipher::seal(std::uint64_t iv, ByteView aad, Bytes text, std::uint8_t* icv) {
  store32(nonce_.data() + kSalt, static_cast<std::uint32_t>(iv >> 32));
  store32(nonce_.data() + kSalt + 4, static_cast<std::uint32_t>(iv));
  EVP_CIPHER_CTX* context = context_.get();
  int written = 0;
  return EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce_.data()) == 1 &&
         EVP_EncryptUpdate(context, nullptr, &written, aad.data(), lengthOf(aad)) == 1 &&
         EVP_EncryptUpdate(context, text.data(), &written, text.data(), lengthOf(text)) == 1 &&
         EVP_EncryptFinal_ex(context, icv, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kIcv, icv) == 1;
}

bool EspCipher::open(ByteView iv, ByteView aad, Bytes text, ByteView icv) {
  std::copy(iv.begin(), iv.end(), nonce_.begin() + kSalt);
  std::array<std::uint8_t, kIcv> tag{};
  std::copy(icv.begin(), icv.end(), tag.begin());
  EVP_CIPHER_CTX* context = context_.get();
  int written = 0;
  return EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, nonce_.data()) == 1 &&
         EVP_DecryptUpdate(context, nullptr, &written, aad.data(), lengthOf(aad)) == 1 &&
         EVP_DecryptUpdate(context, text.data(), &written, text.data(), lengthOf(text)) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kIcv, tag.data()) == 1 &&
         EVP_DecryptFinal_ex(context, tag.data(), &written) == 1;
}

}  // namespace ferry
