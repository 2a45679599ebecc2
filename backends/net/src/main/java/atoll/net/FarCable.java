package atoll.net;

import atoll.host.Clock;
import atoll.host.Tasks;
import atoll.line.FarLink;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A cable to a network at another host. What comes from there waits until guests have room, and
 * then makes the far side wait; what goes there is lost if it does not take it, as at any cable.
 */
final class FarCable implements Cable, FarLink.Listener {
  /** Bytes of frames that wait for guests, with what each takes up; one more frame may come. */
  private static final int MOST_WAITING = 1 << 20;

  /** Bytes of the heap that each takes up beside its own. */
  private static final int OVERHEAD = 32;

  private final Consumer<String> notices;
  private final Consumer<Boolean> carrier;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
  private final FrameReader reader = new FrameReader();
  private final ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
  private int bytes;
  private boolean woken;
  private FarLink link;

  private FarCable(Consumer<String> notices, Consumer<Boolean> carrier) {
    this.notices = notices;
    this.carrier = carrier;
  }

  /**
   * Begins to connect, or to listen.
   *
   * @param name of its threads
   * @throws atoll.host.HostException if it cannot listen there
   */
  static FarCable open(
      String name,
      FarSettings settings,
      Tasks tasks,
      Consumer<String> notices,
      Consumer<Boolean> carrier) {
    FarCable cable = new FarCable(notices, carrier);
    carrier.accept(false);
    cable.link =
        new FarLink(name, settings.address(), settings.security(), tasks, Clock.host(), cable);
    cable.link.open();
    return cable;
  }

  /** Where it listens, with its port. */
  FarLink link() {
    return link;
  }

  // ------------------------------------------------------------ the network's thread

  @Override
  public String name() {
    return "the far side " + link.address();
  }

  @Override
  public String condition() {
    return link.peer().map(" (%s)"::formatted).orElse(", which is not there");
  }

  @Override
  public boolean takesWork() {
    return false;
  }

  @Override
  public boolean await(boolean listening, long nanos) {
    lock.lock();
    try {
      long left = nanos;
      while (!woken && left > 0 && (!listening || waiting.isEmpty())) {
        left = changed.awaitNanos(left);
      }
      woken = false;
      return listening && !waiting.isEmpty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void wake() {
    lock.lock();
    try {
      woken = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Nothing is left to be done for a frame that comes from there: the header is empty. */
  @Override
  public int read(MemorySegment header, MemorySegment frame) {
    lock.lock();
    try {
      byte[] next = waiting.poll();
      if (next == null) {
        return 0;
      }
      bytes -= next.length + OVERHEAD;
      room.signal();
      header.fill((byte) 0);
      MemorySegment.copy(next, 0, frame, ValueLayout.JAVA_BYTE, 0, next.length);
      return next.length;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean write(MemorySegment header, MemorySegment frame, int size) {
    return link.send(length.putInt(0, size).rewind(), frame.asByteBuffer().limit(size));
  }

  @Override
  public void close() {
    link.close();
  }

  // ------------------------------------------------------------ the link's threads

  @Override
  public void up(String peer) {
    reader.restart();
    carrier.accept(true);
    notices.accept("the far side is there: " + peer);
  }

  @Override
  public void down(String why) {
    carrier.accept(false);
    notices.accept("the far side is gone: %s; it may return".formatted(why));
  }

  @Override
  public void trouble(String why) {
    notices.accept(why);
  }

  @Override
  public void received(ByteBuffer piece) throws IOException {
    reader.take(piece, this::arrived);
  }

  private void arrived(byte[] frame, int size) throws IOException {
    lock.lock();
    try {
      while (bytes >= MOST_WAITING) {
        room.await();
      }
      waiting.add(Arrays.copyOf(frame, size));
      bytes += size + OVERHEAD;
      changed.signal();
    } catch (InterruptedException e) {
      throw FarLink.interrupted(e);
    } finally {
      lock.unlock();
    }
  }
}
