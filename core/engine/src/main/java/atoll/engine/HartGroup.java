package atoll.engine;

import atoll.state.Stateful;
import java.util.List;
import java.util.Optional;

/** The harts of one machine, and what they do together. */
public interface HartGroup extends AutoCloseable, Stateful<HartGroup.State> {
  /** No group has more harts: the bits of an {@code int} stand for them. */
  int MOST_HARTS = 32;

  /**
   * The harts, and what they share beside memory; each is settled and outside of guest code.
   *
   * @param harts by id
   * @param tables the registered page tables, if that is how addresses are translated
   */
  record State(List<HartState> harts, Optional<DirectTables.State> tables) {
    public State {
      harts = List.copyOf(harts);
    }
  }

  @Override
  default Class<State> stateType() {
    return State.class;
  }

  /** The harts by id. */
  List<Hart> harts();

  /** Has {@code listener} told of harts that make no progress; without one they go on for ever. */
  void onTrapLoop(TrapLoop.Listener listener);

  /**
   * Has the harts stop there from now on, and nowhere else.
   *
   * @throws IllegalStateException if a hart is executing
   */
  void stopPoints(StopPoints points);

  /** The registered page tables, if that is how addresses are translated. */
  Optional<DirectTables> directTables();

  /**
   * Asks other harts to execute a fence, and does not wait. The caller's own hart, if it is named,
   * must not be inside {@link Hart#run}.
   *
   * @param hartMask bit n names hart n; bits without a hart are ignored
   * @return which says when each has done it
   */
  PostedFence postFence(long hartMask, RemoteFence fence);

  /** Gives back what the harts hold outside the Java heap; none of them is running. */
  @Override
  void close();
}
