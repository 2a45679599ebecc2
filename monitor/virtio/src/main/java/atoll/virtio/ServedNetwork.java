package atoll.virtio;

import atoll.state.Unsaved;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/**
 * A network interface (§5.1) without offloads. What is lent are frames; virtio's header before them
 * stays here. The client has one address, and sends with no other one.
 */
@Unsaved("as the server says; the rest is of one request")
final class ServedNetwork extends ServedKind {
  private static final int FEATURE_MTU = 3; // §5.1.3
  private static final int FEATURE_MAC = 5;
  private static final int FEATURE_STATUS = 16;
  private static final int FEATURE_VERSION_1 = 32;

  private static final int MAC_SIZE = 6;
  private static final int LINK_UP = 1;
  private static final int MTU = 1_500;
  private static final int LEAST_FRAME = 14;
  private static final int MOST_FRAME = MTU + 18; // with a VLAN's tag

  /** §5.1.6: the last two bytes are not in a legacy header. */
  private static final int HEADER = 12;

  private static final int LEGACY_HEADER = 10;
  private static final int BUFFERS_AT = 10;

  private static final long VIRTUAL = 0x5254_0000_0000L;

  private final long mac;
  private final byte[] header = new byte[HEADER];
  private final byte[] addresses = new byte[2 * MAC_SIZE];
  private boolean link;

  ServedNetwork(String name) {
    mac = addressOf(name);
  }

  /** The hardware address of a service's client: 48 bits, the same in every run. */
  static long addressOf(String service) {
    return VIRTUAL | ("served\0" + service).hashCode() * 0x9e37_79b1 >>> Byte.SIZE;
  }

  @Override
  long features() {
    return 1L << FEATURE_MTU | 1L << FEATURE_MAC | 1L << FEATURE_STATUS;
  }

  @Override
  void config(ByteBuffer into) {
    for (int i = 1; i <= MAC_SIZE; i++) {
      into.put((byte) (mac >>> Byte.SIZE * (MAC_SIZE - i)));
    }
    into.putShort((short) (link ? LINK_UP : 0));
    into.putShort((short) 1); // pairs of queues
    into.putShort((short) MTU);
  }

  private int headerSize() {
    return session().negotiated(FEATURE_VERSION_1) ? HEADER : LEGACY_HEADER;
  }

  @Override
  Verdict look(int queue, DescriptorChain chain) {
    return queue == 0 ? room(chain) : frame(chain);
  }

  private Verdict room(DescriptorChain chain) {
    out = 0;
    in = Math.min(chain.writable() - headerSize(), MOST_FRAME);
    return in < LEAST_FRAME ? Verdict.BROKEN : Verdict.LEND;
  }

  private Verdict frame(DescriptorChain chain) {
    out = chain.readable() - headerSize();
    in = 0;
    if (out < 0) {
      return Verdict.BROKEN;
    }
    if (out < LEAST_FRAME || out > MOST_FRAME) {
      return Verdict.REFUSE;
    }
    chain.skip(headerSize(), 0);
    chain.read(addresses);
    chain.rewind();
    chain.skip(headerSize(), 0);
    return source() == mac ? Verdict.LEND : Verdict.REFUSE;
  }

  private long source() {
    long address = 0;
    for (int i = MAC_SIZE; i < addresses.length; i++) {
      address = address << Byte.SIZE | addresses[i] & 0xff;
    }
    return address;
  }

  @Override
  void keep(MemorySegment lent) {
    if (lent.byteSize() >= LEAST_FRAME) { // no room for one
      MemorySegment.copy(addresses, 0, lent, ValueLayout.JAVA_BYTE, 0, addresses.length);
    }
  }

  @Override
  long fill(int queue, DescriptorChain chain, MemorySegment filled) {
    if (queue != 0) {
      return 0;
    }
    header[BUFFERS_AT] = 1; // §5.1.6.4.1: one buffer for each frame
    chain.write(header, 0, headerSize());
    chain.write(filled);
    return headerSize() + filled.byteSize();
  }

  /** The link is down while there is no server, as if the cable was pulled. */
  @Override
  boolean said(boolean up, ServiceRing ring) {
    boolean before = link;
    link = up && (ring.said() & LINK_UP) != 0;
    return link != before;
  }
}
