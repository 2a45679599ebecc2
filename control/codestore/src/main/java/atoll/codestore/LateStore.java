package atoll.codestore;

import atoll.engine.CodeStore;
import atoll.host.Tasks;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A store that is opened once a machine has translated so much that it would have paid (ADR 159).
 * One that goes on from a snapshot needs little before it waits again, and a process that has just
 * begun interprets cold code with less work than it finds, reads and verifies what is kept of it
 * (ADR 144). Until then it has nothing and keeps nothing.
 */
public final class LateStore implements CodeStore {
  /** CPU time that a process pays which has just begun and uses such a store, in nanoseconds. */
  private static final long PRICE = 130_000_000;

  /** What a translation takes in such a process. */
  private static final long TRANSLATION = 16_000;

  /**
   * Pieces after whose translation the price has been paid. Whatever a machine goes on to do, it
   * has then paid at most twice what it would have, had it known before.
   */
  static final int MOST_MISSED = (int) (PRICE / TRANSLATION);

  private final Supplier<Optional<CodeStore>> source;
  private final Tasks tasks;
  private final AtomicInteger missed = new AtomicInteger();
  private volatile CodeStore opened;

  /**
   * @param source opens it; called once
   * @param tasks where that is done
   */
  public LateStore(Supplier<Optional<CodeStore>> source, Tasks tasks) {
    this.source = source;
    this.tasks = tasks;
  }

  @Override
  public boolean isOpen() {
    return opened != null;
  }

  @Override
  public void missed() {
    if (missed.get() < MOST_MISSED && missed.incrementAndGet() == MOST_MISSED) {
      tasks.start("translated code", () -> opened = source.get().orElse(null));
    }
  }

  @Override
  public CodeStore.Reader reader() {
    return new LateReader();
  }

  @Override
  public void keep(long key, Label label, MemorySegment piece, boolean instead) {
    CodeStore store = opened;
    if (store != null) {
      store.keep(key, label, piece, instead);
    }
  }

  /** Only used while the store is open, which it stays. */
  private final class LateReader implements CodeStore.Reader {
    private CodeStore.Reader reader;

    @Override
    public void seek(long key) {
      if (reader == null) {
        reader = opened.reader();
      }
      reader.seek(key);
    }

    @Override
    public boolean next() {
      return reader.next();
    }

    @Override
    public int length() {
      return reader.length();
    }

    @Override
    public long hash() {
      return reader.hash();
    }

    @Override
    public MemorySegment read() {
      return reader.read();
    }

    @Override
    public void refuse() {
      reader.refuse();
    }

    @Override
    public void close() {
      if (reader != null) {
        reader.close();
      }
    }
  }
}
