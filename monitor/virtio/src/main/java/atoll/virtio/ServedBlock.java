package atoll.virtio;

import atoll.state.Unsaved;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A disk (§5.2): its requests have a 16-byte header and a status byte. */
@Unsaved("the server has said it in the memory that is restored")
final class ServedBlock extends ServedKind {
  private static final int FEATURE_SIZE_MAX = 1; // §5.2.3
  private static final int FEATURE_SEG_MAX = 2;
  private static final int FEATURE_RO = 5;
  private static final int FEATURE_BLK_SIZE = 6;
  private static final int FEATURE_FLUSH = 9;

  private static final int TYPE_IN = 0; // §5.2.6
  private static final int TYPE_FLUSH = 4;
  private static final int TYPE_ID = 8;

  private static final int SECTOR = 512;
  private static final int SEGMENT = 4096;
  private static final int SEGMENTS = 62; // with header and status less than a request is lent
  private static final int HEADER = 16;
  private static final byte IOERR = 1;

  private final Service service;
  private final byte[] header = new byte[HEADER];
  private long sectors;

  ServedBlock(Service service) {
    this.service = service;
    sectors = service.bytes() / SECTOR;
  }

  @Override
  long features() {
    return 1L << FEATURE_SIZE_MAX
        | 1L << FEATURE_SEG_MAX
        | 1L << FEATURE_BLK_SIZE
        | 1L << FEATURE_FLUSH
        | (service.readOnly() ? 1L << FEATURE_RO : 0);
  }

  @Override
  void config(ByteBuffer into) {
    into.putLong(sectors);
    into.putInt(SEGMENT);
    into.putInt(SEGMENTS);
    into.putInt(0); // geometry, not offered
    into.putInt(SECTOR);
    into.put(new byte[into.remaining()]);
  }

  @Override
  Verdict look(int queue, DescriptorChain chain) {
    out = chain.readable();
    in = chain.writable();
    if (in == 0 || out < HEADER) {
      return Verdict.BROKEN;
    }
    return out + in > ServiceRing.MOST_BYTES || service.readOnly() && changes(chain)
        ? Verdict.REFUSE
        : Verdict.LEND;
  }

  /** Who has a read-only disk does not depend on its server for that. */
  private boolean changes(DescriptorChain chain) {
    chain.read(header);
    chain.rewind();
    int type = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getInt();
    return type != TYPE_IN && type != TYPE_FLUSH && type != TYPE_ID;
  }

  @Override
  void keep(MemorySegment lent) {
    if (service.readOnly()) {
      MemorySegment.copy(header, 0, lent, ValueLayout.JAVA_BYTE, 0, HEADER);
    }
  }

  @Override
  long refuse(DescriptorChain chain) {
    chain.writeLast(IOERR);
    return 0;
  }

  @Override
  long fill(int queue, DescriptorChain chain, MemorySegment filled) {
    chain.write(filled);
    if (chain.writable() > 0) {
      chain.writeLast(IOERR); // It has said nothing of how it went.
    }
    return filled.byteSize();
  }

  /**
   * A disk whose size the server knows has the one that it said last, also while there is none: a
   * client that was restored goes on with what it had, for the memory is restored with it.
   */
  @Override
  boolean said(boolean up, ServiceRing ring) {
    long before = sectors;
    if (service.bytes() == 0) {
      sectors = ring.said();
    }
    return sectors != before;
  }
}
