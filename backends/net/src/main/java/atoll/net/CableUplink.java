package atoll.net;

import atoll.device.spi.NetFrame;
import atoll.device.spi.NetHeader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A network's way outside by a cable, to an interface of the host or to another network: every
 * frame that is for no guest goes there, and what comes from there goes to the guests that it is
 * for. It is also how the network's thread waits.
 */
final class CableUplink implements Uplink, NetworkLoop.Waiter {
  /** Frames that are taken from the host before the guests' turn. */
  private static final int FRAMES_AT_ONCE = 64;

  private final Supplier<Cable> maker;
  private final Consumer<String> notices;
  private final NetHeader header = new NetHeader();
  private final MemorySegment prefix = Arena.ofAuto().allocate(NetHeader.LEGACY_SIZE, Long.BYTES);
  private final NetFrame incoming = new NetFrame();
  private final Offloads offloads = new Offloads();
  private final LongAdder sent = new LongAdder();
  private final LongAdder received = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private Segment segment;
  private volatile Cable cable;
  private volatile boolean gone;

  /** The host has something to say, as far as is known. */
  private boolean ready;

  /**
   * @param maker makes its cable, when the first port is added
   * @param notices told if that leads nowhere any more
   */
  CableUplink(Supplier<Cable> maker, Consumer<String> notices) {
    this.maker = maker;
    this.notices = notices;
  }

  /** The switch that it is a place of. */
  void connect(Segment to) {
    segment = to;
  }

  /**
   * Opens it, unless it is open.
   *
   * @throws atoll.host.HostException if it is not to be had
   */
  void open() {
    if (cable == null) {
      cable = maker.get();
    }
  }

  // ------------------------------------------------------------ how the thread waits

  @Override
  public void await(long nanos) {
    ready |= cable.await(listening(), nanos);
  }

  /** What guests have no room for stays with the host, which slows its programs down by that. */
  private boolean listening() {
    return !gone && !ready && segment.hasRoom();
  }

  @Override
  public void wake() {
    Cable there = cable;
    if (there != null) {
      there.wake();
    }
  }

  @Override
  public void close() {
    if (cable != null) {
      cable.close();
    }
  }

  // ------------------------------------------------------------ from outside

  /** Whether there is something to take without waiting. */
  boolean waiting() {
    return ready && segment.hasRoom();
  }

  /** Takes some of what the host has sent. */
  void serve() {
    for (int n = 0; n < FRAMES_AT_ONCE && waiting(); n++) {
      int length = cable.read(prefix, incoming.segment());
      if (length > 0) {
        take(length);
      } else {
        ready = false;
        if (length == Cable.GONE) {
          gone = true;
          notices.accept(cable.name() + " is gone; the network goes on without it");
        }
      }
    }
  }

  private void take(int length) {
    MemorySegment.copy(prefix, ValueLayout.JAVA_BYTE, 0, header.bytes(), 0, NetHeader.LEGACY_SIZE);
    if (length < NetFrame.LEAST || !header.describe(incoming.become(length))) {
      lost.increment();
    } else {
      received.increment();
      segment.arrived(incoming);
    }
  }

  // ------------------------------------------------------------ to the outside

  @Override
  public boolean owns(long mac) {
    return false;
  }

  @Override
  public boolean leadsOn() {
    return true;
  }

  @Override
  public void input(NetFrame frame, NetworkPort from) {
    if (cable.takesWork()) {
      send(frame);
    } else if (frame.segmentSize() != 0) {
      offloads.cut(frame, this::send);
    } else {
      Offloads.finish(frame);
      send(frame);
    }
  }

  private void send(NetFrame frame) {
    header.of(frame, 0);
    MemorySegment.copy(header.bytes(), 0, prefix, ValueLayout.JAVA_BYTE, 0, NetHeader.LEGACY_SIZE);
    if (!gone && cable.write(prefix, frame.segment(), frame.length())) {
      sent.increment();
    } else {
      lost.increment();
    }
  }

  @Override
  public void plugged(NetworkPort port) {
    // Nothing is kept for it.
  }

  @Override
  public List<String> describe() {
    Cable there = cable;
    return there == null
        ? List.of()
        : List.of(
            "%s%s, %d frames to it, %d from it, %d lost"
                .formatted(
                    there.name(),
                    gone ? ", which is gone" : there.condition(),
                    sent.sum(),
                    received.sum(),
                    lost.sum()));
  }
}
