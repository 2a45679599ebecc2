package atoll.trust;

import atoll.image.Checksum;

/** SHA-512, as lists and logs have it. */
final class Digests {
  private Digests() {}

  /** In lower-case hexadecimal. */
  static String sha512(byte[] bytes) {
    return Checksum.of(Checksum.Algorithm.SHA512, bytes).hex();
  }
}
