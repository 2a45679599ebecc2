package atoll.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.List;

/**
 * One call of Linux that moves bytes between a file and several pieces of native memory. For one
 * thread.
 */
final class FileVector {
  private static final int MOST = 1024; // IOV_MAX, <linux/uio.h>
  private static final int ENTRY = 2 * Long.BYTES; // struct iovec: address, length

  private static final ThreadLocal<FileVector> OF_CALLER = ThreadLocal.withInitial(FileVector::new);

  private final MemorySegment state = SystemCall.newState();
  private final MemorySegment entries = Arena.ofAuto().allocate(MOST * ENTRY, Long.BYTES);

  private FileVector() {}

  /** The calling thread's. */
  static FileVector ofCaller() {
    return OF_CALLER.get();
  }

  /**
   * Moves bytes to or from the first pieces, as many as one call takes.
   *
   * @param flags of calls that have some
   * @return how many bytes, which may be fewer than there are
   */
  long move(SystemCall how, int descriptor, List<MemorySegment> pieces, long offset, int flags)
      throws FileError {
    int count = Math.min(pieces.size(), MOST);
    for (int n = 0; n < count; n++) {
      entries.set(ValueLayout.JAVA_LONG, (long) n * ENTRY, pieces.get(n).address());
      entries.set(ValueLayout.JAVA_LONG, (long) n * ENTRY + Long.BYTES, pieces.get(n).byteSize());
    }
    try {
      // The second half of the offset is for processors with 32 bits.
      return how.call(state, descriptor, entries.address(), count, offset, 0, flags);
    } finally {
      Reference.reachabilityFence(pieces);
    }
  }
}
