package atoll.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;

/** Unpacks compressed clusters, and keeps a few that were. Thread-safe. */
final class CompressedClusters {
  private static final int KEPT_BYTES = 4 << 20;

  private final Storage file;
  private final int clusterBits;
  private final ClusterCodec codec;
  private final int most;
  private final LinkedHashMap<Long, byte[]> kept = new LinkedHashMap<>(16, 0.75f, true);

  CompressedClusters(Storage file, Qcow2Header header) {
    this.file = file;
    clusterBits = header.clusterBits();
    codec = ClusterCodec.of(header.compressionType());
    most = Math.max(2, KEPT_BYTES >> clusterBits);
  }

  /** Fills {@code into} from the cluster of an L2 entry. */
  synchronized void read(long word, int from, MemorySegment into) throws IOException {
    byte[] cluster = kept.get(word);
    if (cluster == null) {
      cluster = unpack(CompressedPlace.of(word, clusterBits));
      if (kept.size() >= most) {
        kept.pollFirstEntry();
      }
      kept.put(word, cluster);
    }
    into.copyFrom(MemorySegment.ofArray(cluster).asSlice(from, into.byteSize()));
  }

  private byte[] unpack(CompressedPlace place) throws IOException {
    byte[] packed = new byte[(int) Math.min(place.length(), 2L << clusterBits)];
    long there = file.read(place.offset(), MemorySegment.ofArray(packed));
    byte[] cluster = new byte[1 << clusterBits];
    try {
      codec.unpack(packed, (int) there, cluster);
    } catch (IOException e) {
      throw new DamagedImageException(
          file, "has a compressed cluster at 0x%x: %s".formatted(place.offset(), e.getMessage()));
    }
    return cluster;
  }

  /** Packs a cluster; returns how many bytes it takes, or -1 if there is no room for them. */
  synchronized int pack(MemorySegment cluster, byte[] into) {
    return codec.pack(cluster.toArray(ValueLayout.JAVA_BYTE), into);
  }

  /** Such clusters may have been given up, and what is at their places is another's. */
  synchronized void forget() {
    kept.clear();
  }
}
