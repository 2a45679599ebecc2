package atoll.net;

import java.lang.foreign.MemorySegment;

/**
 * What leads a network's frames out of this process, each with a header before it that says what is
 * left to be done. For the network's thread, but for {@link #wake}.
 */
interface Cable {
  /** What {@link #read} returns if it leads nowhere any more. */
  int GONE = -1;

  /** What is at its other end, for a person. */
  String name();

  /** How that is, in words that follow its name; any thread. */
  default String condition() {
    return "";
  }

  /** Whether the other end takes frames with work left to be done, as its header says. */
  default boolean takesWork() {
    return true;
  }

  /**
   * Waits for so long at most, or until it is woken.
   *
   * @param listening whether for frames, too
   * @return whether there may be frames to read
   */
  boolean await(boolean listening, long nanos);

  /** Has the wait end, or else the next one; any thread. */
  void wake();

  /**
   * Takes the next frame.
   *
   * @return its bytes, 0 if there is none now, or {@link #GONE}
   */
  int read(MemorySegment header, MemorySegment frame);

  /** Sends a frame of so many bytes; false if it is lost. */
  boolean write(MemorySegment header, MemorySegment frame, int length);

  void close();
}
