package atoll.engine.mmu;

import atoll.engine.MmuKind;
import atoll.memory.GuestMemory;
import atoll.memory.MappedExtent;
import atoll.state.Unsaved;
import java.util.List;
import java.util.Optional;

/** What the MMUs of one machine's harts share: memory, decoded code, and the machine's tables. */
public final class MachineMmu implements AutoCloseable {
  private final GuestMemory memory;
  private final MmuKind kind;

  @Unsaved("decoded code")
  private final CodeCache code;

  @Unsaved("made again of the map")
  private Optional<SecondStageTables> secondStage;

  @Unsaved("follows from shadows, which fill again")
  private final Optional<TableWatch> watch;

  private final Optional<ValidatedTables> direct;

  /**
   * For harts whose addresses are translated as {@code kind} says.
   *
   * @throws TableMemoryException if that needs more machine memory than there is
   */
  public MachineMmu(GuestMemory memory, MmuKind kind, MmuClients harts) {
    this.memory = memory;
    this.kind = kind;
    secondStage =
        kind == MmuKind.NESTED ? Optional.of(new SecondStageTables(memory)) : Optional.empty();
    code = new CodeCache(memory);
    code.attach(harts);
    watch = kind == MmuKind.SHADOW ? Optional.of(new TableWatch(memory, harts)) : Optional.empty();
    direct =
        kind == MmuKind.DIRECT ? Optional.of(new ValidatedTables(memory, harts)) : Optional.empty();
  }

  /**
   * The memory map is about to change; the tables of the second stage for the new one are made.
   *
   * @return to be run after the change, when the harts have given up what they derived from the map
   * @throws IllegalStateException if the machine needs what would go
   * @throws TableMemoryException if there is no memory for the tables
   */
  public MapChange prepareMap(List<MappedExtent> after) {
    direct.ifPresent(tables -> tables.requireUnused(after));
    return new MapChange(secondStage.map(before -> new SecondStageTables(memory, after)));
  }

  /** A change of the memory map that has been prepared. */
  public final class MapChange {
    private final Optional<SecondStageTables> next;

    private MapChange(Optional<SecondStageTables> next) {
      this.next = next;
    }

    /**
     * The map has changed; the harts have not followed yet.
     *
     * @param allCode whether all translated code goes, and not only that of what is gone
     */
    public void begin(boolean allCode) {
      secondStage.ifPresent(SecondStageTables::close);
      secondStage = next;
      direct.ifPresent(ValidatedTables::mapChanged);
      code.mapChanged();
      if (allCode) {
        code.dropAll();
      }
    }

    /** The harts have given up what they had, shadows too. */
    public void end() {
      watch.ifPresent(TableWatch::mapChanged);
    }
  }

  public GuestMemory memory() {
    return memory;
  }

  MmuKind kind() {
    return kind;
  }

  public CodeCache code() {
    return code;
  }

  /**
   * Serves the misses of a hart's own modes.
   *
   * @param folded that of the same hart, which others go by too
   */
  MmuTechnique technique(MmuClient hart, FoldedMmu folded, MmuCounters counters) {
    return switch (kind) {
      case FOLDED -> folded;
      case VTLB -> new VirtualTlb(hart, folded, counters);
      case SHADOW -> new ShadowMmu(hart, this, folded, counters);
      case NESTED -> new NestedMmu(() -> secondStage.orElseThrow(), folded, counters);
      case DIRECT -> new DirectMmu(hart, direct.orElseThrow(), folded, counters);
    };
  }

  Optional<TableWatch> watch() {
    return watch;
  }

  public Optional<ValidatedTables> direct() {
    return direct;
  }

  /** Bytes of the tables. */
  public long tableBytes() {
    return secondStage.map(SecondStageTables::bytes).orElse(0L);
  }

  @Override
  public void close() {
    secondStage.ifPresent(SecondStageTables::close);
  }
}
