package atoll.tests;

import atoll.engine.CodeStore;
import java.lang.foreign.MemorySegment;
import java.util.function.UnaryOperator;

/** A store of translated code that shows each piece that is read to a test, which may change it. */
final class ReadStore implements CodeStore {
  private final CodeStore store;
  private final UnaryOperator<MemorySegment> shown;

  /**
   * @param shown gets what the store has, or null, and answers what is read
   */
  ReadStore(CodeStore store, UnaryOperator<MemorySegment> shown) {
    this.store = store;
    this.shown = shown;
  }

  @Override
  public Reader reader() {
    Reader reader = store.reader();
    return new Reader() {
      @Override
      public void seek(long key) {
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
        return shown.apply(reader.read());
      }

      @Override
      public void refuse() {
        reader.refuse();
      }

      @Override
      public void close() {
        reader.close();
      }
    };
  }

  @Override
  public void keep(long key, Label label, MemorySegment piece, boolean instead) {
    store.keep(key, label, piece, instead);
  }
}
