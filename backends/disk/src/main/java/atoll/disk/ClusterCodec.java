package atoll.disk;

import java.io.IOException;

/** Compresses single clusters, and unpacks them. Not thread-safe. */
interface ClusterCodec {
  /**
   * Unpacks a cluster.
   *
   * @param packed followed by anything, to the end of a sector
   * @throws IOException if it is not a cluster's worth
   */
  void unpack(byte[] packed, int length, byte[] into) throws IOException;

  /**
   * Packs a cluster.
   *
   * @return how many bytes of {@code into} it takes; -1 if they do not suffice
   */
  int pack(byte[] cluster, byte[] into);

  /** The codec that an image's header names. */
  static ClusterCodec of(int compressionType) {
    return compressionType == 0 ? new DeflateCodec() : new ZstdCodec();
  }
}
