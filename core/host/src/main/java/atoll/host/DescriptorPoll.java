package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Waits for descriptors of Linux that Java's selectors know nothing of ({@code ppoll(2)}). One
 * thread uses it; any thread may wake that one.
 */
public final class DescriptorPoll implements AutoCloseable {
  /** In the place of a descriptor: none. */
  public static final int NONE = -1;

  // struct pollfd, <poll.h>: the descriptor, what is wanted, what was found.
  private static final int ENTRY = 8;
  private static final int WANTED = 4;
  private static final int FOUND = 6;
  private static final short READABLE = 1;
  private static final short WRITABLE = 4;

  private static final int NONBLOCKING_CLOEXEC = 0x8_0800;
  private static final long SECOND = 1_000_000_000;

  private final MemorySegment state = SystemCall.newState();
  private final MemorySegment wakersState = SystemCall.newState();
  private final MemorySegment entries;
  private final MemorySegment time = Arena.ofAuto().allocate(16, Long.BYTES); // struct timespec
  private final MemorySegment number = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);
  private final MemorySegment one = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, 1);
  private final int places;
  private int event;

  /**
   * Makes one.
   *
   * @param places for so many descriptors, of which there is none yet
   * @throws HostException if the host has no descriptor to spare
   */
  public DescriptorPoll(int places) {
    this.places = places;
    entries = Arena.ofAuto().allocate((long) (places + 1) * ENTRY, Integer.BYTES);
    try {
      event = (int) SystemCall.EVENTFD2.call(state, 0, NONBLOCKING_CLOEXEC, 0, 0, 0);
    } catch (FileError e) {
      throw new HostException("the host has no file descriptor to spare: " + e.getMessage(), e);
    }
    for (int n = 0; n < places; n++) {
      watch(n, NONE);
    }
    watch(places, event);
  }

  /** From now on looks at a descriptor at that place, until it has something to read or fails. */
  public void watch(int place, int descriptor) {
    entries.set(ValueLayout.JAVA_INT, (long) place * ENTRY, descriptor);
    entries.set(ValueLayout.JAVA_SHORT, (long) place * ENTRY + WANTED, READABLE);
  }

  /** The same, until it has room for something to be written. */
  public void watchRoom(int place, int descriptor) {
    entries.set(ValueLayout.JAVA_INT, (long) place * ENTRY, descriptor);
    entries.set(ValueLayout.JAVA_SHORT, (long) place * ENTRY + WANTED, WRITABLE);
  }

  /**
   * Waits until a descriptor is ready, for so long at most, or until somebody {@linkplain #wake
   * wakes} it, or has done so since the last call.
   *
   * @return whether a descriptor is ready
   */
  public boolean await(long nanos) {
    time.set(ValueLayout.JAVA_LONG, 0, Math.max(0, nanos) / SECOND);
    time.set(ValueLayout.JAVA_LONG, Long.BYTES, Math.max(0, nanos) % SECOND);
    try {
      long ready =
          SystemCall.PPOLL.call(state, entries.address(), places + 1, time.address(), 0, 0);
      if (found(places)) {
        SystemCall.READ.call(state, event, number.address(), Long.BYTES, 0, 0);
        ready--;
      }
      return ready > 0;
    } catch (FileError e) {
      return false; // A signal of the JVM's.
    }
  }

  private boolean found(int place) {
    return entries.get(ValueLayout.JAVA_SHORT, (long) place * ENTRY + FOUND) != 0;
  }

  /** Ends the wait of the thread that waits, or else its next one; any thread. */
  public synchronized void wake() {
    if (event != NONE) { // The number may be another file's by now.
      try {
        SystemCall.WRITE.call(wakersState, event, one.address(), Long.BYTES, 0, 0);
      } catch (FileError e) {
        // It has been woken already, more often than can be counted.
      }
    }
  }

  /** Ends it; the descriptors are the caller's. */
  @Override
  public synchronized void close() {
    if (event != NONE) {
      SystemCall.close(state, event);
      event = NONE;
    }
  }
}
