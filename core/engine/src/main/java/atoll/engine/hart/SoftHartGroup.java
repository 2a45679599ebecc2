package atoll.engine.hart;

import atoll.engine.DirectTables;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.HartGroup;
import atoll.engine.MmuKind;
import atoll.engine.Paging;
import atoll.engine.PostedFence;
import atoll.engine.RemoteFence;
import atoll.engine.StopPoints;
import atoll.engine.TrapLoop;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.Invalidation;
import atoll.engine.decode.PageTranslation;
import atoll.engine.mmu.MachineMmu;
import atoll.engine.mmu.MmuClients;
import atoll.engine.mmu.StopTable;
import atoll.host.Clock;
import atoll.memory.GuestMemory;
import atoll.memory.MappedExtent;
import atoll.memory.PageGuards;
import atoll.state.StateShape;
import atoll.state.Unsaved;
import java.util.List;
import java.util.Optional;

/**
 * Harts in software, and their duty to wait for one another when a translation or a page's code
 * changes.
 */
public final class SoftHartGroup implements HartGroup, MmuClients {

  private final Clock clock;

  @Unsaved("follows from the map")
  private boolean alone;

  private final Paging paging;
  private final MachineMmu memory;
  private final List<Hart> harts;

  @Unsaved("whoever watches")
  private volatile TrapLoop.Listener trapLoops = loop -> false;

  /** The same, for loops that must not allocate. */
  @Unsaved("as they were made")
  private final SoftHart[] byId;

  /**
   * Makes harts 0 to {@code count - 1}, all stopped at address zero in machine mode.
   *
   * @param count 1 to {@link #MOST_HARTS}
   * @param engine executes them
   * @param mmu how addresses are translated
   * @param paging the widest scheme of page tables
   * @throws TableMemoryException if that needs more machine memory than there is
   */
  public SoftHartGroup(
      GuestMemory memory, Clock clock, int count, Engine engine, MmuKind mmu, Paging paging) {
    if (count < 1 || count > MOST_HARTS) {
      throw new IllegalArgumentException(
          "a group has 1 to %d harts, not %d".formatted(MOST_HARTS, count));
    }
    this.clock = clock;
    alone = count == 1 && !memory.map().hasWindows();
    this.paging = paging;
    this.memory = new MachineMmu(memory, mmu, this);
    byId = new SoftHart[count];
    for (int id = 0; id < count; id++) {
      byId[id] = new SoftHart(id, this, engine);
    }
    harts = List.of(byId);
    memory.guards().attach(this);
    memory.map().onChange(this::prepareMap);
  }

  /**
   * The memory map is about to change.
   *
   * @throws IllegalStateException if a hart is executing, or the machine needs what would go
   */
  private Runnable prepareMap(List<MappedExtent> after) {
    requireStill("the memory map");
    MachineMmu.MapChange change = memory.prepareMap(after);
    return () -> follow(change);
  }

  private void requireStill(String what) {
    for (SoftHart hart : byId) {
      if (hart.loop.executing()) {
        throw new IllegalStateException(
            "%s cannot change while hart %d executes".formatted(what, hart.id()));
      }
    }
  }

  @Override
  public void stopPoints(StopPoints points) {
    requireStill("stop points");
    memory.code().unmark();
    StopTable table = new StopTable(points);
    for (SoftHart hart : byId) {
      hart.stops.table(table);
    }
  }

  /** Everything that was derived from the map is derived anew. */
  private void follow(MachineMmu.MapChange change) {
    boolean shared = alone && memory.memory().map().hasWindows();
    alone &= !shared;
    change.begin(shared);
    for (SoftHart hart : byId) {
      hart.mapChanged();
    }
    change.end();
  }

  @Override
  public void close() {
    for (SoftHart hart : byId) {
      hart.close();
    }
    memory.close();
  }

  @Override
  public List<Hart> harts() {
    return harts;
  }

  @Override
  public int count() {
    return byId.length;
  }

  @Override
  public SoftHart client(int id) {
    return byId[id];
  }

  /** Whether one hart has all the memory to itself, so that its atomics need no lock. */
  boolean alone() {
    return alone;
  }

  /** Whether there is more than one. */
  boolean hasSiblings() {
    return byId.length > 1;
  }

  @Override
  public void onTrapLoop(TrapLoop.Listener listener) {
    trapLoops = listener;
  }

  TrapLoop.Listener trapLoops() {
    return trapLoops;
  }

  /** The widest scheme of page tables that the harts offer. */
  Paging paging() {
    return paging;
  }

  @Override
  public Optional<DirectTables> directTables() {
    return memory.direct().map(DirectTables.class::cast);
  }

  @Override
  public State state() {
    return new State(
        harts.stream().map(Hart::state).toList(), memory.direct().map(t -> t.state(byId[0])));
  }

  /** Tables first: {@code satp} may name them only. */
  @Override
  public void restore(State from) {
    StateShape.requireCount("harts", from.harts().size(), byId.length);
    if (from.tables().isPresent() != memory.direct().isPresent()) {
      throw new IllegalArgumentException(
          "page tables are registered in one of the two, the saved state and this machine");
    }
    memory.direct().ifPresent(tables -> tables.restore(byId[0], from.tables().orElseThrow()));
    for (SoftHart hart : byId) {
      hart.restore(from.harts().get(hart.id()));
    }
  }

  /** Bytes of the hypervisor's tables for these harts. */
  long tableBytes() {
    long bytes = memory.tableBytes();
    for (SoftHart hart : byId) {
      bytes += hart.mmu.tableBytes();
    }
    return bytes;
  }

  /** What the harts' MMUs share. */
  public MachineMmu memory() {
    return memory;
  }

  @Override
  public Clock clock() {
    return clock;
  }

  @Override
  public PostedFence postFence(long hartMask, RemoteFence fence) {
    for (int i = 0; i < byId.length; i++) {
      if ((hartMask >>> i & 1) != 0) {
        byId[i].rendezvous().fence(fence);
      }
    }
    return new FenceReceipt(byId, hartMask);
  }

  @Override
  public void dropTranslations(CodePage page, int caller, Invalidation cause) {
    for (SoftHart hart : byId) {
      PageTranslation translated = page.translated(hart.id());
      if (translated == null) {
        continue;
      }
      if (hart.id() == caller) {
        translated.drop(cause);
      } else {
        hart.rendezvous().drop(translated, cause);
      }
    }
  }

  @Override
  public void dropStored(CodePage page, int offset, int size, int caller) {
    for (SoftHart hart : byId) {
      PageTranslation translated = page.translated(hart.id());
      if (translated == null) {
        continue;
      }
      if (hart.id() == caller) {
        translated.stored(offset, size);
      } else {
        hart.rendezvous().drop(translated, offset, size);
      }
    }
  }

  @Override
  public void forget(int hartMask, long hva, int caller) {
    for (SoftHart hart : byId) {
      if (hart.id() == caller) {
        hart.mmu.forgetWrites(hva);
      } else if ((hartMask >>> hart.id() & 1) != 0) {
        hart.rendezvous().forgetWrites(hva);
      }
    }
    for (SoftHart hart : byId) {
      if (hart.id() != caller && (hartMask >>> hart.id() & 1) != 0) {
        hart.rendezvous().awaitWrites(caller == PageGuards.NO_HART ? null : byId[caller]);
      }
    }
  }

  @Override
  public void forgetAll() {
    for (SoftHart hart : byId) {
      hart.rendezvous().forgetWrites();
    }
    for (SoftHart hart : byId) {
      hart.rendezvous().awaitWrites(null);
    }
  }
}
