package atoll.disk;

import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Clusters as raw deflate streams.
 *
 * <p>QEMU unpacks them with a window of 4 KiB, the JDK packs with one of 32 KiB only. So the
 * compressor forgets what it knows each 4 KiB.
 */
final class DeflateCodec implements ClusterCodec {
  private static final int WINDOW = 4096;

  private final Inflater inflater = new Inflater(true);
  private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);

  @Override
  public void unpack(byte[] packed, int length, byte[] into) throws IOException {
    inflater.reset();
    inflater.setInput(packed, 0, length);
    try {
      int done = 0;
      while (done < into.length) {
        int part = inflater.inflate(into, done, into.length - done);
        if (part == 0) {
          throw new IOException("it ends after %d bytes".formatted(done));
        }
        done += part;
      }
    } catch (DataFormatException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public int pack(byte[] cluster, byte[] into) {
    deflater.reset();
    int size = 0;
    for (int at = 0; at < cluster.length; at += WINDOW) {
      int part = Math.min(WINDOW, cluster.length - at);
      deflater.setInput(cluster, at, part);
      boolean last = at + part == cluster.length;
      if (last) {
        deflater.finish();
      }
      size += deflater.deflate(into, size, into.length - size, Deflater.FULL_FLUSH);
      if (size == into.length) {
        return -1;
      }
    }
    return size;
  }
}
