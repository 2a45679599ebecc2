package atoll.host;

/**
 * A part of an {@link ExecutableMemory} as it was at one moment, which others of the same size can
 * {@linkplain ExecutableMemory#begin begin with}. Nobody can change it, and its pages are there
 * once for all who have it. It may be closed while they go on.
 */
public final class FrozenCode implements AutoCloseable {
  /** Where its pages are mapped, to be read. */
  final long address;

  /** Where in the code they belong. */
  final long offset;

  final long length;
  private final Runnable unmap;
  private boolean closed;

  FrozenCode(long address, long offset, long length, Runnable unmap) {
    this.address = address;
    this.offset = offset;
    this.length = length;
    this.unmap = unmap;
  }

  /** Gives the pages back once nobody else has them. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      unmap.run();
    }
  }

  /** Has something done while the pages are there; returns whether they were. */
  synchronized boolean use(Runnable work) {
    if (!closed) {
      work.run();
    }
    return !closed;
  }
}
