package atoll.disk;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
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
    long done = unpackFrame(packed, length, into);
    if (Zstd.isError(done)) {
      throw new IOException(Zstd.getErrorName(done));
    }
    if (done != into.length) {
      throw new IOException("it ends after %d bytes".formatted(done));
    }
  }

  /** A frame tells its own end: what follows in its sector is anything. */
  private static long unpackFrame(byte[] packed, int length, byte[] into) throws IOException {
    try {
      long frame = Zstd.findFrameCompressedSize(packed, 0, length);
      return Zstd.decompressByteArray(into, 0, into.length, packed, 0, (int) frame);
    } catch (ZstdException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public int pack(byte[] cluster, byte[] into) {
    try {
      return (int)
          Zstd.compressByteArray(into, 0, into.length, cluster, 0, cluster.length, LEVEL, false);
    } catch (ZstdException e) { // there is no room for it
      return -1;
    }
  }
}
