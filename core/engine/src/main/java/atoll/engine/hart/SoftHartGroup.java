package atoll.engine.hart;

import atoll.engine.DirectTables;
import atoll.engine.Engine;
import atoll.engine.Hart;
import atoll.engine.HartGroup;
import atoll.engine.MmuKind;
import atoll.engine.Paging;
import atoll.engine.PostedFence;
import atoll.engine.RemoteFence;
import atoll.engine.TrapLoop;
import atoll.engine.decode.CodePage;
import atoll.engine.decode.Invalidation;
import atoll.engine.decode.PageTranslation;
import atoll.engine.mmu.MachineMmu;
import atoll.engine.mmu.MmuClient;
import atoll.engine.mmu.MmuClients;
import atoll.host.Clock;
import atoll.memory.GuestMemory;
import java.util.List;
import java.util.Optional;

/**
 * Harts in software, and their duty to wait for one another when a translation or a page's code
 * changes.
 */
public final class SoftHartGroup implements HartGroup, MmuClients {

  private final Clock clock;
  private final boolean alone;
  private final Paging paging;
  private final MachineMmu memory;
  private final List<Hart> harts;
  private volatile TrapLoop.Listener trapLoops = loop -> false;

  /** The same, for loops that must not allocate. */
  private final SoftHart[] byId;

  /**
   * Makes harts 0 to {@code count - 1}, all stopped at address zero in machine mode.
   *
   * @param engine executes them
   * @param mmu how addresses are translated
   * @param paging the widest scheme of page tables
   * @throws TableMemoryException if that needs more machine memory than there is
   */
  public SoftHartGroup(
      GuestMemory memory, Clock clock, int count, Engine engine, MmuKind mmu, Paging paging) {
    this.clock = clock;
    alone = !memory.seal() && count == 1;
    this.paging = paging;
    this.memory = new MachineMmu(memory, mmu, this);
    byId = new SoftHart[count];
    for (int id = 0; id < count; id++) {
      byId[id] = new SoftHart(id, this, engine);
    }
    harts = List.of(byId);
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
  public SoftHart client(int id) {
    return byId[id];
  }

  /** Whether one hart has all the memory to itself, so that its atomics need no lock. */
  boolean alone() {
    return alone;
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
  public void dropTranslations(CodePage page, MmuClient caller, Invalidation cause) {
    for (SoftHart hart : byId) {
      PageTranslation translated = page.translated(hart.id());
      if (translated == null) {
        continue;
      }
      if (hart == caller) {
        translated.drop(cause);
      } else {
        hart.rendezvous().drop(translated, cause);
      }
    }
  }

  @Override
  public void dropStored(CodePage page, int offset, int size, MmuClient caller) {
    for (SoftHart hart : byId) {
      PageTranslation translated = page.translated(hart.id());
      if (translated == null) {
        continue;
      }
      if (hart == caller) {
        translated.stored(offset, size);
      } else {
        hart.rendezvous().drop(translated, offset, size);
      }
    }
  }

  @Override
  public void forgetWrites(int hartMask, long hva, MmuClient caller) {
    for (SoftHart hart : byId) {
      if (hart == caller) {
        hart.mmu.forgetWrites(hva);
      } else if ((hartMask >>> hart.id() & 1) != 0) {
        hart.rendezvous().forgetWrites(hva);
      }
    }
    for (SoftHart hart : byId) {
      if (hart != caller && (hartMask >>> hart.id() & 1) != 0) {
        hart.rendezvous().awaitWrites(byId[caller.id()]);
      }
    }
  }
}
