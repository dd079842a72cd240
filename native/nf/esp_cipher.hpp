// AES-GCM as ESP uses it (RFC 4106): one key, a nonce of salt and IV, an ICV of 16 bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "../core/packet.hpp"
#include "../proto/byte_order.hpp"

struct evp_cipher_ctx_st;

namespace ferry {

class EspCipher {
 public:
  static constexpr std::size_t kIv = 8;
  static constexpr std::size_t kIcv = 16;

  enum class Use : std::uint8_t { seal, open };

  /** `key`: 16 or 32 bytes of AES key, then 4 of salt. All memory it needs is taken here. */
  EspCipher(ByteView key, Use use);

  /** Encrypts `text` in place and writes the ICV behind it. */
  bool seal(std::uint64_t iv, ByteView aad, Bytes text, std::uint8_t* icv);
  /** Decrypts `text` in place; false when it was not what the sender sealed. */
  bool open(ByteView iv, ByteView aad, Bytes text, ByteView icv);

 private:
  using Nonce = std::array<std::uint8_t, 12>;
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };

  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
  Nonce nonce_{};  // the salt, and room for the IV
};

}  // namespace ferry
