package atoll.virtio;

import atoll.memory.GuestMemory;
import atoll.state.Unsaved;

/**
 * A request of a queue that was taken and not given back. Guarded by the session's monitor, but for
 * the chain, which belongs to whoever serves it.
 */
final class TakenRequest {
  private final DescriptorChain chain;
  private int head;

  /** Its chain has to be gathered again: only its number is known. */
  @Unsaved("true of every restored request")
  private boolean forgotten;

  /** Somebody serves it beside others. */
  @Unsaved("nobody does when a state is taken")
  private boolean claimed;

  // How much of its buffers was served, as of the last keep().
  private long read;
  private long written;

  TakenRequest(GuestMemory memory) {
    chain = new DescriptorChain(memory);
  }

  /** Becomes a request whose chain was gathered just now. */
  void begin(int head) {
    this.head = head;
    forgotten = false;
    claimed = false;
    read = 0;
    written = 0;
  }

  /** Becomes a request of a saved state. */
  void restore(SplitQueue.Request saved) {
    begin(saved.head());
    read = saved.read();
    written = saved.written();
    forgotten = true;
  }

  SplitQueue.Request state() {
    return new SplitQueue.Request(head, read, written);
  }

  DescriptorChain chain() {
    return chain;
  }

  /** The number of its first descriptor. */
  int head() {
    return head;
  }

  boolean forgotten() {
    return forgotten;
  }

  /**
   * Its chain has been gathered again: goes to where it had been served to.
   *
   * @return false if it has become shorter than that
   */
  boolean remember() {
    if (read > chain.readable() || written > chain.writable()) {
      return false;
    }
    chain.skip(read, written);
    forgotten = false;
    return true;
  }

  boolean claimed() {
    return claimed;
  }

  void claim() {
    claimed = true;
  }

  /** The rest of it is for later: what was served of it will not be again. */
  void keep() {
    read = chain.bytesRead();
    written = chain.bytesWritten();
  }

  /** Nobody serves it any more; it will be served from its start. */
  void rewind() {
    chain.rewind();
    claimed = false;
    read = 0;
    written = 0;
  }
}
