package atoll.codestore;

import atoll.engine.CodeStore;
import atoll.host.Tasks;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * A store that is opened once a machine needs much code. One that goes on from a snapshot needs
 * little before it waits again, and a process that has just begun interprets cold code with less
 * work than it finds, reads and verifies what is kept of it (ADR 144). Until then it has nothing
 * and keeps nothing.
 */
public final class LateStore implements CodeStore {
  /** Blocks and regions that were looked for or made: twice those of a second start. */
  private static final int MUCH = 30_000;

  private final Supplier<Optional<CodeStore>> source;
  private final Tasks tasks;
  private final AtomicInteger asked = new AtomicInteger();
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
    if (opened != null) {
      return true;
    }
    if (asked.get() < MUCH && asked.incrementAndGet() == MUCH) {
      tasks.start("translated code", () -> opened = source.get().orElse(null));
    }
    return false;
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
