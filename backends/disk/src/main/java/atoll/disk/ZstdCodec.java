package atoll.disk;

import com.github.luben.zstd.Zstd;
import java.io.IOException;

/**
 * Clusters as zstd frames.
 *
 * <p>Why this library, whose code is native: {@code docs/adr/0063-zstd-by-its-own-library.md}.
 */
final class ZstdCodec implements ClusterCodec {
  private static final int LEVEL = 3; // Zstandard's default.

  @Override
  public void unpack(byte[] packed, int length, byte[] into) throws IOException {
    // A frame tells its own end: what follows in its sector is anything.
    long frame = Zstd.findFrameCompressedSize(packed, 0, length);
    if (Zstd.isError(frame)) {
      throw new IOException(Zstd.getErrorName(frame));
    }
    long done = Zstd.decompressByteArray(into, 0, into.length, packed, 0, (int) frame);
    if (done != into.length) {
      throw new IOException(
          Zstd.isError(done) ? Zstd.getErrorName(done) : "it ends after %d bytes".formatted(done));
    }
  }

  @Override
  public int pack(byte[] cluster, byte[] into) {
    long size =
        Zstd.compressByteArray(into, 0, into.length, cluster, 0, cluster.length, LEVEL, false);
    return Zstd.isError(size) ? -1 : (int) size;
  }
}
