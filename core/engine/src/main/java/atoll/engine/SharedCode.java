package atoll.engine;

import atoll.state.Unsaved;
import java.util.List;
import java.util.Optional;

/**
 * Translated code that one machine offers to others which go on from the same state, so that they
 * need not translate the same guest code again. They take a page of it where their own memory has
 * the same bytes in the same place. Thread-safe.
 */
public final class SharedCode implements AutoCloseable {
  @Unsaved("makes others fast")
  private List<Optional<HartCode>> offered = List.of();

  @Unsaved("of this object's own life")
  private boolean closed;

  /** Whether machines wait for what will be offered. */
  @Unsaved("of this object's own life")
  private volatile boolean awaited;

  /** Has none yet. */
  public SharedCode() {}

  /**
   * Whether machines wait for what one that runs now will offer: then it translates also what it
   * executes once, since each of them would have to interpret that. They do until it is offered.
   */
  public void await(boolean yes) {
    awaited = yes;
  }

  /** Whether it is so. */
  public boolean awaited() {
    return awaited;
  }

  /**
   * What machines that begin from now on begin with.
   *
   * @param harts what each hart has, by its number
   */
  public synchronized void offer(List<Optional<HartCode>> harts) {
    awaited = false;
    closeOffered();
    offered = List.copyOf(harts);
    if (closed) {
      closeOffered();
    }
  }

  /** What there is for a hart. */
  public synchronized Optional<HartCode> of(int hart) {
    return hart < offered.size() ? offered.get(hart) : Optional.empty();
  }

  private void closeOffered() {
    offered.stream().flatMap(Optional::stream).forEach(HartCode::close);
    offered = List.of();
  }

  /** Offers nothing any more. */
  @Override
  public synchronized void close() {
    closed = true;
    awaited = false;
    closeOffered();
  }
}
