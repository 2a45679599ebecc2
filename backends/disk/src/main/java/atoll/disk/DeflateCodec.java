package atoll.disk;

import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** Clusters as raw deflate streams. */
final class DeflateCodec implements ClusterCodec {
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
    deflater.setInput(cluster);
    deflater.finish();
    int size = deflater.deflate(into);
    return deflater.finished() ? size : -1;
  }
}
